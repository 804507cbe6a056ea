"""Recorded data: frozen classes, validated on construction.

Geometries are shapely objects in metres of the city's reference system; instants are aware
datetimes. Nothing here, and nothing in the store, describes a person: people are counted, at
places.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

import shapely

from geosites.core.errors import Refused, phrase
from geosites.core.fields import chosen, chosen_fields

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
MOST_NAME = 200


def is_slug(text: str) -> bool:
    """Return whether a text has the form of a site's slug; nothing else can name one."""
    return _SLUG.fullmatch(text) is not None


class Origin(StrEnum):
    """How a sighting came about. Patrols and surveys are effort; calls and partners are not."""

    PATROL = "patrol"
    CALL = "call"
    PARTNER = "partner"
    SURVEY = "survey"


EFFORT = frozenset({Origin.PATROL, Origin.SURVEY})


class Activity(StrEnum):
    """Activity at the place."""

    CONSUMPTION = "consumption"
    GATHERING = "gathering"
    DEALING = "dealing"
    TRACES = "traces"


class DoubleCount(StrEnum):
    """How a visit counted where two crews counted the same scene at the same time.

    Each counts by itself; then the two agree how many people at least one of them has seen.
    """

    SEPARATE = "separate"
    JOINT = "joint"


class OperationKind(StrEnum):
    """What an operation did."""

    DISPERSAL = "dispersal"
    EVACUATION = "evacuation"
    PRESENCE = "presence"


class TimePrecision(StrEnum):
    """How exactly the time is known. A bare day has no day-part."""

    INSTANT = "instant"
    DAY = "day"


def is_one_line(text: str) -> bool:
    """Return whether a text is on one line; no-break spaces, as French names have them, are."""
    return _BREAK.search(text) is None


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """One visit to a place: where, when, how many people; 0 means that nobody was there."""

    id: UUID
    observed_at: dt.datetime
    time_precision: TimePrecision = TimePrecision.INSTANT
    point: shapely.Point
    accuracy_m: float | None = None
    headcount: int
    duration_min: int | None = None
    origin: Origin = Origin.PATROL
    activity: Activity | None = field(
        default=None,
        metadata=chosen(
            phrase("Activity"),
            {
                Activity.CONSUMPTION: phrase("consumption"),
                Activity.GATHERING: phrase("gathering"),
                Activity.DEALING: phrase("dealing"),
                Activity.TRACES: phrase("traces only"),
            },
            in_every_id=True,
        ),
    )
    double_count: DoubleCount | None = field(
        default=None,
        metadata=chosen(
            phrase("Two crews"),
            {
                DoubleCount.SEPARATE: phrase("counted separately"),
                DoubleCount.JOINT: phrase("counted with the other crew"),
            },
        ),
    )
    unit: str | None = None
    verified: bool | None = None
    site: str | None = None
    territory: str

    def __post_init__(self) -> None:
        _aware(self.observed_at)
        if self.headcount < 0:
            raise Refused(
                "headcount is %(headcount)s, and cannot be negative", headcount=self.headcount
            )


CHOSEN_OF_SIGHTING = chosen_fields(Sighting)
"""The fields of a sighting whose value is chosen from a closed vocabulary."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What the services did at a place, over a time: a dispersal, an evacuation, a presence."""

    id: UUID
    started_at: dt.datetime
    ended_at: dt.datetime
    time_precision: TimePrecision = TimePrecision.INSTANT
    kind: OperationKind
    area: shapely.Polygon | shapely.MultiPolygon
    headcount_dispersed: int | None = None
    arrests: int | None = None
    site: str | None = None
    unit: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if _aware(self.ended_at) <= _aware(self.started_at):
            raise Refused("an operation must end after it starts")


@dataclass(frozen=True, kw_only=True)
class Closure:
    """A claim that a site is closed, from an instant, until another or until further notice."""

    id: UUID
    site: str
    closed_from: dt.datetime
    closed_until: dt.datetime | None = None
    legal_ref: str | None = None
    review_days: int = 14
    source: str | None = None

    def __post_init__(self) -> None:
        _aware(self.closed_from)
        if self.closed_until is not None and _aware(self.closed_until) <= self.closed_from:
            raise Refused("a closure must end after it starts")
        if self.review_days < 1:
            raise Refused("review_days must be at least 1")


@dataclass(frozen=True, kw_only=True)
class Site:
    """A named place with a perimeter; `precision_m` is the accuracy of the perimeter."""

    slug: str
    name: str
    perimeter: shapely.Polygon | shapely.MultiPolygon
    precision_m: float
    territory: str
    quartier: str | None = None
    source: str | None = None

    def __post_init__(self) -> None:
        if _SLUG.fullmatch(self.slug) is None:
            raise Refused(
                "slug %(slug)r: lower-case letters and digits, joined by hyphens, please",
                slug=self.slug,
            )
        if not self.name.strip() or len(self.name) > MOST_NAME or _CONTROL.search(self.name):
            raise Refused(
                "site %(slug)s needs a name of at most %(most_name)s characters, on one line",
                slug=self.slug,
                most_name=MOST_NAME,
            )


@dataclass(frozen=True, kw_only=True)
class Territory:
    """A territory of one of the city's levels. `parent` is the code above it."""

    code: str
    level: str
    name: str
    label: str | None
    parent: str | None
    area: shapely.MultiPolygon


def _aware(instant: dt.datetime) -> dt.datetime:
    if instant.tzinfo is None:
        raise Refused(
            "%(instant)s has no offset: an instant needs one", instant=instant.isoformat()
        )
    return instant
