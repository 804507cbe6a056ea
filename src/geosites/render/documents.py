"""The results as documents: what JSON answers hold, and what sentences and pages are made from.

Their keys are those of the API (see docs/api.md); instants are aware datetimes. They stay plain
mappings, since a study may say more than a page shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
