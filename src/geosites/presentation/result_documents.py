"""The results as documents: what JSON answers hold, and what sentences and pages are made from.

Their keys are those of the API (see docs/api.md); instants are aware datetimes. They stay plain
mappings, since a study may say more than a page shows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import shapely

ClosureDocument = Mapping[str, Any]
"""Whether a site is still closed: status, p_clear, visits, what comes next, evidence."""

Evidence = Mapping[str, Any]
"""One visit behind a closure answer: when, what was seen, and the probability just after."""

HotspotsDocument = Mapping[str, Any]
"""Where people stood in one ISO week: heads, hotspots, territories, parameters."""

Hotspot = Mapping[str, Any]
"""A group of cells where more heads were seen than chance would give."""

TerritoryRow = Mapping[str, Any]
"""Heads standing, places and visits of one territory in a week."""

DisplacementDocument = Mapping[str, Any]
"""What changed, and where, after an event: territories, flows, and how sure that is."""

AlarmDocument = Mapping[str, Any]
"""Ground that holds more heads than its own past would lead to expect."""

ChangeRow = Mapping[str, Any]
"""Heads standing in one territory before and after, expected, and the change with its interval."""

Flow = Mapping[str, Any]
"""Heads that an allocation sends from one territory to another; nobody was followed."""


@dataclass(frozen=True, kw_only=True)
class SeenToday:
    """A sighting of the day, as its reader may see it; without an id where that is by cell."""

    id: UUID | None
    at: dt.datetime
    heads: int
    place: str | None
    own: bool
    point: shapely.Point
    doubtful: bool
