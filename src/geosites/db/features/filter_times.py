"""Temporal operators of CQL2 filters: relations between intervals, instants and days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from geosites.db.features.filter_values import instant, moment
from geosites.db.postgres.sql_types import AnyColumn

Condition = sa.ColumnElement[bool]
Span = tuple[AnyColumn, AnyColumn]
"""Where a time begins and ends; an instant is both."""

TEMPORAL: Mapping[str, Callable[[Span, Span], Condition]] = {
    "t_after": lambda a, b: a[0] > b[1],
    "t_before": lambda a, b: a[1] < b[0],
    "t_contains": lambda a, b: (a[0] < b[0]) & (a[1] > b[1]),
    "t_disjoint": lambda a, b: (a[1] < b[0]) | (a[0] > b[1]),
    "t_during": lambda a, b: (a[0] > b[0]) & (a[1] < b[1]),
    "t_equals": lambda a, b: (a[0] == b[0]) & (a[1] == b[1]),
    "t_finishedby": lambda a, b: (a[0] < b[0]) & (a[1] == b[1]),
    "t_finishes": lambda a, b: (a[0] > b[0]) & (a[1] == b[1]),
    "t_intersects": lambda a, b: (a[0] <= b[1]) & (a[1] >= b[0]),
    "t_meets": lambda a, b: a[1] == b[0],
    "t_metby": lambda a, b: a[0] == b[1],
    "t_overlappedby": lambda a, b: (a[0] > b[0]) & (a[0] < b[1]) & (a[1] > b[1]),
    "t_overlaps": lambda a, b: (a[0] < b[0]) & (a[1] > b[0]) & (a[1] < b[1]),
    "t_startedby": lambda a, b: (a[0] == b[0]) & (a[1] > b[1]),
    "t_starts": lambda a, b: (a[0] == b[0]) & (a[1] < b[1]),
}
"""Allen's relations of two times, each with where it begins and where it ends."""

AGAINST_DAY: Mapping[str, Callable[[AnyColumn, Span], Condition]] = {
    "=": lambda at, day: (at >= day[0]) & (at <= day[1]),
    "<>": lambda at, day: (at < day[0]) | (at > day[1]),
    "<": lambda at, day: at < day[0],
    "<=": lambda at, day: at <= day[1],
    ">": lambda at, day: at > day[1],
    ">=": lambda at, day: at >= day[0],
}
"""Comparison of an instant with a day: before, within or after."""

MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
"""What each comparison is with its sides exchanged."""


def span(text: object, *, what: str = "filter") -> tuple[dt.datetime, dt.datetime]:
    """Return the first and the last moment of a literal: a day, or an instant twice."""
    return instant(text, what=what), instant(text, last=True, what=what)


def bound(text: object) -> Span:
    """Return the first and the last moment of a literal as bound parameters."""
    first, last = span(text)
    return moment(first), moment(last)
