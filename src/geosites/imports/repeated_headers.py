"""Header variants: column names in capitals, and headers repeated between rows."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.errors import phrase
from geosites.imports.readers.tables import OpenTable, Piece
from geosites.imports.source_options import Recognition
from geosites.validation import COLUMNS, FileKind

PLACES = frozenset({"lon", "lat", "x", "y", "wkt", "lat_lon", "lon_lat"})

_DBF_LETTERS = 10
_MOST_LON, _MOST_LAT = 180.0, 90.0
_ROW_NUMBER = re.compile(r"\d{1,18}(?:\.0*)?")
_FEWEST = 2
"""Minimum number of names in a row that repeats the header, with nothing else in it."""
_AROUND = "\ufeff \t\u00a0"
"""Characters around a name; concatenated files have a byte order mark in the middle."""


def in_small_letters(
    source: OpenTable, kind: FileKind, said: Collection[str], ours_only: Collection[str] = ()
) -> OpenTable:
    """Return a source whose columns have our names if they differ only by case.

    With `ours_only`, only these names of ours are considered.

    Names given for this file, or matched by a pattern among them (`said`), are unchanged, and so
    are location columns if a geometry or another column has the location. A shapefile truncates
    names to ten letters.
    """
    header = source.header
    placed = any(name in PLACES for name in header)
    cut = source.facts.get("format") == "shp"
    whole = {name[:_DBF_LETTERS]: name for name in COLUMNS[kind]} if cut else {}
    folded = {name: name.strip().casefold() for name in header}
    folded = {name: whole.get(small, small) for name, small in folded.items()}
    counts = Counter(folded.values())
    renamed = {
        ours: name
        for name, ours in folded.items()
        if name != ours
        and ours in (ours_only or COLUMNS[kind])
        and counts[ours] == 1
        and not (placed and ours in PLACES)
        and not any(fnmatchcase(name, pattern) for pattern in said)
    }
    if not renamed:
        return source
    ours_of = {theirs: ours for ours, theirs in renamed.items()}
    return replace(
        source, header=tuple(ours_of.get(name, name) for name in header), renamed=renamed
    )


def degrees(
    names: Sequence[str], source: OpenTable, pieces: Sequence[Piece]
) -> tuple[list[str], Recognition | None]:
    """Return the names of the columns of some pieces, `x` and `y` as degrees where they must be.

    Programs that name the coordinates of any layer X and Y do so for degrees too; they are metres
    if one of the values is not a degree. Lower-case names have their documented meaning.
    """
    theirs = [source.renamed.get(name) for name in ("x", "y")]
    if None in theirs or not {"x", "y"} <= {*names}:
        return list(names), None
    x, y = ([piece.columns[names.index(name)] for piece in pieces] for name in ("x", "y"))
    if not (_are_degrees(x, _MOST_LON) and _are_degrees(y, _MOST_LAT)):
        return list(names), None
    told = phrase(
        "%(x)s and %(y)s hold degrees: they are read as lon and lat", x=theirs[0], y=theirs[1]
    )
    ours = {"x": "lon", "y": "lat"}
    option = f"--column lon={theirs[0]} --column lat={theirs[1]}"
    return [ours.get(name, name) for name in names], Recognition(told, option, True)


def without_numbers(
    names: Sequence[str], source: OpenTable, pieces: Sequence[Piece], asked: str | None
) -> tuple[list[str], Recognition | None]:
    """Return the names of the columns of some pieces, `id` as nothing where it holds numbers only.

    Most systems number their rows in a column of that name, and ids of ours are UUIDs. This has to
    be confirmed if the column was `asked` for by its name.
    """
    if "id" not in names:
        return list(names), None
    place = names.index("id")
    texts = [text for piece in pieces for text in piece.columns[place].to_pylist() if text]
    if not texts or not all(_ROW_NUMBER.fullmatch(text.strip()) for text in texts):
        return list(names), None
    theirs = asked or source.renamed.get("id", "id")
    told = phrase(
        "%(name)s holds numbers and no UUIDs: passed over, and each row has an id of its content",
        name=theirs,
    )
    kept = [*names[:place], "", *names[place + 1 :]]
    return kept, Recognition(told, f"--ignore {shlex.quote(theirs)}", asked is None)


def _are_degrees(columns: Sequence[pa.Array], most: float) -> bool:
    """Return whether the columns hold numbers, of which none is more than some degrees."""
    texts = [text for column in columns for text in column.to_pylist() if text and text.strip()]
    try:
        return bool(texts) and all(abs(float(text.replace(",", "."))) <= most for text in texts)
    except ValueError:
        return False


def without_repeated(source: OpenTable) -> OpenTable:
    """Return a source without repeated header rows, as in concatenated files.

    They are counted as left out, and reported with their lines.
    """
    names = [
        None if place in source.unnamed else name.strip().casefold()
        for place, name in enumerate(source.header)
    ]

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        for piece in source.pieces(wanted):
            again = _repeats(piece, [names[place] for place in wanted])
            yield _without(piece, again) if again.any() else piece

    return replace(source, pieces=pieces)


def _repeats(piece: Piece, names: Sequence[str | None]) -> npt.NDArray[np.bool_]:
    """Return which rows contain the names of their columns, and nothing else."""
    rows = np.arange(len(piece.lines))
    if sum(map(bool, names)) < _FEWEST:
        rows = rows[:0]
    for column, name in zip(piece.columns, names, strict=True):
        if name is None or not len(rows):
            continue
        said = pc.utf8_trim(column if len(rows) == len(column) else column.take(rows), _AROUND)
        same = pc.equal(pc.utf8_lower(pc.fill_null(said, "")), name)
        rows = rows[same.to_numpy(zero_copy_only=False)]
    again = np.zeros(len(piece.lines), dtype=bool)
    again[rows] = True
    return again


def _without(piece: Piece, again: npt.NDArray[np.bool_]) -> Piece:
    kept = pa.array(~again)
    told = [
        phrase("line %(line)s: the header again, left out", line=line)
        for line in piece.lines[again].tolist()
    ]
    return replace(
        piece,
        columns=[column.filter(kept) for column in piece.columns],
        lines=piece.lines[~again],
        left_out=piece.left_out + int(again.sum()),
        warnings=[*piece.warnings, *told],
    )
