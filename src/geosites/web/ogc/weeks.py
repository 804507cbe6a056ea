"""Territory weeks as features: visits and people present, the latest week first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import shapely
import sqlalchemy as sa

from geosites.core.documents.weeks import PartnerTerritory, TerritoryRow
from geosites.core.errors import NotEnoughData, Refused
from geosites.core.weeks import IsoWeek
from geosites.db.features import collections
from geosites.db.features.geojson_pages import FeatureSource, PropertyKind, TimeSpan
from geosites.db.geography import territories
from geosites.db.reports import sightings
from geosites.db.visibility import Sight
from geosites.permissions import authorized_answers
from geosites.permissions.query_context import QueryContext
from geosites.web.ogc.computed import Chunked
from geosites.web.ogc.query import FeatureRequest

PROPERTIES = {
    "week": PropertyKind.TEXT,
    "start": PropertyKind.INSTANT,
    "end": PropertyKind.INSTANT,
    "code": PropertyKind.TEXT,
    "name": PropertyKind.TEXT,
    "visits": PropertyKind.INTEGER,
    "places": PropertyKind.INTEGER,
    "heads": PropertyKind.NUMBER,
    "heads_counted": PropertyKind.INTEGER,
}
_MOMENT = dt.timedelta(microseconds=1)


def asked_for(conn: sa.Connection, asked: FeatureRequest | None) -> Sequence[str]:
    """Return the weeks from the first sighting to the last that a question concerns, backwards."""
    span = sightings.span(conn)
    if span is None:
        return []
    start = IsoWeek.containing(span[0]).start
    end = IsoWeek.containing(span[1]).end - _MOMENT
    if asked is not None and asked.span is not None:
        start = max(start, asked.span.start or start)
        end = min(end, asked.span.end or end)
    if start > end:
        return []
    last, first = IsoWeek.containing(end), IsoWeek.containing(start)
    weeks = [str(last.shift(-back)) for back in range((last.monday - first.monday).days // 7 + 1)]
    named = asked.equal.get("week") if asked is not None else None
    return [week for week in weeks if named in (None, week)]


def times(week: IsoWeek) -> tuple[str, str]:
    """Return the first and the last moment of a week."""
    return week.start.isoformat(), (week.end - _MOMENT).isoformat()


def _source(conn: sa.Connection, key: str, asked: QueryContext) -> FeatureSource | None:
    week = IsoWeek.parse(key)
    try:
        document = authorized_answers.week(conn, asked, week)
    except NotEnoughData:
        return None
    frame = territories.frame(conn)
    areas = dict(zip(frame.code, frame.geometry, strict=True))
    rows = [_row(week, row, areas[row["code"]]) for row in document["territories"]]
    return collections.computed(rows, PROPERTIES, ("code",), ("start", "end"))


def _row(
    week: IsoWeek, row: TerritoryRow | PartnerTerritory, area: shapely.Geometry
) -> dict[str, object]:
    start, end = times(week)
    return {
        "id": f"{week}-{row['code']}",
        "week": str(week),
        "start": start,
        "end": end,
        "code": row["code"],
        "name": row["name"],
        "visits": row["visits"],
        "places": row["places"],
        "heads": row["heads"],
        "heads_counted": row["heads_counted"],
        "wkb": area.wkb_hex,
    }


def key(identifier: str) -> str | None:
    """Return the week that the id of a feature begins with, or None."""
    week, _, rest = identifier.rpartition("-")
    try:
        return str(IsoWeek.parse(week)) if rest.isalnum() else None
    except Refused:
        return None


def time(conn: sa.Connection, _: Sight) -> TimeSpan:
    """Return the first and the last moment of the weeks there are."""
    span = sightings.span(conn)
    if span is None:
        return None, None
    return IsoWeek.containing(span[0]).start, IsoWeek.containing(span[1]).end - _MOMENT


CHUNKED = Chunked(asked_for, _source, key, time)
