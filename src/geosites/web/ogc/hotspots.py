"""Hotspots of all weeks as features, the latest week first, by rank."""

from __future__ import annotations

import shapely
import sqlalchemy as sa

from geosites import services
from geosites.core.documents.weeks import HotspotRow, PartnerHotspot
from geosites.core.errors import NotEnoughData
from geosites.core.weeks import IsoWeek
from geosites.db.features import collections
from geosites.db.features.geojson_pages import FeatureSource, PropertyKind
from geosites.permissions import authorized_answers
from geosites.permissions.masking import in_cells
from geosites.permissions.policy import Grant
from geosites.permissions.query_context import QueryContext
from geosites.services import WeekHotspots
from geosites.web.ogc import weeks
from geosites.web.ogc.computed import Chunked

PROPERTIES = {
    "week": PropertyKind.TEXT,
    "start": PropertyKind.INSTANT,
    "end": PropertyKind.INSTANT,
    "rank": PropertyKind.INTEGER,
    "area_ha": PropertyKind.NUMBER,
    "heads": PropertyKind.NUMBER,
    "share": PropertyKind.NUMBER,
    "visits": PropertyKind.INTEGER,
    "q_value": PropertyKind.NUMBER,
    "trend": PropertyKind.TEXT,
    "since_week": PropertyKind.TEXT,
    "weeks_old": PropertyKind.INTEGER,
    "territory": PropertyKind.TEXT,
    "quartier": PropertyKind.TEXT,
    "nearest_site": PropertyKind.TEXT,
    "nearest_site_m": PropertyKind.NUMBER,
    "discoveries_only": PropertyKind.BOOLEAN,
}


def _source(conn: sa.Connection, key: str, asked: QueryContext) -> FeatureSource | None:
    week = IsoWeek.parse(key)
    try:
        document = authorized_answers.week(conn, asked, week)
        answer = services.hotspots(conn, week)
    except NotEnoughData:
        return None
    shapes = _shapes(answer, asked.grant)
    rows = [_row(week, spot, shapes[spot["rank"]]) for spot in document["hotspots"]]
    return collections.computed(rows, PROPERTIES, ("rank",), ("start", "end"))


def _shapes(answer: WeekHotspots, grant: Grant) -> dict[int, shapely.Geometry | None]:
    """Return the area of each hotspot by rank: exact, in cells, or its whole territory."""
    spots = answer.document()["hotspots"]
    if grant.coarse:
        areas = dict(zip(answer.tiling.name, answer.tiling.geometry, strict=True))
        return {spot["rank"]: areas.get(spot["territory"] or "") for spot in spots}
    shapes = answer.areas if grant.exact else [in_cells(area) for area in answer.areas]
    return {spot["rank"]: shape for spot, shape in zip(spots, shapes, strict=True)}


def _row(
    week: IsoWeek, spot: HotspotRow | PartnerHotspot, shape: shapely.Geometry | None
) -> dict[str, object]:
    start, end = weeks.times(week)
    return {
        "id": f"{week}-{spot['rank']}",
        "week": str(week),
        "start": start,
        "end": end,
        "rank": spot["rank"],
        "area_ha": spot["area_ha"],
        "heads": spot["heads"],
        "share": spot["share"],
        "visits": spot["visits"],
        "q_value": spot["q_value"],
        "trend": spot["trend"],
        "since_week": spot["since_week"],
        "weeks_old": spot["weeks_old"],
        "territory": spot["territory"],
        "quartier": spot["quartier"],
        "nearest_site": spot["nearest_site"],
        "nearest_site_m": spot["nearest_site_m"],
        "discoveries_only": spot["discoveries_only"],
        "wkb": None if shape is None else _multi(shape).wkb_hex,
    }


def _multi(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.MultiPolygon([shape]) if isinstance(shape, shapely.Polygon) else shape


CHUNKED = Chunked(weeks.asked_for, _source, weeks.key, weeks.time)
