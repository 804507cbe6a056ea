"""Choose the reader of a file by its extension."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

from geosites.core.errors import Refused
from geosites.imports.readers.csv_files import open_csv
from geosites.imports.readers.gpx_files import open_gpx
from geosites.imports.readers.json_files import open_json
from geosites.imports.readers.json_lines import LINES
from geosites.imports.readers.kml_files import open_kml, open_kmz
from geosites.imports.readers.ods_files import open_ods
from geosites.imports.readers.parquet_files import open_parquet
from geosites.imports.readers.tables import OpenTable
from geosites.imports.readers.vector_files import open_layer
from geosites.imports.readers.xls_files import open_xls
from geosites.imports.readers.zip_files import unpacked
from geosites.imports.source_options import ReadOptions
from geosites.validation import FileKind


def _open_xlsx(
    path: Path,
    limit_bytes: int,
    wanted: Collection[str] = (),
    options: ReadOptions | None = None,
) -> AbstractContextManager[OpenTable]:
    """Open a workbook; its reader takes memory that only workbooks need."""
    from geosites.imports.readers.excel_files import open_xlsx

    return open_xlsx(path, limit_bytes, wanted, options)


_TABLES: Mapping[str, Callable[..., AbstractContextManager[OpenTable]]] = {
    ".csv": open_csv,
    ".csv.gz": open_csv,
    ".tsv": open_csv,
    ".tsv.gz": open_csv,
    ".txt": open_csv,
    ".txt.gz": open_csv,
    ".xlsx": _open_xlsx,
    ".xlsm": _open_xlsx,
    ".xls": open_xls,
    ".ods": open_ods,
}
_LAYERS = {
    ".geojson": open_layer,
    ".json": open_json,
    **dict.fromkeys(LINES, open_json),
    ".kml": open_kml,
    ".gpx": open_gpx,
    ".gpkg": open_layer,
    ".fgb": open_layer,
    ".shp": open_layer,
    ".parquet": open_parquet,
}
_PLAIN = (*_TABLES, *_LAYERS)
ENDINGS = (*_PLAIN, ".kmz", ".zip")
"""The endings of the files that are taken in."""


def open_source(
    path: Path,
    kind: FileKind,
    limit_bytes: int,
    wanted: Collection[str] = (),
    options: ReadOptions | None = None,
) -> AbstractContextManager[OpenTable]:
    """Open a file to read its rows, or raise `Refused`.

    `wanted` are names of columns by which a header below the first line is found.
    No more than `limit_bytes` are read, counted as they come out of compression.
    """
    options = options or ReadOptions()
    if not path.is_file():
        raise Refused("there is no file %(path)s", path=path)
    name = path.name.lower()
    if name.endswith(".zip"):
        return _open_packed(path, kind, limit_bytes, wanted, options)
    if name.endswith((".tsv", ".tsv.gz")):
        options = replace(options, delimiter=options.delimiter or "\t")
    for ending, opens in _TABLES.items():
        if name.endswith(ending):
            return opens(path, limit_bytes, wanted, options)
    if name.endswith(".kmz"):
        return open_kmz(path, limit_bytes, kind, options)
    for ending, opens_layer in _LAYERS.items():
        if name.endswith(ending):
            return opens_layer(path, limit_bytes, kind, options)
    raise Refused(
        "%(name)s ends in none of %(endings)s", name=path.name, endings=", ".join(ENDINGS)
    )


@contextmanager
def _open_packed(
    path: Path, kind: FileKind, limit_bytes: int, wanted: Collection[str], options: ReadOptions
) -> Iterator[OpenTable]:
    with (
        unpacked(path, _PLAIN, limit_bytes) as inner,
        open_source(inner, kind, limit_bytes, wanted, options) as opened,
    ):
        yield opened
