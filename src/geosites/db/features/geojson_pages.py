"""Features by pages, as text of GeoJSON made by the database: nothing is built row by row here.

A page follows the last row of the one before (keyset), so that it costs the same wherever it lies
and neither skips nor repeats a row that stays where it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

import shapely
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import aggregate_order_by

from geosites.core import city
from geosites.core.errors import BadParameter
from geosites.db.geography.areas import widened
from geosites.db.postgres.compiled import Compiled
from geosites.db.postgres.geometry_values import bound_shape
from geosites.db.postgres.sql_types import AnyColumn, AnySelect
from geosites.db.temporal import Row

Condition = sa.ColumnElement[bool]
TimeSpan = tuple[dt.datetime | None, dt.datetime | None]
"""When something begins and ends; an end that is None is open."""


class PropertyKind(StrEnum):
    """What the values of a property are."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureSource:
    """Features as one viewer sees them: rows with `id`, `geometry` (metres) and properties.

    `order` names columns that are never null, and together unique; `time` the properties at which
    a feature begins and ends. `mercator` is a column of the same geometry in EPSG:3857, where one
    is stored. `indexed` is a column that an index knows, no farther than `reach_m` from geometry.
    `cell` names the column and row of the cell in whose middle a feature is seen; null for one that
    is seen where it lies.
    """

    rows: sa.Subquery
    properties: Mapping[str, PropertyKind]
    order: tuple[str, ...] = ("id",)
    time: tuple[str, str] | None = None
    mercator: str | None = None
    cell: tuple[str, str] | None = None
    indexed: str | None = None
    reach_m: float = 0.0

    @property
    def geometry(self) -> AnyColumn:
        """What is seen of where a feature lies."""
        return self.rows.c.geometry

    def meets(self, area: shapely.Geometry) -> list[Condition]:
        """Return the conditions under which a feature meets an area in metres."""
        if area.is_empty:
            return [sa.false()]
        exact = sa.func.ST_Intersects(self.geometry, bound_shape(area))
        if self.indexed is None:
            return [exact]
        near = bound_shape(widened(area, self.reach_m))
        return [self.rows.c[self.indexed].op("&&")(near), exact]

    def during(self, start: dt.datetime | None, end: dt.datetime | None) -> list[Condition]:
        """Return the conditions under which a feature meets a time; both ends belong to it."""
        if self.time is None:
            return []
        begins, ends = (self.rows.c[name] for name in self.time)
        conditions = []
        if end is not None:
            conditions.append(begins <= end)
        if start is not None:
            later = ends >= start
            conditions.append(later if self.time[0] == self.time[1] else later | ends.is_(None))
        return conditions


@dataclass(frozen=True, kw_only=True)
class Written:
    """How coordinates are written: the reference system, latitude first or not, decimals."""

    srid: int
    flipped: bool = False
    digits: int = 7


@dataclass(frozen=True, kw_only=True)
class FeaturePage:
    """Features as text, in order and joined by commas; `last` is where the next page follows.

    `beside` holds what was read in the same statement, by name.
    """

    text: str
    count: int
    last: tuple[str, ...] | None
    beside: Row


@dataclass(frozen=True, eq=False)
class FeatureQuery:
    """A question to a source, ready to be asked for any page of it, all of one length."""

    compiled: Compiled
    keys: tuple[AnyColumn, ...]
    limit: int
    beside: tuple[str, ...]


def reading(
    conn: sa.Connection,
    source: FeatureSource,
    where: Sequence[Condition],
    written: Written,
    *,
    limit: int,
    follows: bool,
    beside: Mapping[str, AnyColumn],
) -> FeatureQuery:
    """Return the question for features that meet all conditions, and what to read beside them.

    `follows`: its pages are to follow another page. `limit` is how many a page holds at most: part
    of the statement, or the database would plan anew each time, not knowing how few are asked for.
    """
    keys = tuple(source.rows.c[name] for name in source.order)
    after = [sa.bindparam(f"after_{n}", None, type_=key.type) for n, key in enumerate(keys)]
    following = [sa.tuple_(*keys) > sa.tuple_(*after)] if follows else []
    most, further = _written_out(limit), _written_out(limit + 1)
    chosen = sa.select(source.rows).where(*where, *following).order_by(*keys).limit(further)
    rows = chosen.subquery("chosen")
    place = sa.func.row_number().over(order_by=[rows.c[name] for name in source.order])
    page = sa.select(rows, place.label("place")).subquery("page")
    texts = _texts(page, source, written).add_columns(page.c.place, *_ends(page, source))
    answer = texts.subquery("told")
    ends = [
        sa.func.max(answer.c[f"end_{n}"]).filter(answer.c.place == most) for n, _ in enumerate(keys)
    ]
    comma: AnyColumn = aggregate_order_by(sa.literal_column("','"), answer.c.place)
    joined = sa.func.string_agg(answer.c.text, comma).filter(answer.c.place <= most)
    statement = sa.select(sa.func.count(), joined, *ends, *beside.values()).select_from(answer)
    return FeatureQuery(Compiled.of(conn, statement), keys, limit, tuple(beside))


