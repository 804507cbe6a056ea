"""Columns of each type of file, and how a file's own column names map to them."""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from geosites.core.errors import Phrase, QuotedNames, Refused, hint, phrase
from geosites.core.records import CHOSEN_OF_SIGHTING
from geosites.validation.table_columns.column_synonyms import likely


class FileKind(StrEnum):
    """What a file holds."""

    SIGHTINGS = "sightings"
    OPERATIONS = "operations"
    CLOSURES = "closures"
    VISITS = "visits"


_GEOGRAPHIC = ("lon", "lat")
_METRIC = ("x", "y")
_IN_ONE = ("lat_lon", "lon_lat")
_OF_POINTS = (*_IN_ONE, "wkt")
_SIGHTING = (
    "id",
    "observed_at",
    *_GEOGRAPHIC,
    *_METRIC,
    *_OF_POINTS,
    "headcount",
    "accuracy_m",
    "duration_min",
    "origin",
    *(item.name for item in CHOSEN_OF_SIGHTING),
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
        *_IN_ONE,
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


_MOST_NAMED, _FIRST_NAMED = 200, 8
"""Maximum number of unknown columns that are named; the others are left out."""


@dataclass(frozen=True)
class ColumnPlan:
    """How the columns of a file become ours.

    `renamed` maps our name to theirs, `constants` our name to one value for every row, and
    `ignored` lists columns of theirs to pass over.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    ignored: Collection[str] = ()

    def without(self, names: Collection[str]) -> ColumnPlan:
        """Return this plan without some names among those to pass over."""
        ignored = tuple(name for name in self.ignored if name not in names)
        return replace(self, ignored=ignored)

    def passing_over(self, names: Collection[str]) -> ColumnPlan:
        """Return this plan with more columns to pass over."""
        return replace(self, ignored=(*self.ignored, *names))

    def resolve(self, kind: FileKind, header: Sequence[str]) -> dict[str, int]:
        """Return the position in `header` of each of our columns that the file has.

        Raises `Refused`, naming the column: one that is unknown, missing, or given twice.
        """
        self._require_known_names(kind)
        self._require_ignored(header)
        result = self._positions(header)
        self._refuse_unknown(kind, result)
        self._refuse_constant_twice(result)
        require_columns(kind, {*result, *self.constants})
        return result

    def _require_known_names(self, kind: FileKind) -> None:
        for name in (*self.renamed, *self.constants):
            if name not in COLUMNS[kind]:
                verdict = phrase("is not a recognised column")
                raise Refused(_unknown(kind, [name], verdict))

    def _require_ignored(self, header: Sequence[str]) -> None:
        for theirs in self.ignored:
            if theirs not in header:
                raise Refused(
                    "column %(theirs)r to be ignored is not in the file, which has %(header)s",
                    theirs=theirs,
                    header=_list(header[:_MOST_NAMED]),
                )

    def _positions(self, header: Sequence[str]) -> dict[str, int]:
        ours = {theirs: name for name, theirs in self.renamed.items()}
        for theirs in ours:
            if theirs not in header:
                raise Refused(
                    "column %(theirs)r is not in the file, which has %(header)s",
                    theirs=theirs,
                    header=_list(header[:_MOST_NAMED]),
                )
        result: dict[str, int] = {}
        for position, theirs in enumerate(header):
            if theirs in self.ignored:
                continue
            name = ours.get(theirs, theirs)
            if name in result:
                raise Refused("column %(name)r is given twice", name=name)
            result[name] = position
        return result

    def _refuse_unknown(self, kind: FileKind, found: Mapping[str, int]) -> None:
        unknown = [name for name in found if name not in COLUMNS[kind]]
        if len(unknown) > _MOST_NAMED:
            raise Refused(
                "%(count)s columns are unknown, the first of them %(names)s: is this the table "
                "that was meant? (%(kind)s take %(known)s)",
                count=len(unknown),
                names=_list(unknown[:_FIRST_NAMED]),
                kind=kind,
                known=_list(COLUMNS[kind]),
            )
        if unknown:
            ignore = " ".join(f"--ignore {shlex.quote(name)}" for name in unknown)
            verdict = phrase(
                "is unknown; rename it (--column) or pass it over: %(ignore)s", ignore=ignore
            )
            if len(unknown) > 1:
                verdict = phrase(
                    "are unknown; rename them (--column) or pass them over: %(ignore)s",
                    ignore=ignore,
                )
            options = self._likely(kind, unknown, found)
            if options:
                verdict = phrase(
                    "%(verdict)s; likely %(options)s", verdict=verdict, options=options
                )
            raise Refused(_unknown(kind, unknown, verdict))

    def _likely(self, kind: FileKind, unknown: Sequence[str], present: Collection[str]) -> str:
        """Return the options that read columns which are likely ours."""
        asked = [name for name in COLUMNS[kind] if name not in {*self.constants, *self.renamed}]
        known = [name for name in present if name in COLUMNS[kind]]
        found = likely(asked, [*known, *unknown])
        options = " ".join(
            f"--column {shlex.quote(name + '=' + '+'.join(theirs))}"
            for name, theirs in found.items()
        )
        turned = [name for name in _IN_ONE if name in found]
        if not turned:
            return options
        other = f"{_IN_ONE[_IN_ONE[0] == turned[0]]}={found[turned[0]][0]}"
        return phrase(
            "%(options)s, or %(other)s, whichever number comes first",
            options=options,
            other=f"--column {shlex.quote(other)}",
        )

    def _refuse_constant_twice(self, found: Mapping[str, int]) -> None:
        for name in self.constants:
            if name in found:
                raise Refused(
                    "column %(name)r is in the file and also given as a constant; ignore one",
                    name=name,
                )


def require_columns(kind: FileKind, present: Collection[str]) -> None:
    """Raise `Refused` with the name of a column that `kind` needs and `present` lacks."""
    missing = [name for name in _REQUIRED[kind] if name not in present]
    place = None if kind is FileKind.CLOSURES else _missing_place(kind, set(present))
    if missing or place:
        both = phrase("%(columns)s and %(place)s", columns=_list(missing), place=place)
        raise Refused(
            "missing column %(named)s (%(kind)s need %(needed)s)",
            named=both if missing and place else place or _list(missing),
            kind=kind,
            needed=_needed(kind),
        )


def _needed(kind: FileKind) -> str | QuotedNames:
    columns = _list(_REQUIRED[kind])
    if kind is FileKind.CLOSURES:
        return columns
    if kind is FileKind.OPERATIONS:
        return phrase(
            "%(columns)s, and a place: wkt, or radius_m with lon and lat, or with x and y, or site",
            columns=columns,
        )
    return phrase("%(columns)s, and a place: lon and lat, or x and y, or site", columns=columns)


def _missing_place(kind: FileKind, present: set[str]) -> str | QuotedNames | None:
    """Return what is missing of the location columns, or None."""
    pairs = [pair for pair in (_GEOGRAPHIC, _METRIC) if present & set(pair)]
    if len(pairs) == 2:
        raise Refused("columns lon, lat and x, y are both given; ignore one pair")
    in_one = [name for name in _IN_ONE if name in present]
    if kind is not FileKind.OPERATIONS and "wkt" in present:
        in_one.append("wkt")
    if len(in_one) + len(pairs) > 1:
        raise Refused(
            "columns %(names)s all say the place; ignore all but one",
            names=_list([*in_one, *(name for pair in pairs for name in pair)]),
        )
    needed = {*pairs[0]} if pairs else set()
    if kind is FileKind.OPERATIONS:
        needed |= {"radius_m"} if needed or in_one or "radius_m" in present else set()
        wanted = phrase("wkt, or lon, lat and radius_m")
        complete = bool({"wkt", "site"} & present) or bool(pairs or in_one)
    else:
        wanted = phrase("lon and lat, or x and y")
        complete = bool(pairs or in_one) or "site" in present
    missing = sorted(needed - present)
    if missing:
        return _list(missing)
    return None if complete else wanted


def _unknown(kind: FileKind, names: Sequence[str], verdict: Phrase) -> Phrase:
    near = difflib.get_close_matches(names[0].lower(), COLUMNS[kind], n=2)
    told = {
        "names": _list(names),
        "verdict": verdict,
        "hint": hint(near),
        "kind": kind,
        "known": _list(COLUMNS[kind]),
    }
    if len(names) > 1:
        return phrase("columns %(names)s %(verdict)s%(hint)s (%(kind)s take %(known)s)", **told)
    return phrase("column %(names)s %(verdict)s%(hint)s (%(kind)s take %(known)s)", **told)


def _list(names: Collection[str]) -> QuotedNames:
    return QuotedNames(names)
