"""CQL2 filters as SQL conditions on a collection.

The library `cql2` parses the filter. Its tree becomes SQL through a closed list of operators and
the properties of the collection; every value is a bound parameter, so that no input becomes SQL.
Types are checked before the database is queried, so that no value can make a statement fail.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import shapely
import sqlalchemy as sa

from geosites.db.features.filter_times import AGAINST_DAY, MIRRORED, TEMPORAL, Span, bound, span
from geosites.db.features.filter_values import (
    Column,
    Tree,
    bad,
    clean,
    drawn,
    ends_in_escape,
    moment,
    number,
    spelt,
)
from geosites.db.features.geojson_pages import Condition, FeatureSource, PropertyKind
from geosites.db.geography.areas import metric_shape
from geosites.db.postgres.geometry_values import bound_shape
from geosites.db.postgres.sql_types import AnyColumn

GEOMETRY = "geometry"
"""The name of the geometry property in filters."""

MOST_OPERATORS = 200

_COMPARED: Mapping[str, Callable[[AnyColumn, AnyColumn], Condition]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_SPATIAL = {
    f"s_{name}": getattr(sa.func, f"ST_{name.capitalize()}")
    for name in (
        "contains",
        "crosses",
        "disjoint",
        "equals",
        "intersects",
        "overlaps",
        "touches",
        "within",
    )
}


@dataclass(frozen=True)
class _Value:
    """An operand: its SQL and its type. A day lasts `until` its last moment."""

    sql: Column
    kind: PropertyKind
    until: Column | None = None


@dataclass(frozen=True)
class Filter:
    """How filters are read: on which source, and how coordinates in them are meant."""

    source: FeatureSource
    srid: int = 4326
    flipped: bool = False

    def condition(self, tree: Tree) -> Condition:
        """Return the condition that a tree of CQL2 (as JSON) is; raises `BadParameter`."""
        if isinstance(tree, bool):
            return sa.true() if tree else sa.false()
        if isinstance(tree, Mapping) and "property" in tree:
            return self._truth(tree)
        name, args = _operation(tree)
        if name in ("and", "or"):
            if len(args) < 2:
                raise bad(f"{name} needs two operands or more")
            joined = sa.and_ if name == "and" else sa.or_
            return joined(*(self.condition(item) for item in args))
        if name == "not":
            return sa.not_(self.condition(_only(args, name)))
        return self._predicate(name, args)

    def _truth(self, tree: Mapping[str, Tree]) -> Condition:
        value = self._property(tree["property"])
        if value.kind is not PropertyKind.BOOLEAN:
            raise bad(f"{tree['property']} is not a condition")
        return value.sql

    def _predicate(self, name: str, args: Sequence[Tree]) -> Condition:
        if name in _COMPARED:
            return self._comparison(name, *_two(args, name))
        if name.lower() in TEMPORAL:
            first, second = _two(args, name)
            return sa.and_(TEMPORAL[name.lower()](self._span(first), self._span(second)))
        if name.lower() in _SPATIAL:
            first, second = _two(args, name)
            return self._spatial(name.lower(), first, second)
        others = {
            "isnull": self._is_null,
            "like": self._like,
            "between": self._between,
            "in": self._in,
        }
        if name.lower() not in others:
            raise bad(f"there is no operator {name}")
        return others[name.lower()](args)

    def _comparison(self, name: str, first: Tree, second: Tree) -> Condition:
        left, right = self._alike(first, second)
        if right.until is not None:
            return AGAINST_DAY[name](left.sql, (right.sql, right.until))
        if left.until is not None:
            return AGAINST_DAY[MIRRORED[name]](right.sql, (left.sql, left.until))
        return _COMPARED[name](left.sql, right.sql)

    def _is_null(self, args: Sequence[Tree]) -> Condition:
        tree = _only(args, "isNull")
        if isinstance(tree, Mapping) and tree.get("property") == GEOMETRY:
            return self.source.geometry.is_(None)
        return self._value(tree).sql.is_(None)

    def _like(self, args: Sequence[Tree]) -> Condition:
        text, pattern = (self._value(item) for item in _two(args, "like"))
        if text.kind is not PropertyKind.TEXT or pattern.kind is not PropertyKind.TEXT:
            raise bad("LIKE compares texts")
        written = args[1]
        while isinstance(written, Mapping) and written.get("args"):
            written = written["args"][0]
        if not isinstance(written, str) or ends_in_escape(written):
            raise bad("LIKE needs a pattern, which must not end in a lone backslash")
        return text.sql.like(pattern.sql)

    def _between(self, args: Sequence[Tree]) -> Condition:
        if len(args) != 3:
            raise bad("BETWEEN needs a value and two bounds")
        value, low = self._alike(args[0], args[1])
        _, high = self._alike(args[0], args[2])
        end = high.sql if high.until is None else high.until
        return sa.and_(value.sql >= low.sql, value.sql <= end)

    def _in(self, args: Sequence[Tree]) -> Condition:
        value, listed = _two(args, "in")
        if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
            raise bad("IN needs a list of values")
        pairs = [self._alike(value, item) for item in listed]
        days = [(left.sql, (day.sql, day.until)) for left, day in pairs if day.until is not None]
        listed = pairs[0][0].sql.in_([item.sql for _, item in pairs if item.until is None])
        return sa.or_(listed, *(AGAINST_DAY["="](*pair) for pair in days))

    def _alike(self, first: Tree, second: Tree) -> tuple[_Value, _Value]:
        """Return two operands of the same type; a text beside an instant is parsed as one."""
        left, right = self._value(first), self._value(second)
        if left.kind is PropertyKind.INSTANT and isinstance(second, str):
            right = _time(second)
        if right.kind is PropertyKind.INSTANT and isinstance(first, str):
            left = _time(first)
        if _family(left.kind) != _family(right.kind):
            raise bad(f"{spelt(first)} is {left.kind}, and {spelt(second)} is {right.kind}")
        return left, right

    def _value(self, tree: Tree) -> _Value:
        if isinstance(tree, bool):
            return _Value(sa.literal(tree), PropertyKind.BOOLEAN)
        if isinstance(tree, int | float):
            return _Value(number(tree), PropertyKind.NUMBER)
        if isinstance(tree, str):
            return _Value(sa.literal(clean(tree), sa.Text()), PropertyKind.TEXT)
        if not isinstance(tree, Mapping):
            raise bad(f"{spelt(tree)} is not a value")
        if "property" in tree:
            return self._property(tree["property"])
        if "timestamp" in tree or "date" in tree:
            return _time(_written(tree))
        name, args = _operation(tree)
        if name.lower() != "casei":
            raise bad(f"there is no function {name}")
        inner = self._value(_only(args, "CASEI"))
        if inner.kind is not PropertyKind.TEXT:
            raise bad("CASEI is for texts")
        return _Value(sa.func.lower(inner.sql), PropertyKind.TEXT)

    def _property(self, name: object) -> _Value:
        known = self.source.properties
        if not isinstance(name, str) or name not in known:
            raise bad(f"there is no property {name!r}; there are {', '.join(known)}")
        return _Value(self.source.rows.c[name], known[name])

    def _span(self, tree: Tree) -> Span:
        """Return where a time begins and ends; an instant is both, an open end is infinite.

        A day that is written lasts from its first moment to its last.
        """
        if isinstance(tree, Mapping) and "interval" in tree:
            ends = tree["interval"]
            if not isinstance(ends, Sequence) or len(ends) != 2:
                raise bad("INTERVAL needs a beginning and an end")
            return self._end(ends[0], last=False), self._end(ends[1], last=True)
        if isinstance(tree, Mapping) and "property" in tree:
            return self._end(tree, last=False), self._end(tree, last=False)
        return bound(_written(tree))

    def _end(self, tree: Tree, *, last: bool) -> Column:
        infinite = sa.cast("infinity" if last else "-infinity", sa.DateTime(timezone=True))
        if tree == "..":
            return infinite
        if isinstance(tree, Mapping) and "property" in tree:
            value = self._property(tree["property"])
            if value.kind is not PropertyKind.INSTANT:
                raise bad(f"{tree['property']} is not a time")
            return sa.func.coalesce(value.sql, infinite) if last else value.sql
        return bound(_written(tree))[last]

    def _spatial(self, name: str, first: Tree, second: Tree) -> Condition:
        here = self.source.geometry
        if name == "s_intersects" and _is_geometry(first) and not _is_geometry(second):
            return sa.and_(*self.source.meets(self._shape(second)))
        shapes = [
            here if _is_geometry(item) else bound_shape(self._shape(item))
            for item in (first, second)
        ]
        result: Condition = _SPATIAL[name](*shapes)
        return result

    def _shape(self, tree: Tree) -> shapely.Geometry:
        """Return a geometry that a filter writes, in metres."""
        shape = drawn(tree)
        if not all(math.isfinite(end) for end in shape.bounds):
            raise bad("a geometry needs coordinates that are finite numbers")
        turned = shapely.transform(shape, lambda xy: xy[:, ::-1]) if self.flipped else shape
        return metric_shape(turned, self.srid)


def _written(tree: Tree) -> object:
    """Return a temporal literal, from a date, a timestamp or a text."""
    return tree.get("timestamp", tree.get("date")) if isinstance(tree, Mapping) else tree


def _time(text: object) -> _Value:
    first, last = span(text)
    return _Value(moment(first), PropertyKind.INSTANT, moment(last) if last > first else None)


def _operation(tree: Tree) -> tuple[str, Sequence[Tree]]:
    if not isinstance(tree, Mapping) or not isinstance(tree.get("op"), str):
        raise bad(f"{spelt(tree)} is not a condition")
    args = tree.get("args")
    if not isinstance(args, Sequence) or isinstance(args, str):
        raise bad(f"{tree['op']} needs operands")
    return tree["op"], args


def _only(args: Sequence[Tree], name: str) -> Tree:
    if len(args) != 1:
        raise bad(f"{name} needs one operand")
    return args[0]


def _two(args: Sequence[Tree], name: str) -> tuple[Tree, Tree]:
    if len(args) != 2:
        raise bad(f"{name} needs two operands")
    return args[0], args[1]


def _is_geometry(tree: Tree) -> bool:
    if isinstance(tree, Mapping) and "property" in tree:
        if tree["property"] != GEOMETRY:
            raise bad(f"{tree['property']!r} is not a geometry; that is {GEOMETRY}")
        return True
    return False


def _family(kind: PropertyKind) -> PropertyKind:
    return PropertyKind.NUMBER if kind is PropertyKind.INTEGER else kind
