"""The allow-list mechanism: copy the fields named for a reader; anything else is absent.

A list of fields says for each what becomes of its value. A field that is added to a result is
therefore not disclosed until it is listed for a reader.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from geosites.core import city
from geosites.core.weeks import midnight

Rule = Callable[[object], object]
Fields = Mapping[str, Rule]
Document = dict[str, object]

Told = TypeVar("Told")

_WEEK = re.compile(r"\d{4}-W\d{2}")


@dataclass(frozen=True, eq=False)
class AllowList(Mapping[str, Rule], Generic[Told]):
    """The fields allowed for a reader, and the type of the resulting document."""

    document: type[Told]
    fields: Fields

    def __getitem__(self, name: str) -> Rule:
        return self.fields[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.fields)

    def __len__(self) -> int:
        return len(self.fields)

    def tell(self, document: Mapping[str, object]) -> Told:
        """Return the document for a reader, built from the fields allowed for it."""
        return cast("Told", build(document, self))


def build(document: Mapping[str, object], fields: Fields) -> Document:
    """Return the fields of a document that are named, in the order of the document."""
    return {name: fields[name](value) for name, value in document.items() if name in fields}


def named(*names: str) -> Fields:
    """Return fields that are copied unchanged, each a single value or a list of such."""
    return dict.fromkeys(names, plain)


def withheld(*names: str) -> Fields:
    """Return fields whose keys remain, with null values."""
    return dict.fromkeys(names, null)


def plain(value: object) -> object:
    """Return a value unchanged; raise `TypeError` if it has fields that are not listed."""
    if isinstance(value, Mapping) or (
        dataclasses.is_dataclass(value) and not isinstance(value, type)
    ):
        raise TypeError(f"a value with fields of its own needs them named, {type(value)}")
    if isinstance(value, list | tuple | set | frozenset):
        for item in value:
            plain(item)
    return value


def null(_: object) -> None:
    """Return null instead of a value."""


def empty(_: object) -> list[object]:
    """Return no rows instead of some."""
    return []


def day(value: object) -> dt.date | None:
    """Return the date of an instant, in the zone in which it is written."""
    return value.date() if isinstance(value, dt.datetime) else None


def start_of_day(value: object) -> dt.datetime | None:
    """Return the start of an instant's day in the city's time zone, which hides the time of day."""
    return (
        midnight(value.astimezone(city.zone()).date()) if isinstance(value, dt.datetime) else None
    )


@dataclass(frozen=True)
class NestedRule:
    """The rule for a document in a document, which may be null."""

    fields: Fields

    def __call__(self, value: object) -> Document | None:
        """Return the named fields of a document, or null."""
        return None if value is None else build(cast("Mapping[str, object]", value), self.fields)


@dataclass(frozen=True)
class Rows:
    """The rule for a list of documents."""

    fields: Fields

    def __call__(self, value: object) -> list[Document]:
        """Return the named fields of each document."""
        return [build(row, self.fields) for row in cast("Iterable[Mapping[str, object]]", value)]


@dataclass(frozen=True)
class ByWeek:
    """The rule for documents by ISO week; a key that is not a week is absent."""

    rule: Rule

    def __call__(self, value: object) -> Document:
        """Return what the rule makes of the document of each week."""
        result = cast("Mapping[str, object]", value)
        return {name: self.rule(item) for name, item in result.items() if _WEEK.fullmatch(name)}


def part(fields: Fields) -> NestedRule:
    """Return the rule for a document in a document, which may be null."""
    return NestedRule(fields)


def rows(fields: Fields) -> Rows:
    """Return the rule for a list of documents."""
    return Rows(fields)


def blank(*names: str) -> NestedRule:
    """Return the rule for a nested document of which only the keys remain."""
    return part(withheld(*names))


def by_week(rule: Rule) -> ByWeek:
    """Return the rule for documents by ISO week; a key that is not a week is absent."""
    return ByWeek(rule)
