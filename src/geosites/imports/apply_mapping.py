"""Apply a column mapping: rename columns and translate values of a file to ours."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID, uuid5

import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.errors import Refused, phrase
from geosites.imports.mapping import ColumnMapping
from geosites.imports.readers.tables import OpenTable, Piece
from geosites.validation import FileKind

_POINT = r"^\s*(?P<lat>\S+)\s+(?P<lon>\S+)(?:\s+(?P<altitude>\S+))?(?:\s+(?P<accuracy_m>\S+))?\s*$"
_URN = "uuid:"
_LISTED = 8

Columns = Mapping[str, pa.Array]
Make = Callable[[Columns], pa.Array]


@dataclass(frozen=True)
class Parents:
    """The rows of another file, to which rows refer by a key."""

    columns: Columns
    keys: pa.Array

    @classmethod
    def of(cls, source: OpenTable, mapping: ColumnMapping) -> Parents:
        """Return all rows of an open file; raises `Refused` where it has no key."""
        key = mapping.position(mapping.key, source.header)
        if key is None:
            raise Refused(
                "the parent file has none of the key columns %(key)s", key=", ".join(mapping.key)
            )
        pieces = [piece.columns for piece in source.pieces(range(len(source.header)))]
        whole = [
            pa.concat_arrays([columns[place] for columns in pieces])
            for place in range(len(source.header))
        ]
        named = dict(zip(source.header, whole, strict=True))
        return cls(named, _bare(named[source.header[key]]))

    def of_rows(self, references: pa.Array) -> dict[str, pa.Array]:
        """Return the columns of the rows referred to; null where there is none."""
        places = pc.index_in(_bare(references), self.keys)
        return {name: column.take(places) for name, column in self.columns.items()}


def mapped(
    source: OpenTable, mapping: ColumnMapping, kind: FileKind, parents: Parents | None = None
) -> OpenTable:
    """Return a source with our columns, as mapped."""
    theirs = list(source.header)
    reference = mapping.position(mapping.parent_key, theirs)
    if parents is not None:
        if reference is None:
            raise Refused("the file refers to no parent: it has no column for its key")
        theirs += [name for name in parents.columns if name not in source.header]
    makers = _makers(mapping, kind, theirs, child=reference is not None)
    header = tuple(makers)

    def pieces(wanted: Sequence[int]) -> Iterator[Piece]:
        for piece in source.pieces(range(len(source.header))):
            columns = dict(zip(source.header, piece.columns, strict=True))
            if parents is not None and reference is not None:
                columns = {**parents.of_rows(columns[source.header[reference]]), **columns}
            made = [makers[header[place]](columns) for place in wanted]
            yield replace(piece, columns=made)

    remarks = (*source.remarks, *_passed_over(mapping, kind, theirs))
    return replace(source, header=header, pieces=pieces, remarks=remarks, unnamed={})


def _makers(
    mapping: ColumnMapping, kind: FileKind, theirs: Sequence[str], *, child: bool
) -> dict[str, Make]:
    places = mapping.positions(kind, theirs)
    makers = {name: _maker(mapping, name, theirs[place]) for name, place in places.items()}
    point = mapping.position(mapping.point, theirs)
    if point is not None and not {"lon", "lat", "x", "y"} & makers.keys():
        for name in ("lon", "lat", "accuracy_m"):
            makers.setdefault(name, _part(theirs[point], name))
    if "id" in makers and (mapping.key or mapping.parent_key):
        key = theirs[places["id"]]
        ordinal = mapping.position(mapping.ordinal, theirs) if child else None
        makers["id"] = _identifier(key, None if ordinal is None else theirs[ordinal])
    return makers


def _maker(mapping: ColumnMapping, name: str, theirs: str) -> Make:
    words = mapping.words.get(name)
    if not words:
        return lambda columns: columns[theirs]
    message, meant = pa.array(list(words), pa.string()), pa.array(list(words.values()), pa.string())

    def translated(columns: Columns) -> pa.Array:
        column = pc.utf8_trim_whitespace(columns[theirs])
        ours = meant.take(pc.index_in(pc.utf8_lower(column), message))
        return pc.coalesce(ours, column)

    return translated


def _part(theirs: str, name: str) -> Make:
    return lambda columns: pc.extract_regex(columns[theirs], _POINT).field(
        ["lat", "lon", "altitude", "accuracy_m"].index(name)
    )


def _identifier(theirs: str, ordinal: str | None) -> Make:
    """Return the id function: a submission's own id, and a derived one for its repeated groups."""

    def made(columns: Columns) -> pa.Array:
        keys = columns[theirs].to_pylist()
        numbers = columns[ordinal].to_pylist() if ordinal is not None else [None] * len(keys)
        return pa.array(
            [_id(key, number) for key, number in zip(keys, numbers, strict=True)], pa.string()
        )

    return made


def _id(key: str | None, number: str | None) -> str | None:
    bare, _, repeat = (key or "").strip().removeprefix(_URN).partition("/")
    within = repeat or number
    if not within:
        return bare or None
    try:
        return str(uuid5(UUID(bare), within))
    except ValueError:
        return key


def _bare(keys: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(pc.utf8_trim_whitespace(keys), f"^{_URN}", "")


def _passed_over(mapping: ColumnMapping, kind: FileKind, theirs: Sequence[str]) -> tuple[str, ...]:
    """Return the notice on unread columns; raises `Refused` if there may be none."""
    used = {*mapping.positions(kind, theirs).values()}
    for names in (mapping.point, mapping.key, mapping.parent_key, mapping.ordinal):
        place = mapping.position(names, theirs)
        used |= set() if place is None else {place}
    left = [
        name for place, name in enumerate(theirs) if place not in used | _named(mapping, theirs)
    ]
    if not left:
        return ()
    answer = ", ".join(left[:_LISTED])
    if len(left) > _LISTED:
        answer = phrase("%(listed)s (and %(count)s more)", listed=answer, count=len(left) - _LISTED)
    if not mapping.rest:
        raise Refused(
            "columns that the mapping does not name: %(told)s; ignore them, or say rest",
            told=answer,
        )
    return (phrase("passed over: %(told)s", told=answer),)


def _named(mapping: ColumnMapping, theirs: Sequence[str]) -> set[int]:
    """Return the positions of the columns that are ignored by name."""
    return {place for place, name in enumerate(theirs) if name in mapping.ignore}
