"""Literals in CQL2 filters: numbers, texts, times, geometries, each validated."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import shapely
import sqlalchemy as sa
from shapely.errors import ShapelyError

from geosites.core.errors import BadParameter, Refused
from geosites.core.weeks import midnight
from geosites.db.postgres.sql_types import AnyColumn

Tree = Any
Column = AnyColumn
_DAY_WRITTEN = len("2022-10-05")
_MOMENT = dt.timedelta(microseconds=1)


def drawn(tree: Tree) -> shapely.Geometry:
    """Parse a geometry literal, in two dimensions."""
    if not isinstance(tree, Mapping):
        raise bad(f"{spelt(tree)} is not a geometry")
    if "bbox" in tree:
        ends = tree["bbox"]
        if len(ends) not in (4, 6):
            raise bad("BBOX needs 4 or 6 numbers")
        half = len(ends) // 2
        if ends[0] > ends[half] or ends[1] > ends[half + 1]:
            raise bad("BBOX: the lower corner comes first, then the upper one")
        return shapely.box(ends[0], ends[1], ends[half], ends[half + 1])
    if tree.get("type") == "GeometryCollection":
        raise bad("a geometry collection cannot be compared; write one geometry")
    try:
        return shapely.force_2d(shapely.geometry.shape(tree))
    except (ShapelyError, AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise bad(f"{spelt(tree)} is not a geometry") from error


def number(value: float) -> Column:
    """Return a number as a bound parameter."""
    if not math.isfinite(value):
        raise bad("a number must be finite")
    return sa.literal(float(value), sa.Double())


def moment(at: dt.datetime) -> Column:
    """Return an instant as a bound parameter."""
    return sa.literal(at, sa.DateTime(timezone=True))


def instant(text: object, *, last: bool = False, what: str = "filter") -> dt.datetime:
    """Return an instant; a bare day is its first moment in the city, as an end its last.

    Raises `BadParameter` that begins with `what`.
    """
    try:
        written = str(text).upper()
        if len(written) == _DAY_WRITTEN:
            day = dt.date.fromisoformat(written)
            return midnight(day + dt.timedelta(days=1)) - _MOMENT if last else midnight(day)
        result = dt.datetime.fromisoformat(written)
    except (ValueError, OverflowError) as error:
        raise BadParameter(f"{what}: {spelt(text)} is not a time in ISO 8601") from error
    except Refused as error:
        raise BadParameter(f"{what}: {error}") from error
    if result.tzinfo is None:
        raise BadParameter(f"{what}: {written} has no offset: an instant needs one")
    return result


def clean(text: str) -> str:
    """Return a text that the database can hold."""
    if "\0" in text:
        raise bad("a text cannot hold the character 0")
    return text


def ends_in_escape(pattern: str) -> bool:
    """Return whether a pattern ends in a backslash that escapes nothing."""
    return (len(pattern) - len(pattern.rstrip("\\"))) % 2 == 1


def spelt(tree: Tree) -> str:
    """Return the literal, shortened for a message."""
    if isinstance(tree, Mapping) and "property" in tree:
        return str(tree["property"])[:60]
    return repr(tree)[:60]


def bad(reason: str) -> BadParameter:
    """Return the error for an invalid filter."""
    return BadParameter(f"filter: {reason}")