def page(conn: sa.Connection, asked: FeatureQuery, after: Sequence[str] = ()) -> FeaturePage:
    """Return a page of features, the first behind `after`.

    Raises `BadParameter` where `after` is not where a page of this source can end.
    """
    values = {f"after_{n}": value for n, value in enumerate(_parsed(asked.keys, after))}
    row = asked.compiled.row(conn, **values)
    count, text, *rest = row
    ends, beside = rest[: len(asked.keys)], rest[len(asked.keys) :]
    return FeaturePage(
        text=text or "",
        count=min(count, asked.limit),
        last=tuple(ends) if count > asked.limit else None,
        beside=dict(zip(asked.beside, beside, strict=True)),
    )


def one(
    conn: sa.Connection, source: FeatureSource, identifier: str, written: Written
) -> str | None:
    """Return the feature of this id as text, or None."""
    key = _identity(source.rows.c.id, identifier)
    if key is None:
        return None
    rows = sa.select(source.rows).where(source.rows.c.id == key).subquery("page")
    text: str | None = conn.execute(_texts(rows, source, written)).scalar_one_or_none()
    return text


def count(conn: sa.Connection, source: FeatureSource, where: Sequence[Condition]) -> int:
    """Return how many features meet all conditions."""
    statement = sa.select(sa.func.count()).select_from(source.rows).where(*where)
    return int(conn.execute(statement).scalar_one())


def extent(conn: sa.Connection, source: FeatureSource) -> tuple[float, float, float, float] | None:
    """Return west, south, east and north of all features in degrees, or None without any."""
    box = sa.select(sa.func.ST_Extent(source.geometry).label("box")).subquery()
    placed = sa.func.ST_Transform(
        sa.func.ST_SetSRID(sa.cast(box.c.box, _Geometry()), city.metric()), 4326
    )
    ends = (sa.func.ST_XMin, sa.func.ST_YMin, sa.func.ST_XMax, sa.func.ST_YMax)
    row = conn.execute(sa.select(*(end(placed) for end in ends))).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def time_extent(conn: sa.Connection, source: FeatureSource) -> TimeSpan:
    """Return the first and the last moment of all features; an end that is None is open."""
    if source.time is None:
        return None, None
    begins, ends = (source.rows.c[name] for name in source.time)
    open_ended = sa.func.bool_or(ends.is_(None))
    asked = sa.select(sa.func.min(begins), sa.func.max(ends), open_ended).select_from(source.rows)
    first, last, unended = conn.execute(asked).one()
    return first, None if unended else last


class _Geometry(sa.types.UserDefinedType[str]):
    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "geometry"


def _written_out(number: int) -> sa.ColumnElement[int]:
    return sa.literal_column(str(int(number)), sa.Integer())


def _ends(page: sa.Subquery, source: FeatureSource) -> list[AnyColumn]:
    return [sa.cast(page.c[name], sa.Text).label(f"end_{n}") for n, name in enumerate(source.order)]


def _texts(rows: sa.Subquery, source: FeatureSource, written: Written) -> AnySelect:
    columns = [rows.c[name] for name in source.properties]
    answer = sa.select(*columns).correlate(rows).lateral("properties")
    drawn = sa.func.ST_ForcePolygonCCW(rows.c.geometry)
    shape = sa.func.ST_AsGeoJSON(_placed(drawn, written), written.digits, 0)
    text = sa.func.concat(
        '{"type":"Feature","id":',
        sa.func.to_json(sa.cast(rows.c.id, sa.Text)),
        ',"geometry":',
        sa.func.coalesce(shape, "null"),
        ',"properties":',
        sa.func.row_to_json(answer.table_valued()),
        "}",
    )
    return sa.select(text.label("text")).select_from(rows.join(answer, sa.true()))


def _placed(geometry: AnyColumn, written: Written) -> AnyColumn:
    moved = (
        geometry if written.srid == city.metric() else sa.func.ST_Transform(geometry, written.srid)
    )
    return sa.func.ST_FlipCoordinates(moved) if written.flipped else moved


def _identity(column: AnyColumn, identifier: str) -> object:
    if not isinstance(column.type, sa.Uuid):
        return None if "\0" in identifier else identifier
    try:
        return UUID(identifier)
    except ValueError:
        return None


def _parsed(keys: Sequence[AnyColumn], after: Sequence[str]) -> list[object]:
    if not after:
        return []
    try:
        return [_key(column, text) for column, text in zip(keys, after, strict=True)]
    except (TypeError, ValueError) as error:
        raise BadParameter("after: this is not a link to a page that was given out") from error


def _key(column: AnyColumn, text: str) -> object:
    if isinstance(column.type, sa.DateTime):
        return dt.datetime.fromisoformat(text)
    if isinstance(column.type, sa.Integer):
        return int(text)
    return UUID(text) if isinstance(column.type, sa.Uuid) else text
