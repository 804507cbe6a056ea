"""The bulletin document of a week: plain data, independent of language.

The same week known at the same instant gives the same document, so that a bulletin can be
reproduced years later, and a late sighting shows as a difference between two of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from geosites.analysis.hotspots.tracking import follow
from geosites.analysis.hotspots.week_change import week_change
from geosites.analysis.hotspots.weekly_hotspots import WeeklyHotspots
from geosites.bulletins.displacement_data import last_operations
from geosites.bulletins.key_figures import by_name
from geosites.bulletins.map_drawing import looked_at, plain_layers
from geosites.bulletins.visit_effort import effort
from geosites.core.care_records import CarePlace
from geosites.core.documents.alarms import AlarmDocument
from geosites.core.documents.bulletins import (
    BulletinDocument,
    BulletinMap,
    GoneHotspot,
    RevisedFigure,
    StatusChange,
    WeekChanges,
    WeekFigures,
)
from geosites.core.documents.closures import ClosureDocument, ClosureSummary
from geosites.core.documents.weeks import WeekDocument
from geosites.core.weeks import IsoWeek
from geosites.db.geography import care_places, territories
from geosites.maps import map_data
from geosites.services.closure_status.closure import ClosureAnswer, KnownSites, ranked
from geosites.services.weekly import week_analysis
from geosites.services.weekly.alarm import alarms
from geosites.services.weekly.dashboard import reading_time
from geosites.services.weekly.hotspots import WeekHotspots, hotspots

Floats = npt.NDArray[np.float64]

FORMAT = 1
WEEKS_KEPT = 13
"""A bulletin carries the main figures of its week and of the twelve before it."""


_BESIDE = frozenset({"evidence", "detection", "parameters", "exercise", "as_known_at", "stopping"})


def bulletin(
    conn: sa.Connection,
    week: IsoWeek,
    as_known_at: dt.datetime,
    published: Mapping[str, WeekFigures] | None = None,
) -> BulletinDocument:
    """Return the bulletin document of a week, as known at an instant, with exact places.

    `published` has the figures of weeks in the previous bulletin; those that differ now are listed
    as revisions. Raises `NotEnoughData` if no territory was known.
    """
    this = hotspots(conn, week, as_known_at=as_known_at)
    last = hotspots(conn, week.shift(-1), as_known_at=as_known_at)
    as_of = min(week.end, reading_time(conn, as_known_at))
    known_sites = KnownSites.read(conn, as_known_at)
    states = known_sites.closures(as_of)
    closed = _closures(states)
    raised = [item.document() for item in alarms(conn, week, as_known_at=as_known_at)]
    figures = _figures(conn, this, as_known_at)
    return {
        "format": FORMAT,
        "edition": "service",
        "week": str(week),
        "start": week.start,
        "end": week.end,
        "as_known_at": as_known_at,
        "exercise": this.exercise,
        "hotspots": _week(this),
        "alarms": raised,
        "changes": _changes(
            this, last, _changed(_closures(known_sites.closures(last.week.end)), closed)
        ),
        "operations": last_operations(conn, week, as_known_at),
        "closures": {"as_of": as_of, "sites": closed},
        "effort": effort(conn, week, this.tiling, as_known_at),
        "figures": figures,
        "revisions": revised(published or {}, figures),
        "map": _map(conn, this, as_known_at, states, raised),
    }


def _week(this: WeekHotspots) -> WeekDocument:
    """Return the week for a bulletin: places are only in its map and its hotspots."""
    document: WeekDocument = {**this.document(), "as_known_at": None}
    document.pop("occupied", None)
    return document


def revised(
    published: Mapping[str, WeekFigures], figures: Mapping[str, WeekFigures]
) -> list[RevisedFigure]:
    """Return the figures of earlier weeks that differ from those published, oldest week first."""
    return [
        {"week": week, "figure": name, "published": old, "now": now}
        for week in sorted(set(published) & set(figures))
        for (name, now), (_, old) in zip(
            by_name(figures[week]), by_name(published[week]), strict=True
        )
        if round(old, 6) != round(now, 6)
    ]


def _figures(conn: sa.Connection, this: WeekHotspots, known: dt.datetime) -> dict[str, WeekFigures]:
    weeks = [this.week.shift(-back) for back in reversed(range(WEEKS_KEPT))]
    seen = week_analysis.analysed(conn, weeks, this.result.window, known)
    return {str(week): _figures_of(item) for week, item in zip(weeks, seen, strict=True)}


def _figures_of(one: WeeklyHotspots) -> WeekFigures:
    return {
        "visits": one.visits,
        "places": one.places,
        "heads": float(one.heads),
        "hotspots": len(one.hotspots),
    }


# what changed ------------------------------------------------------------------------------------


def _changes(this: WeekHotspots, last: WeekHotspots, closures: list[StatusChange]) -> WeekChanges:
    weeks = last.result, this.result
    before, now = (_seen(item) for item in weeks)
    same = week_change(
        before,
        now,
        sites=this.result.perimeters,
        accuracy_m=(weeks[0].counted.accuracy_m, weeks[1].counted.accuracy_m),
    )
    result = this.document()["hotspots"]
    return {
        "since": str(last.week),
        "before": _figures_of(last.result),
        "now": _figures_of(this.result),
        "same_places": {
            "places": same.places,
            "before": same.before,
            "after": same.after,
            "change": same.change,
            "low": same.low,
            "high": same.high,
        },
        "hotspots_new": [spot["rank"] for spot in result if spot["weeks_old"] == 1],
        "hotspots_gone": _gone(last, this),
        "closures": closures,
    }


def _seen(one: WeeklyHotspots) -> tuple[Floats, Floats]:
    return one.counted.xy, one.counted.heads.astype(float)


def _gone(last: WeekHotspots, this: WeekHotspots) -> list[GoneHotspot]:
    """Return the hotspots of last week that do not go on in one of this week."""
    _, lives = follow([last.result.hotspots, this.result.hotspots])
    going_on = {life.first_rank for life in lives if life.first == 0}
    return [
        {
            "rank": spot["rank"],
            "heads": spot["heads"],
            "territory": spot["territory"],
            "quartier": spot["quartier"],
            "nearest_site": spot["nearest_site"],
        }
        for spot in last.document()["hotspots"]
        if spot["rank"] not in going_on
    ]


def _changed(before: Sequence[ClosureSummary], now: Sequence[ClosureSummary]) -> list[StatusChange]:
    """Return the sites whose closure has another status than a week ago."""
    earlier = {item["site"]: item for item in before}
    return [
        {
            "site": item["site"],
            "name": item["name"],
            "before": earlier[item["site"]]["status"],
            "now": item["status"],
            "p_before": earlier[item["site"]]["p_clear"],
            "p_now": item["p_clear"],
        }
        for item in now
        if item["site"] in earlier and earlier[item["site"]]["status"] != item["status"]
    ]


def _closures(states: Sequence[ClosureAnswer]) -> list[ClosureSummary]:
    """Return the closure of every site, what needs a visit first, without its evidence."""
    return [_summary(answer.document()) for answer in ranked(states)]


def _summary(document: ClosureDocument) -> ClosureSummary:
    kept = {key: value for key, value in document.items() if key not in _BESIDE}
    return cast("ClosureSummary", kept)


# the map -----------------------------------------------------------------------------------------


def _map(
    conn: sa.Connection,
    this: WeekHotspots,
    known: dt.datetime,
    states: Sequence[ClosureAnswer],
    raised: Sequence[AlarmDocument],
) -> BulletinMap:
    ground = territories.frame(conn, as_known_at=known)
    places = [place for place in care_places.list_all(conn, known) if _open(place, this.week)]
    picture = replace(map_data.week(conn, this, known, states), care=places)
    streets = map_data.streets(conn, view=looked_at(picture, raised))
    return plain_layers(ground, streets, picture, raised)


def _open(place: CarePlace, week: IsoWeek) -> bool:
    begun = place.open_from is None or place.open_from < week.end
    open_then = place.open_until is None or place.open_until > week.start
    return place.point is not None and begun and open_then
