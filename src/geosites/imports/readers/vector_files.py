"""Layers with geometries: GeoJSON, GeoPackage, FlatGeobuf and shapefiles."""

from __future__ import annotations

import itertools
import json
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TypeAlias

import pyarrow as pa
import pyogrio
from pyproj import CRS
from pyproj.exceptions import CRSError

from geosites.core.errors import Refused, WrongReference
from geosites.imports.options import ReadOptions
from geosites.imports.readers.geometry_columns import Shapes
from geosites.imports.readers.geopackages import refuse_endless
from geosites.imports.readers.json_keys import MOST_FEATURE_MB, refuse_twice, too_large
from geosites.imports.readers.json_lines import is_lines, refuse_broken_lines
from geosites.imports.readers.shapefiles import require_parts
from geosites.imports.readers.tables import (
    BLOCK_BYTES,
    BLOCK_ROWS,
    MOST_COLUMNS,
    Meter,
    OpenTable,
    Piece,
    as_text,
    require_short,
    row_numbers,
)
from geosites.validation import FileKind

_SIGNATURES = {
    ".gpkg": (b"SQLite format 3\x00", "GeoPackage"),
    ".fgb": (b"fgb\x03", "FlatGeobuf"),
    ".shp": (b"\x00\x00\x27\x0a", "shapefile"),
}
_REFERENCE = re.compile(r'"crs"\s*:\s*(?=\{)')
_MOST_BATCH = 24 * BLOCK_BYTES
"""So many bytes the features of a batch have together, were each as long as the longest."""
_HEAD_BYTES = 65_536
_MOST_REFERENCES = 100
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000|\x00")


Opened: TypeAlias = AbstractContextManager[tuple[Mapping[str, str], pa.RecordBatchReader]]
"""What GDAL opens: what it says of a layer, and its rows."""


@contextmanager
def open_layer(
    path: Path, limit_bytes: int, kind: FileKind, options: ReadOptions | None = None
) -> Iterator[OpenTable]:
    """Open a file of layers and read one of them; a line is a feature."""
    options = options or ReadOptions()
    Meter(limit_bytes).add(path.stat().st_size)
    more, longest = options_to_open(path, options)
    there = _behind_mark(path)
    try:
        with ExitStack() as stack:
            with _quiet():
                layer = _layer(there, options.layer)
                about, reader = stack.enter_context(_opened(there, layer, longest, more))
            geometry = about["geometry_name"] or "wkb_geometry"
            crs = about["crs"]
            shapes = Shapes.of(geometry, crs, kind, reader.schema.names, options)
            if not {*reader.schema.names} - {geometry} and not _count(there, layer):
                raise Refused("the file has no features")
            facts = {"format": path.suffix.lower()[1:], "layer": layer}
            yield source_of(reader.schema, _quietly(reader), Meter(limit_bytes), shapes, facts)
    except UnicodeDecodeError as error:
        raise Refused("the file cannot be read: %(error)s", error=error) from error
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        if "Missing 'features' member" in str(error):
            raise Refused("the file has no features") from error
        if "object too complex/large" in str(error):
            raise too_large() from error
        raise Refused("the file cannot be read: %(error)s", error=error) from error


