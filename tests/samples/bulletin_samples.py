"""The content of a bulletin, small enough to be read here."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import shapely

from geosites.bulletins.map_drawing import bulletin_map
from geosites.bulletins.sections import Imprint
from geosites.bulletins.serialization import canonical, digest, read
from geosites.maps.geojson import bbox, collection, feature
from geosites.presentation.formatting import Words
from samples.samples_of_render import CENTRE, alarm, closure, displacement, hotspots, site

KNOWN = dt.datetime(2022, 10, 10, 6, 30, tzinfo=dt.UTC)
WEEK = "2022-W40"


def content(name: str = "Square Forceval", **changes: Any) -> dict[str, Any]:
    """Return the content of a bulletin as it is read, with what the test is about put in."""
    week = hotspots()
    week["parameters"]["permutations"] = 999  # type: ignore[index]
    made = {
        "format": 1,
        "edition": "service",
        "week": WEEK,
        "as_known_at": KNOWN,
        "exercise": True,
        "hotspots": week,
        "alarms": [alarm()],
        "changes": _changes(name),
        "operations": {"total": 2, "events": [_told(name), _untold(name)]},
        "closures": {"as_of": KNOWN, "sites": [{**closure(), "name": name}]},
        "effort": _effort(name),
        "figures": {WEEK: {"visits": 312, "places": 41, "heads": 86.7, "hotspots": 1}},
        "revisions": [{"week": "2022-W38", "figure": "heads", "published": 80.0, "now": 84.5}],
        "map": _map(),
    }
    return read(canonical({**made, **changes}))


def imprint(of: dict[str, Any], revision: int | None = 1) -> Imprint:
    """Return the imprint of an issued revision, or of a draft."""
    text = digest(canonical(of))
    if revision is None:
        return Imprint(content_sha256=text)
    return Imprint(content_sha256=text, revision=revision, issued_at=KNOWN, anchor="anchor 7 abc")


def _changes(name: str) -> dict[str, Any]:
    before = {"visits": 300, "places": 40, "heads": 66.0, "hotspots": 2}
    return {
        "since": "2022-W39",
        "before": before,
        "now": {"visits": 312, "places": 41, "heads": 86.7, "hotspots": 1},
        "same_places": {
            "places": 38,
            "before": 60.0,
            "after": 81.0,
            "change": 21.0,
            "low": 4.0,
            "high": 38.0,
        },
        "hotspots_new": [1],
        "hotspots_gone": [
            {
                "rank": 2,
                "heads": 12.0,
                "territory": "Paris 10e",
                "quartier": None,
                "nearest_site": None,
            }
        ],
        "closures": [
            {
                "site": "forceval",
                "name": name,
                "before": "unverified",
                "now": "confirmed_closed",
                "p_before": 0.7,
                "p_now": 0.972,
            }
        ],
    }


def _told(name: str) -> dict[str, Any]:
    answer = displacement()
    return {"event": answer["event"], "place": name, "answer": answer, "cause": None}


def _untold(name: str) -> dict[str, Any]:
    event = {**displacement()["event"], "kind": "operation"}
    return {"event": event, "place": name, "answer": None, "cause": "too_recent"}


def _effort(name: str) -> dict[str, Any]:
    gap = {
        "territory": name,
        "quartier": None,
        "nearest_site": None,
        "visits": 12,
        "last_visit_at": KNOWN - dt.timedelta(days=12),
    }
    parts = {"night": 10, "morning": 90, "afternoon": 120, "evening": 92, "unknown": 0}
    return {"day_parts": parts, "look_back_weeks": 4, "gaps": [gap], "gaps_total": 1}


def _map() -> dict[str, Any]:
    ground = feature("territory", CENTRE.buffer(4000), code="75119", level="arrondissement")
    label = feature("territory-label", CENTRE, code="75119", level="arrondissement", label="19")
    closed = feature("site", shapely.Point(CENTRE), status="confirmed_closed")
    shown = [feature("density", CENTRE.buffer(300), rank=1), closed]
    seen = bbox(site().perimeter.buffer(600))
    return {
        "ground": collection([ground, label]),
        "week": collection(shown, bbox=seen, classes=[0.5, 1.0, 2.0, 5.0, 10.0]),
    }


@cache
def picture(words: Words) -> bytes:
    """Return the map, drawn once a language."""
    return bulletin_map(words, content()["map"])
