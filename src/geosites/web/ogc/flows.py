"""Allocated flows of all events as features, the latest event first."""

from __future__ import annotations

from collections.abc import Sequence

import shapely
import sqlalchemy as sa

from geosites import services
from geosites.core import city
from geosites.core.documents.displacement_figures import FlowRow
from geosites.core.errors import NotEnoughData, NotFound, Refused
from geosites.core.weeks import midnight
from geosites.db.features import collections
from geosites.db.features.geojson_pages import FeatureSource, PropertyKind, TimeSpan
from geosites.db.geography import territories
from geosites.db.visibility import Sight
from geosites.maps import map_data
from geosites.permissions import authorized_displacement
from geosites.permissions.query_context import QueryContext
from geosites.services.displacement_studies.events import DispersalEvent
from geosites.web.ogc.computed import Chunked
from geosites.web.ogc.query import FeatureRequest

PROPERTIES = {
    "event": PropertyKind.TEXT,
    "event_kind": PropertyKind.TEXT,
    "site": PropertyKind.TEXT,
    "at": PropertyKind.INSTANT,
    "number": PropertyKind.INTEGER,
    "from": PropertyKind.TEXT,
    "from_name": PropertyKind.TEXT,
    "to": PropertyKind.TEXT,
    "to_name": PropertyKind.TEXT,
    "heads": PropertyKind.NUMBER,
    "low": PropertyKind.NUMBER,
    "high": PropertyKind.NUMBER,
    "bound_low": PropertyKind.NUMBER,
    "bound_high": PropertyKind.NUMBER,
}


def _keys(conn: sa.Connection, asked: FeatureRequest | None) -> Sequence[str]:
    result = [item.event for item in services.events.list_all(conn)]
    if asked is None:
        return [event.key for event in result]
    named = asked.equal.get("event")
    return [
        event.key
        for event in result
        if _within(event, asked) and (named is None or event.key == named)
    ]


def _within(event: DispersalEvent, asked: FeatureRequest) -> bool:
    span = asked.span
    if span is None:
        return True
    return (span.start is None or span.start <= event.at) and (
        span.end is None or event.at <= span.end
    )


def _source(conn: sa.Connection, key: str, asked: QueryContext) -> FeatureSource | None:
    try:
        about = services.events.parse(conn, key)
        document = authorized_displacement.displacement(conn, asked, about)
    except (NotEnoughData, NotFound, Refused):
        return None
    points = map_data.territory_points(conn, about.target) if asked.grant.exact else _middles(conn)
    names = {row["code"]: row["name"] for row in document["territories"]}
    rows = [
        _row(about, number, flow, names, points) for number, flow in enumerate(document["flows"], 1)
    ]
    return collections.computed(rows, PROPERTIES, ("number",), ("at", "at"))


def _middles(conn: sa.Connection) -> dict[str, shapely.Point]:
    frame = territories.frame(conn)
    points = shapely.point_on_surface(frame.geometry.to_numpy())
    return dict(zip(frame.code, points, strict=True))


def _row(
    about: DispersalEvent,
    number: int,
    flow: FlowRow,
    names: dict[str, str],
    points: dict[str, shapely.Point],
) -> dict[str, object]:
    line = shapely.LineString([points[flow["from"]], points[flow["to"]]])
    return {
        "id": f"{about.key}-{number}",
        "event": about.key,
        "event_kind": about.kind,
        "site": about.site,
        "at": about.at.isoformat(),
        "number": number,
        "from": flow["from"],
        "to": flow["to"],
        "heads": flow["heads"],
        "low": flow["low"],
        "high": flow["high"],
        "bound_low": flow["bound_low"],
        "bound_high": flow["bound_high"],
        "from_name": names.get(flow["from"]),
        "to_name": names.get(flow["to"]),
        "wkb": line.wkb_hex,
    }


def _key(identifier: str) -> str | None:
    key, _, number = identifier.rpartition("-")
    return key if key and number.isdigit() else None


def _time(conn: sa.Connection, seen: Sight) -> TimeSpan:
    """Return the first day and the last instant of events within a scope."""
    if seen.scope:
        return None, None
    instants = [item.event.at for item in services.events.list_all(conn)]
    if not instants:
        return None, None
    return midnight(min(instants).astimezone(city.zone()).date()), max(instants)


CHUNKED = Chunked(_keys, _source, _key, _time)