def _opened(path: str, layer: str, longest: int, more: Mapping[str, str]) -> Opened:
    opened: Opened = pyogrio.open_arrow(
        path,
        layer=layer,
        batch_size=min(BLOCK_ROWS, max(_MOST_BATCH // max(longest, 1), 1)),
        use_pyarrow=True,
        datetime_as_string=True,
        **more,
    )
    return opened


def source_of(
    schema: pa.Schema,
    batches: Iterable[pa.RecordBatch],
    meter: Meter,
    shapes: Shapes | None,
    facts: Mapping[str, str],
) -> OpenTable:
    """Return batches of typed columns as a table, their geometries as columns of ours."""
    held = shapes.geometry if shapes else None
    made = shapes.columns if shapes else ()
    fields = [name for name in schema.names if name != held and name not in made]
    header = (*fields, *made)
    if len(header) > MOST_COLUMNS:
        raise Refused(
            "the header has %(count)s columns; a table has at most %(most)s",
            count=len(header),
            most=MOST_COLUMNS,
        )

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        line = 1
        for batch in batches:
            meter.add(batch.nbytes)
            yield _piece(batch, [header[position] for position in wanted], line, meter, shapes)
            line += len(batch)

    facts = {**facts, **({"reference": shapes.reference} if shapes and shapes.reference else {})}
    return OpenTable(tuple(header), pieces, shapes.remarks() if shapes else (), facts)


@contextmanager
def _quiet() -> Iterator[None]:
    """Do without what GDAL warns of: rings are looked at again, and measures are not kept."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        warnings.simplefilter("ignore", UserWarning)
        yield


def _quietly(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield batches without what GDAL warns of meanwhile: each ring is looked at again.

    Raises `Refused` for lengths beyond the end, which a damaged FlatGeobuf may tell.
    """
    with _quiet():
        try:
            for batch in batches:
                batch.validate(full=True)
                yield batch
        except (pa.ArrowException, OSError) as error:
            raise Refused("the file cannot be read: %(error)s", error=error) from error


def _behind_mark(path: Path) -> str:
    """Return what GDAL opens: lines behind a byte order mark, of which it would read the first."""
    with path.open("rb") as file:
        marked = file.read(3) == b"\xef\xbb\xbf"
    return f"/vsisubfile/3,{path}" if marked and is_lines(path) else str(path)


def _count(path: str, layer: str) -> int:
    return int(pyogrio.read_info(path, layer=layer, force_feature_count=True)["features"])


def options_to_open(
    path: Path, options: ReadOptions, most_mb: int = MOST_FEATURE_MB
) -> tuple[dict[str, str], int]:
    """Return how to open a file, having seen that it is what its name says.

    And how long its longest feature is, in bytes or letters, 0 where no feature can be long.

    GDAL goes by content, and some contents name other files or addresses to read.
    """
    with path.open("rb") as file:
        start = file.read(512)
    mark, name = _SIGNATURES.get(path.suffix.lower(), (b"", ""))
    if name:
        if not start.startswith(mark):
            raise Refused("the file is not a %(name)s", name=name)
        longest = refuse_endless(path) if name == "GeoPackage" else 0
        if name == "shapefile":
            require_parts(path)
        more = {"encoding": options.encoding} if options.encoding and name == "shapefile" else {}
        return more, longest
    if not start.removeprefix(b"\xef\xbb\xbf").lstrip(b"\x1e \t\r\n").startswith(b"{"):
        if not start:
            raise Refused("the file is empty")
        raise Refused("the file is not GeoJSON")
    pyogrio.set_gdal_config_options({"OGR_GEOJSON_MAX_OBJ_SIZE": str(most_mb)})
    _refuse_nul(path)
    longest = (refuse_broken_lines if is_lines(path) else refuse_twice)(path, most_mb)
    _refuse_strange_reference(path)
    return {"DATE_AS_STRING": "YES"}, longest


def _refuse_strange_reference(path: Path) -> None:
    """Raise `WrongReference` where GDAL would take a system it does not know for WGS 84.

    It would also fetch one that is a link, and nothing is fetched for a file.
    """
    with path.open("rb") as file:
        start = file.read(_HEAD_BYTES)
        file.seek(max(len(start), path.stat().st_size - _HEAD_BYTES))
        ends = start + file.read()
    text = ends.decode(errors="replace")
    for found in itertools.islice(_REFERENCE.finditer(text), _MOST_REFERENCES):
        try:
            declared, _ = json.JSONDecoder().raw_decode(text, found.end())
        except (ValueError, RecursionError):
            continue
        name = _strange(declared)
        if name is not None:
            raise WrongReference(
                "the reference system of the file is not known: %(name)s", name=name[:80]
            )


def _strange(declared: Mapping[str, object]) -> str | None:
    """Return what a member `crs` names that is not a known reference system, or None."""
    more = declared.get("properties")
    if not isinstance(more, dict) or "type" not in declared:
        return None
    name = more.get("name", more.get("code", next(iter(more.values()), "")))
    if str(declared["type"]).lower() in ("name", "epsg"):
        try:
            CRS.from_user_input(int(name) if str(name).isdecimal() else name)
        except CRSError:
            return str(name)
        return None
    return str(more.get("href", more.get("url", name)))


def _refuse_nul(path: Path) -> None:
    """Raise `Refused` where a text holds the character NUL, at which GDAL would cut it."""
    with path.open("rb") as file:
        before = b""
        while data := file.read(BLOCK_BYTES):
            near = before + data
            if (b"\0" in near or b"\\u0000" in near) and _NUL.search(near):
                break
            before = data[-12:]
        else:
            return
    try:
        text = path.read_text(encoding="utf-8-sig")
        features = json.loads(text, strict=False).get("features", [])
    except (ValueError, AttributeError, RecursionError) as error:
        raise Refused("the file is not GeoJSON") from error
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        for name, value in (properties or {}).items():
            if "\\u0000" in json.dumps([name, value]):
                raise Refused(
                    "feature %(number)s: field %(name)r holds the character NUL",
                    number=number,
                    name=name,
                )
    raise Refused("the file holds the character NUL")


def _layer(path: str, named: str | None) -> str:
    """Return the layer to read: the one named, or the only one that has geometries."""
    layers = {str(name): geometry for name, geometry in pyogrio.list_layers(path)}
    if named is not None:
        if named in layers:
            return named
        raise Refused(
            "there is no layer %(name)r; the file has %(names)s",
            name=named,
            names=", ".join(layers),
        )
    drawn = [name for name, geometry in layers.items() if geometry is not None]
    if len(drawn) == 1:
        return drawn[0]
    if not layers:
        raise Refused("the file has no layer")
    names = drawn or list(layers)
    if len(names) == 1:
        return names[0]
    raise Refused(
        "the file has %(count)s layers, not one: %(names)s (choose with --layer)",
        count=len(names),
        names=", ".join(names),
    )


def _piece(
    batch: pa.RecordBatch, names: Sequence[str], line: int, meter: Meter, shapes: Shapes | None
) -> Piece:
    lines = row_numbers(line, len(batch))
    made, right, bad, mended = shapes.read(batch, lines) if shapes else ({}, None, [], [])
    columns = [made[name] if name in made else as_text(batch.column(name), name) for name in names]
    for name, column in zip(names, columns, strict=True):
        require_short(column, name, lines)
    if right is not None and bad:
        columns = [column.filter(right) for column in columns]
        lines = lines[right.to_numpy(zero_copy_only=False)]
    return Piece(
        columns=columns,
        lines=lines,
        bad=bad,
        bad_total=len(bad),
        warnings=mended,
        bytes_read=meter.count,
    )
