"""The columns of each kind of file, and how a file's own column names map to them."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from geosites.errors import Refused


class FileKind(StrEnum):
    """What a file holds."""

    SIGHTINGS = "sightings"
    OPERATIONS = "operations"
    CLOSURES = "closures"
    VISITS = "visits"


_GEOGRAPHIC = ("lon", "lat")
_METRIC = ("x", "y")
_SIGHTING = (
    "id",
    "observed_at",
    *_GEOGRAPHIC,
    *_METRIC,
    "headcount",
    "accuracy_m",
    "duration_min",
    "origin",
    "activity",
    "site",
    "verified",
    "unit",
    "exercise",
)
COLUMNS: Mapping[FileKind, tuple[str, ...]] = {
    FileKind.SIGHTINGS: _SIGHTING,
    FileKind.VISITS: _SIGHTING,
    FileKind.OPERATIONS: (
        "id",
        "started_at",
        "ended_at",
        "kind",
        *_GEOGRAPHIC,
        *_METRIC,
        "radius_m",
        "wkt",
        "headcount_dispersed",
        "arrests",
        "site",
        "unit",
        "source",
        "exercise",
    ),
    FileKind.CLOSURES: (
        "id",
        "site",
        "closed_from",
        "closed_until",
        "legal_ref",
        "review_days",
        "source",
        "exercise",
    ),
}
"""Every column a file of each kind may have."""

_REQUIRED: Mapping[FileKind, tuple[str, ...]] = {
    FileKind.SIGHTINGS: ("observed_at", "headcount"),
    FileKind.VISITS: ("observed_at",),
    FileKind.OPERATIONS: ("started_at", "ended_at", "kind"),
    FileKind.CLOSURES: ("site", "closed_from"),
}


@dataclass(frozen=True)
class ColumnPlan:
    """How the columns of a file become ours.

    `renamed` maps our name to theirs, `constants` our name to one value for every row, and
    `ignored` lists columns of theirs to pass over.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    ignored: Collection[str] = ()

    def resolve(self, kind: FileKind, header: Sequence[str]) -> dict[str, int]:
        """Return the position in `header` of each of our columns that the file has.

        Raises `Refused`, naming the column: one that is unknown, missing, or given twice.
        """
        self._require_known_names(kind)
        self._require_ignored(header)
        found = self._positions(header)
        self._refuse_unknown(kind, found)
        self._refuse_constant_twice(found)
        require_columns(kind, {*found, *self.constants})
        return found

    def _require_known_names(self, kind: FileKind) -> None:
        for name in (*self.renamed, *self.constants):
            if name not in COLUMNS[kind]:
                raise Refused(_unknown(kind, [name], "is no column of ours"))

    def _require_ignored(self, header: Sequence[str]) -> None:
        for theirs in self.ignored:
            if theirs not in header:
                raise Refused(
                    f"column {theirs!r} to be ignored is not in the file, which has {_list(header)}"
                )

    def _positions(self, header: Sequence[str]) -> dict[str, int]:
        ours = {theirs: name for name, theirs in self.renamed.items()}
        for theirs in ours:
            if theirs not in header:
                raise Refused(f"column {theirs!r} is not in the file, which has {_list(header)}")
        found: dict[str, int] = {}
        for position, theirs in enumerate(header):
            if theirs in self.ignored:
                continue
            name = ours.get(theirs, theirs)
            if name in found:
                raise Refused(f"column {name!r} is given twice")
            found[name] = position
        return found

    def _refuse_unknown(self, kind: FileKind, found: Mapping[str, int]) -> None:
        unknown = [name for name in found if name not in COLUMNS[kind]]
        if unknown:
            raise Refused(_unknown(kind, unknown, "is unknown; rename or ignore it"))

    def _refuse_constant_twice(self, found: Mapping[str, int]) -> None:
        for name in self.constants:
            if name in found:
                raise Refused(
                    f"column {name!r} is in the file and also given as a constant; ignore one"
                )


def require_columns(kind: FileKind, present: Collection[str]) -> None:
    """Raise `Refused`, naming it, where a column that `kind` needs is not among `present`."""
    missing = [name for name in _REQUIRED[kind] if name not in present]
    place = None if kind is FileKind.CLOSURES else _missing_place(kind, set(present))
    if missing or place:
        named = " and ".join(filter(None, (_list(missing), place)))
        needed = _list(_REQUIRED[kind]) + _PLACES.get(kind, _POINT)
        raise Refused(f"missing column {named} ({kind} need {needed})")


_POINT = ", and a place: lon and lat, or x and y"
_PLACES = {
    FileKind.OPERATIONS: ", and a place: wkt, or radius_m with lon and lat, or with x and y",
    FileKind.CLOSURES: "",
}


def _missing_place(kind: FileKind, present: set[str]) -> str | None:
    """Return what is missing of the columns that say where, or None."""
    pairs = [pair for pair in (_GEOGRAPHIC, _METRIC) if present & set(pair)]
    if len(pairs) == 2:
        raise Refused("columns lon, lat and x, y are both given; ignore one pair")
    needed = {*pairs[0]} if pairs else set()
    if kind is FileKind.OPERATIONS:
        needed |= {"radius_m"} if needed or "radius_m" in present else set()
        wanted = "wkt, or lon, lat and radius_m"
        complete = "wkt" in present or bool(pairs)
    else:
        wanted, complete = "lon and lat, or x and y", bool(pairs)
    missing = sorted(needed - present)
    if missing:
        return _list(missing)
    return None if complete else wanted


def _unknown(kind: FileKind, names: Sequence[str], verdict: str) -> str:
    near = difflib.get_close_matches(names[0].lower(), COLUMNS[kind], n=2)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    return f"column {_list(names)} {verdict}{hint} ({kind} take {_list(COLUMNS[kind])})"


def _list(names: Collection[str]) -> str:
    return ", ".join(repr(name) for name in names)
