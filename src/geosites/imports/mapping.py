"""How the files of one source become ours: a mapping of columns.

A mapping does more than rename columns. Some systems write a location as one text, prefix each
column with the name of a group, write yes for true, and put repeated groups of a form into a
separate file whose rows refer to the submissions in the main one.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from geosites.core.errors import QuotedNames, Refused, hint, phrase
from geosites.core.pydantic_messages import fault_reason
from geosites.imports.row_filter import row_filter
from geosites.imports.source_options import ALL_TIMES, SourceOptions, zone_named
from geosites.validation import COLUMNS, FileKind
from geosites.validation.date_times.time_patterns import pattern

_OF_GEOMETRY = frozenset({"lon", "lat", "x", "y", "wkt"})
_KNOWN = frozenset(name for names in COLUMNS.values() for name in names)
_OPTIONS = (
    "sheet",
    "layer",
    "encoding",
    "delimiter",
    "zone",
    "decimal_comma",
    "where",
    "max_rejects",
)
_GROUP_ENDS = "/-:"

Names = tuple[str, ...]


class ColumnMapping(BaseModel):
    """How columns of a source become ours.

    `columns`: our name, and names or patterns of theirs, of which the first in the file is used.
    `constants`: our name and one value for every row. `ignore`: columns to skip; with `rest`, all
    that are not named. `words`: our name, and the translation of their words. `point`: columns with
    latitude, longitude, altitude and accuracy in one text. `groups`: their names may be prefixed by
    names of groups. `key` and `parent_key`: the columns by which a row refers to one of another
    file, from which it takes missing values.

    The rest is how the source is opened, its notation, and which rows are imported; see
    `SourceOptions`. A name of theirs may be `A+B`: both values, joined by a space.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str = ""
    columns: Mapping[str, Names] = Field(default_factory=dict)
    constants: Mapping[str, str] = Field(default_factory=dict)
    ignore: Names = ()
    rest: bool = False
    words: Mapping[str, Mapping[str, str]] = Field(default_factory=dict)
    point: Names = ()
    groups: bool = False
    key: Names = ()
    parent_key: Names = ()
    ordinal: Names = ()
    sheet: str | None = None
    layer: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    zone: str | None = None
    times: Mapping[str, Names] = Field(default_factory=dict)
    decimal_comma: bool | None = None
    factors: Mapping[str, float] = Field(default_factory=dict)
    where: str | None = None
    max_rejects: int | None = Field(default=None, ge=0)

    @field_validator("times")
    @classmethod
    def _known_times(cls, given: Mapping[str, Names]) -> Mapping[str, Names]:
        unknown = sorted(set(given) - _KNOWN - {ALL_TIMES})
        if unknown:
            raise ValueError(phrase("column %(name)r is not a recognised column", name=unknown[0]))
        for text in (text for texts in given.values() for text in texts):
            _checked(pattern, text)
        return given

    @field_validator("zone", "where")
    @classmethod
    def _understood(cls, given: str | None, info: ValidationInfo) -> str | None:
        if given is not None:
            _checked(zone_named if info.field_name == "zone" else row_filter, given)
        return given

    @field_validator("columns", "constants", "words", "factors")
    @classmethod
    def _ours(cls, given: Mapping[str, object]) -> Mapping[str, object]:
        unknown = sorted(set(given) - _KNOWN)
        if unknown:
            near = hint(difflib.get_close_matches(unknown[0], _KNOWN, n=2))
            raise ValueError(
                phrase(
                    "column %(name)r is not a recognised column%(hint)s", name=unknown[0], hint=near
                )
            )
        return given

    @classmethod
    def parse(cls, text: str, name: str) -> Self:
        """Parse a mapping from JSON, or raise `Refused`."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            fault = error.errors()[0]
            where = ".".join(map(str, fault["loc"]))
            raise Refused(
                "mapping %(name)s: %(where)s: %(reason)s",
                name=name,
                where=where,
                reason=fault_reason(fault),
            ) from error

    @property
    def options(self) -> SourceOptions:
        """Options of the mapping besides columns."""
        return SourceOptions(
            **{name: getattr(self, name) for name in _OPTIONS},
            times=dict(self.times),
            factors=dict(self.factors),
        )

    def with_options(self, options: SourceOptions) -> ColumnMapping:
        """Return this mapping with other options, which take precedence."""
        both = options.or_else(self.options)
        said = {name: getattr(both, name) for name in (*_OPTIONS, "times", "factors")}
        return self.model_copy(update=said)

    def with_more(
        self,
        columns: Mapping[str, str],
        constants: Mapping[str, str],
        ignore: Collection[str],
    ) -> ColumnMapping:
        """Return this mapping with options for one file, which take precedence."""
        return self.model_copy(
            update={
                "columns": {**self.columns, **{name: (item,) for name, item in columns.items()}},
                "constants": {**self.constants, **constants},
                "ignore": (*self.ignore, *ignore),
            }
        )

    def wanted(self) -> set[str]:
        """Return names by which the header of a file is known."""
        theirs = {name for names in self.columns.values() for name in names}
        return theirs | set(self.ignore) | {*self.point, *self.key, *self.parent_key}

    def positions(self, kind: FileKind, header: Sequence[str]) -> dict[str, int]:
        """Return the position in `header` of each column of ours that the file has.

        An ignored column is not one of ours, even if it has our name. The columns of a geometry
        are: if the mapping has no other location, they remain although a field of the same name is
        ignored.
        """
        placed = bool(self.point) or bool({"lon", "x", "wkt", "site"} & {*self.columns})
        by_itself = {
            name: (name,)
            for name in _KNOWN
            if (name in _OF_GEOMETRY and not placed)
            or not any(fnmatchcase(name, over) for over in self.ignore)
        }
        names = {**by_itself, **self.columns}
        result = {name: self.position(theirs, header) for name, theirs in names.items()}
        return {
            name: place
            for name, place in result.items()
            if place is not None and name in COLUMNS[kind] and name not in self.constants
        }

    def position(self, names: Sequence[str], header: Sequence[str]) -> int | None:
        """Return the position of the first matching name or pattern, or None.

        Raises `Refused` if one of them matches several columns.
        """
        for name in names:
            places = [place for place, theirs in enumerate(header) if self._means(name, theirs)]
            exact = [place for place in places if header[place] == name]
            if len(exact or places) > 1:
                both = QuotedNames(header[place] for place in places)
                raise Refused(
                    "%(name)r may mean any of %(both)s; name one with --column",
                    name=name,
                    both=both,
                )
            if places:
                return (exact or places)[0]
        return None

    def _means(self, name: str, theirs: str) -> bool:
        if fnmatchcase(theirs, name):
            return True
        ends = tuple(mark + name for mark in _GROUP_ENDS)
        return self.groups and theirs.endswith(ends)


def _checked(check: Callable[[str], object], text: str) -> None:
    try:
        check(text)
    except Refused as error:
        raise ValueError(error.message) from error
