"""The feature collections of the OGC API, as each viewer may see them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from geosites.core import city
from geosites.core.precision import HALF_DIAGONAL_M
from geosites.core.records import CHOSEN_OF_SIGHTING
from geosites.db import visibility
from geosites.db.features.geojson_pages import FeatureSource, PropertyKind
from geosites.db.geography.sites import in_use
from geosites.db.geography.territories import of_levels
from geosites.db.postgres.sql_types import AnyColumn, AnyType
from geosites.db.schema.closures import closure
from geosites.db.schema.operations import operation
from geosites.db.schema.sightings import sighting
from geosites.db.schema.sites import site
from geosites.db.schema.territories import territory
from geosites.db.temporal import known_among_many, known_at
from geosites.db.visibility import Sight

_TEXT, _INTEGER, _NUMBER, _INSTANT = (
    PropertyKind.TEXT,
    PropertyKind.INTEGER,
    PropertyKind.NUMBER,
    PropertyKind.INSTANT,
)

TERRITORIES = {"code": _TEXT, "level": _TEXT, "name": _TEXT, "label": _TEXT, "parent": _TEXT}
SITES = {
    "slug": _TEXT,
    "name": _TEXT,
    "precision_m": _NUMBER,
    "territory": _TEXT,
    "quartier": _TEXT,
    "source": _TEXT,
}
SIGHTINGS = {
    "observed_at": _INSTANT,
    "time_precision": _TEXT,
    "headcount": _INTEGER,
    "accuracy_m": _NUMBER,
    "duration_min": _INTEGER,
    "origin": _TEXT,
    **{item.name: _TEXT for item in CHOSEN_OF_SIGHTING},
    "unit": _TEXT,
    "verified": PropertyKind.BOOLEAN,
    "site": _TEXT,
    "territory": _TEXT,
}
OPERATIONS = {
    "started_at": _INSTANT,
    "ended_at": _INSTANT,
    "time_precision": _TEXT,
    "kind": _TEXT,
    "headcount_dispersed": _INTEGER,
    "arrests": _INTEGER,
    "site": _TEXT,
    "unit": _TEXT,
    "source": _TEXT,
}
CLOSURES = {
    "site": _TEXT,
    "name": _TEXT,
    "closed_from": _INSTANT,
    "closed_until": _INSTANT,
    "legal_ref": _TEXT,
    "review_days": _INTEGER,
    "territory": _TEXT,
    "source": _TEXT,
}

_CELL = "cell_column", "cell_row"


@lru_cache(maxsize=64)
def territories(seen: Sight) -> FeatureSource:
    """Return the territories; those of the scope with their parts."""
    table = territory
    mine = sa.or_(table.c.code.in_(seen.scope), table.c.parent.in_(seen.scope))
    rows = (
        sa.select(
            table.c.code.label("id"), *_told(table, TERRITORIES), table.c.area.label("geometry")
        )
        .where(known_at(table, None), *([mine] if seen.scope else []))
        .subquery("seen")
    )
    return FeatureSource(rows=rows, properties=TERRITORIES, indexed="geometry")


@lru_cache(maxsize=64)
def sites(seen: Sight) -> FeatureSource:
    """Return the sites; for readers without places, each has the geometry of its territory."""
    table = site
    place = visibility.territory_area(table.c.territory) if seen.coarse else table.c.perimeter
    rows = (
        sa.select(table.c.slug.label("id"), *_told(table, SITES), place.label("geometry"))
        .where(known_at(table, None), in_use(table))
        .where(*visibility.within(table.c.territory, seen.scope))
        .subquery("seen")
    )
    return FeatureSource(rows=rows, properties=SITES)


@lru_cache(maxsize=64)
def sightings(seen: Sight) -> FeatureSource:
    """Return the sightings that count: known now, and not merged into another."""
    table = sighting
    point: visibility.Column = table.c.point
    accuracy: visibility.Column = table.c.accuracy_m
    mercator: visibility.Column = table.c.point_3857
    cell: tuple[visibility.Column, ...] = ()
    if not seen.exact:
        own = visibility.own(table.c.unit, seen)
        middle = visibility.cell_centre(table.c.point)
        point = sa.case((own, table.c.point), else_=middle)
        mercator = sa.case((own, mercator), else_=sa.func.ST_Transform(middle, 3857))
        cell = tuple(
            sa.case((own, sa.null()), else_=at) for at in visibility.cell_of(table.c.point)
        )
        rough = sa.func.greatest(table.c.accuracy_m, HALF_DIAGONAL_M)
        accuracy = sa.case((own, table.c.accuracy_m), else_=rough)
    answer = [
        accuracy.label(name) if name == "accuracy_m" else column
        for name, column in zip(SIGHTINGS, _told(table, SIGHTINGS), strict=True)
    ]
    rows = (
        sa.select(
            table.c.id,
            *answer,
            point.label("geometry"),
            mercator.label("mercator"),
            table.c.point.label("indexed"),
            *(at.label(name) for name, at in zip(_CELL, cell, strict=False)),
        )
        .where(
            known_among_many(table, None),
            table.c.superseded_by.is_(None),
            *visibility.within(table.c.territory, seen.scope),
        )
        .subquery("seen")
    )
    return FeatureSource(
        rows=rows,
        properties=SIGHTINGS,
        order=("observed_at", "id"),
        time=("observed_at", "observed_at"),
        mercator="mercator",
        cell=_CELL if cell else None,
        indexed="indexed",
        reach_m=0.0 if seen.exact else HALF_DIAGONAL_M,
    )


@lru_cache(maxsize=64)
def operations(seen: Sight) -> FeatureSource:
    """Return what the services did; by territory without the counts of persons."""
    table = operation
    times = sa.func.lower(table.c.during), sa.func.upper(table.c.during)
    hidden = {"headcount_dispersed", "arrests"} if seen.coarse else set()
    answer = [
        sa.cast(sa.null(), sa.Integer).label(name) if name in hidden else _plain(table.c[name])
        for name in list(OPERATIONS)[2:]
    ]
    rows = (
        sa.select(
            table.c.id,
            times[0].label("started_at"),
            times[1].label("ended_at"),
            *answer,
            _operation_area(seen).label("geometry"),
        )
        .where(known_at(table, None), *visibility.area_within(table.c.area, seen.scope))
        .subquery("seen")
    )
    return FeatureSource(
        rows=rows,
        properties=OPERATIONS,
        order=("started_at", "id"),
        time=("started_at", "ended_at"),
    )


@lru_cache(maxsize=64)
def closures(seen: Sight) -> FeatureSource:
    """Return the claims that a site is closed, each with the perimeter of its site."""
    table = closure
    place = visibility.territory_area(site.c.territory) if seen.coarse else site.c.perimeter
    rows = (
        sa.select(
            table.c.id,
            table.c.site,
            site.c.name,
            sa.func.lower(table.c.during).label("closed_from"),
            sa.func.upper(table.c.during).label("closed_until"),
            table.c.legal_ref,
            table.c.review_days,
            site.c.territory,
            table.c.source,
            place.label("geometry"),
        )
        .join_from(table, site, site.c.slug == table.c.site)
        .where(
            known_at(table, None),
            known_at(site, None),
            *visibility.within(site.c.territory, seen.scope),
        )
        .subquery("seen")
    )
    return FeatureSource(
        rows=rows,
        properties=CLOSURES,
        order=("closed_from", "id"),
        time=("closed_from", "closed_until"),
    )


def computed(
    features: Sequence[Mapping[str, object]],
    properties: Mapping[str, PropertyKind],
    order: tuple[str, ...],
    time: tuple[str, str],
) -> FeatureSource:
    """Return features that no table holds: each with `id`, its properties, `wkb` in hex or None."""
    types = {"id": sa.Text(), **{name: _TYPES[kind] for name, kind in properties.items()}}
    given = (
        sa.func.jsonb_to_recordset(sa.cast(sa.literal(json.dumps(features), sa.Text()), JSONB))
        .table_valued(*(sa.column(name, kind) for name, kind in {**types, **_WKB}.items()))
        .render_derived(name="given", with_types=True)
    )
    shape = sa.func.ST_GeomFromWKB(sa.func.decode(given.c.wkb, "hex"), city.metric())
    rows = sa.select(*(given.c[name] for name in types), shape.label("geometry")).subquery("seen")
    return FeatureSource(rows=rows, properties=properties, order=order, time=time)


_TYPES: Mapping[PropertyKind, AnyType] = {
    PropertyKind.TEXT: sa.Text(),
    PropertyKind.INTEGER: sa.Integer(),
    PropertyKind.NUMBER: sa.Double(),
    PropertyKind.BOOLEAN: sa.Boolean(),
    PropertyKind.INSTANT: sa.DateTime(timezone=True),
}
_WKB: Mapping[str, AnyType] = {"wkb": sa.Text()}


def _told(table: sa.Table, names: Mapping[str, PropertyKind]) -> list[AnyColumn]:
    return [_plain(table.c[name]) for name in names]


def _plain(column: AnyColumn) -> AnyColumn:
    """Return a column, as text where it is of a closed vocabulary."""
    words = isinstance(column.type, sa.Enum)
    return sa.cast(column, sa.Text).label(column.name) if words else column


def _operation_area(seen: Sight) -> AnyColumn:
    table = operation
    if seen.exact:
        return table.c.area
    if seen.coarse:
        centre = sa.func.ST_PointOnSurface(table.c.area)
        held = sa.func.ST_Covers(territory.c.area, centre) & of_levels()
        result = sa.select(territory.c.area).where(known_at(territory, None), held).limit(1)
        return result.scalar_subquery()
    own = visibility.own(table.c.unit, seen)
    return sa.case((own, table.c.area), else_=visibility.cells_around(table.c.area))
