"""Fast path for a sighting from the form, parsed by value; others go to the column rules.

Parsing one row as columns takes a hundred operations on arrays of one element, which is a third of
the processor time of a report. What is accepted here has exactly the result of the column rules, to
the last digit; anything else is left to them, and only they report errors.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np
import shapely

from geosites.core.records import CHOSEN_OF_SIGHTING, Origin, Sighting
from geosites.validation.date_times.times import LATEST
from geosites.validation.free_text.notes import TextKind, reason_against
from geosites.validation.positions.coordinates import DECIMALS, from_degrees
from geosites.validation.records.report_context import Context
from geosites.validation.records.sightings import MOST_METRES
from geosites.validation.value_rules import LONGEST_NAME, MOST_HEADS

_NEEDED = frozenset({"id", "observed_at", "lon", "lat", "headcount"})
_KNOWN = _NEEDED | {"accuracy_m", "origin", "unit", "site"}
_CHOSEN = {item.name: {word.value: word for word in item.vocabulary} for item in CHOSEN_OF_SIGHTING}
_ORIGINS = {word.value: word for word in Origin}
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,6}(?:\.\d{1,17})?", re.ASCII)
_WHOLE = re.compile(r"\d{1,6}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.(?:\d{3}|\d{6}))?)?(?:Z|[+-](?:0\d|1[0-4]):[0-5]\d)",
    re.ASCII,
)
_LINE = re.compile(r"[0-9A-Za-zÀ-ÿ](?:[ -~À-ÿ]*[!-~À-ÿ])?")


def plain_sighting(given: Mapping[str, str], context: Context) -> Sighting | None:
    """Return the sighting of a text row, or None if the column rules have to decide."""
    if not _is_plain(given) or ("site" in given and given["site"] not in context.sites):
        return None
    observed_at = _instant(given["observed_at"])
    heads = int(given["headcount"])
    accuracy_m = float(np.round(float(given["accuracy_m"]), 3)) if "accuracy_m" in given else None
    if observed_at is None or not context.earliest <= observed_at <= context.latest:
        return None
    if observed_at >= LATEST or heads > MOST_HEADS or not 0 <= (accuracy_m or 0) <= MOST_METRES:
        return None
    degrees = [[float(given["lon"]), float(given["lat"])]]
    (place,) = np.round(from_degrees(degrees), DECIMALS)
    (tile,) = context.ground.locate(place)
    if tile < 0:
        return None
    chosen: dict[str, Any] = {
        name: words[given[name]] for name, words in _CHOSEN.items() if name in given
    }
    return Sighting(
        id=UUID(given["id"]),
        observed_at=observed_at,
        point=shapely.Point(place),
        accuracy_m=accuracy_m,
        headcount=heads,
        origin=_ORIGINS[given.get("origin", Origin.PATROL)],
        unit=given.get("unit"),
        site=given.get("site"),
        territory=context.ground.codes[tile],
        **chosen,
    )


def _is_plain(given: Mapping[str, str]) -> bool:
    """Return whether a row has an id, a time, a place and a count, each in the usual notation."""
    return (
        _NEEDED <= given.keys() <= _KNOWN | _CHOSEN.keys()
        and _UUID.fullmatch(given["id"]) is not None
        and all(
            _NUMBER.fullmatch(given.get(name, "0")) is not None
            for name in ("lon", "lat", "accuracy_m")
        )
        and _WHOLE.fullmatch(given["headcount"]) is not None
        and given.get("origin", Origin.PATROL) in _ORIGINS
        and all(given[name] in words for name, words in _CHOSEN.items() if name in given)
        and ("unit" not in given or _is_unit(given["unit"]))
    )


def _instant(text: str) -> dt.datetime | None:
    if _INSTANT.fullmatch(text) is None:
        return None
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


def _is_unit(text: str) -> bool:
    return (
        len(text) <= LONGEST_NAME
        and _LINE.fullmatch(text) is not None
        and reason_against(text, TextKind.NAME) is None
    )
