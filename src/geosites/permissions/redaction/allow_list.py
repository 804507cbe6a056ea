"""Documents built from the fields that are named for their reader; whatever is not named is absent.

A list of fields says of each what becomes of its value. A field that is added to a result therefore
stays inside until somebody names it for a reader.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

Rule = Callable[[Any], Any]
Fields = Mapping[str, Rule]
Document = dict[str, Any]

_WEEK = re.compile(r"\d{4}-W\d{2}")


def build(document: Mapping[str, Any], fields: Fields) -> Document:
    """Return the fields of a document that are named, in the order of the document."""
    return {name: fields[name](value) for name, value in document.items() if name in fields}


def named(*names: str) -> Fields:
    """Return fields that are told as they are, each a single value or a list of such."""
    return dict.fromkeys(names, plain)


def withheld(*names: str) -> Fields:
    """Return fields whose keys are kept, and whose values are null."""
    return dict.fromkeys(names, null)


def plain(value: Any) -> Any:
    """Return a value as it is; raise `TypeError` if it has fields that nobody named."""
    if isinstance(value, Mapping) or (
        dataclasses.is_dataclass(value) and not isinstance(value, type)
    ):
        raise TypeError(f"a value with fields of its own needs them named, {type(value)}")
    if isinstance(value, list | tuple | set | frozenset):
        for one in value:
            plain(one)
    return value


def null(_: Any) -> None:
    """Return null in the place of a value."""


def empty(_: Any) -> list[Any]:
    """Return no rows in the place of some."""
    return []


def day(value: dt.datetime | None) -> dt.date | None:
    """Return the date of an instant, in the zone in which it is written."""
    return None if value is None else value.date()


def part(fields: Fields) -> Rule:
    """Return the rule for a document in a document, which may be null."""
    return lambda value: None if value is None else build(value, fields)


def rows(fields: Fields) -> Rule:
    """Return the rule for a list of documents."""
    return lambda value: [build(row, fields) for row in value]


def blank(*names: str) -> Rule:
    """Return the rule for a document in a document of which only the keys are told."""
    return part(withheld(*names))


def by_week(rule: Rule) -> Rule:
    """Return the rule for documents by ISO week; a key that is no week is absent."""
    return lambda value: {name: rule(one) for name, one in value.items() if _WEEK.fullmatch(name)}
