"""Results as the studies give them, small enough to check by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import shapely

from geosites.core.documents.alarms import AlarmDocument
from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.displacement import DisplacementDocument
from geosites.core.documents.weeks import WeekDocument
from geosites.core.records import Site

AS_OF = dt.datetime(2022, 10, 9, 20, 0, tzinfo=dt.UTC)
CENTRE = shapely.Point(654_500, 6_866_800)


def closure(**changes: Any) -> ClosureDocument:
    """Return a confirmed closure, with what the test is about put in."""
    answer: dict[str, Any] = {
        "site": "forceval",
        "name": "Square Forceval",
        "as_of": AS_OF,
        "status": "confirmed_closed",
        "p_clear": 0.972,
        "closed_since": dt.datetime(2022, 9, 1, 6, 0, tzinfo=dt.UTC),
        "closed_until": None,
        "legal_ref": "arrêté 2022-01166",
        "visits_since_closure": 14,
        "empty_visits": 12,
        "negative_visits": 12,
        "negatives_in_force": 12,
        "day_parts": ["morning", "evening"],
        "covered_share": 1.0,
        "never_checked": False,
        "nearby": None,
        "last_visit_at": AS_OF - dt.timedelta(days=2),
        "last_positive_at": None,
        "next_visit_due": AS_OF + dt.timedelta(days=10),
        "visits_needed": 0,
        "next_day_part": "night",
        "lapses_at": AS_OF + dt.timedelta(days=10),
        "evidence": [
            {
                "id": "a",
                "observed_at": AS_OF - dt.timedelta(days=2),
                "kind": "negative",
                "headcount": 0,
                "effect": 0.2,
                "p_before": 0.7,
                "p_after": 0.9,
            }
        ],
    }
    return {**answer, **changes}


def hotspots(**changes: Any) -> WeekDocument:
    """Return a week with one hotspot and two territories."""
    answer: dict[str, Any] = {
        "week": "2022-W40",
        "exercise": True,
        "as_known_at": None,
        "reason": None,
        "reports": 17,
        "parameters": {
            "bandwidth_m": 200.0,
            "cell_m": 25.0,
            "significance": "effort",
            "alpha": 0.05,
            "floor_week": 30,
            "floor_visits": 5.0,
        },
        "visits": 312,
        "places": 41,
        "heads": 86.7,
        "heads_robust": 84.2,
        "heaviest_visit": {
            "heads": 24,
            "adds": 6.1,
            "share": 0.07,
            "visits": 3,
            "day": "2022-10-05",
            "day_part": "evening",
            "territory": "Paris 19e",
            "quartier": "Villette",
            "nearest_site": "stalingrad",
            "nearest_site_m": 40.0,
            "lon": 2.37,
            "lat": 48.88,
        },
        "borders": [],
        "heads_counted": 1204,
        "observed_share": 0.37,
        "hotspots": [
            {
                "rank": 1,
                "area_ha": 12.0,
                "heads": 40.0,
                "share": 0.46,
                "visits": 44,
                "q_value": 0.002,
                "trend": "new",
                "territory": "Paris 19e",
                "quartier": "Villette",
                "since_week": "2022-W38",
                "weeks_old": 3,
                "discoveries_only": False,
                "nearest_site": "stalingrad",
                "lon": 2.37,
                "lat": 48.88,
            }
        ],
        "territories": [
            _territory("75119", "Paris 19e", 130, 47.0),
            _territory("75101", "Paris 1er", 3, 0.0),
            _territory("75102", "Paris 2e", 0, 0.0),
        ],
    }
    return {**answer, **changes}


def _territory(code: str, name: str, visits: int, heads: float) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "visits": visits,
        "places": visits // 10,
        "heads": heads,
        "heads_counted": round(heads * 5),
    }


def displacement(**changes: Any) -> DisplacementDocument:
    """Return an event after which one territory lost heads and another gained some."""
    answer: dict[str, Any] = {
        "event": {
            "kind": "closure",
            "id": None,
            "site": "forceval",
            "at": dt.datetime(2022, 10, 5, 4, 30, tzinfo=dt.UTC),
            "key": "forceval@2022-10-05",
        },
        "before": _window(-26, 0),
        "after": _window(0, 13),
        "cut_by": [],
        "level": 0.9,
        "exercise": True,
        "as_known_at": None,
        "finding": "fell_and_moved",
        "belief": "all_agree",
        "net": {"change": -40.0, "low": -80.0, "high": 0.2},
        "effort_ratio": 0.5,
        "panel": {"ratio": 0.1, "low": 0.05, "high": 0.2},
        "sample": {"visits": 5584, "places": 60},
        "target": {"before": 90.0, "after": 0.4, "change": -88.0, "low": -110.0, "high": -66.0},
        "displaced_share": {"value": 0.71, "low": 0.42, "high": 1.31},
        "wdd": {"estimate": -41.0, "se": 9.0, "z": -4.5, "low": -56.0, "high": -26.0},
        "wdq": {"value": None, "reason": "the target did not improve"},
        "placebo": {"p": 0.012, "rank_p": 0.05, "rank_floor": 0.05, "controls": 19},
        "cautious_p": 0.012,
        "slope": None,
        "course": [
            {"week": -1, "heads": 92.0, "comparable": 90.0},
            {"week": 0, "heads": 0.4, "comparable": None},
        ],
        "accounting": {
            "fall": 88.0,
            "found_nearby": 22.3,
            "new_places": 17.6,
            "not_found": 48.1,
        },
        "new_places": [new_place()],
        "farther": [],
        "borders": [],
        "warnings": [],
        "territories": [
            _change("75119", "Paris 19e", 92.0, 31.0, 90.0, 14.0),
            _change("75118", "Paris 18e", 40.0, 61.0, 39.0, 13.0),
            _change("93055", "Pantin", 8.0, 9.0, 8.0, 4.0),
        ],
        "flows": [
            _flow("75119", "75118", 20.3, 9.0),
            _flow("75119", "93055", 2.0, -1.0),
            {**_flow("75119", "75118", 17.6, 8.0), "new": True},
        ],
        "left_or_not_found": {"heads": 25.0, "low": 5.0, "high": 40.0},
        "arrived": {"heads": 0.0, "low": 0.0, "high": 4.0},
        "care_distance_m": {"before": 800.0, "after": 1200.0, "way": "straight"},
    }
    return {**answer, **changes}


def new_place(**changes: Any) -> dict[str, Any]:
    """Return a place in the 18th that nobody had visited before, with 18 heads now."""
    place: dict[str, Any] = {
        "territory": "75118",
        "lon": 2.3785,
        "lat": 48.8975,
        "heads": 17.6,
        "low": 9.0,
        "high": 21.0,
        "stands": 17.6,
        "weeks_seen": 11,
        "near": True,
        "before": {"value": 0.0, "low": 0.0, "high": 17.6},
        "before_known": False,
    }
    return {**place, **changes}


def _window(first: int, last: int) -> dict[str, dt.datetime]:
    began = dt.datetime(2022, 10, 5, 4, 30, tzinfo=dt.UTC)
    return {
        "start": began + dt.timedelta(weeks=first),
        "end": began + dt.timedelta(weeks=last),
    }


def _change(
    code: str, name: str, before: float, after: float, expected: float, reach: float
) -> dict[str, Any]:
    gap = after - expected
    row = {"code": code, "name": name, "before": before, "after": after, "expected": expected}
    return {
        **row,
        "change": gap,
        "low": gap - reach,
        "high": gap + reach,
        "share": None,
        "near": True,
    }


def _flow(start: str, end: str, heads: float, low: float) -> dict[str, Any]:
    bounds = {"bound_low": 0.0, "bound_high": heads + 5}
    return {
        "from": start,
        "to": end,
        "heads": heads,
        "low": low,
        "high": heads + 10,
        "new": False,
        **bounds,
    }


def site(name: str = "Square Forceval", slug: str = "forceval") -> Site:
    """Return a site of 150 m around."""
    return Site(
        slug=slug, name=name, perimeter=CENTRE.buffer(150), precision_m=5, territory="75119"
    )


def alarm(**changes: Any) -> AlarmDocument:
    """Return an alarm: 24 heads a week over three weeks, where 8 were expected."""
    found = {
        "week": "2022-W40",
        "weeks": 3,
        "heads": 24.0,
        "expected": 8.0,
        "p": 0.001,
        "territory": "Paris 18e",
        "quartier": "La Chapelle",
        "nearest_site": "jardins-eole",
    }
    return {**found, **changes}
