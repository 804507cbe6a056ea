"""Bulletin documents: plain data independent of language, permanent once issued."""

from __future__ import annotations

import datetime as dt
from typing import NotRequired

from typing_extensions import TypedDict

from geosites.core.documents.alarms import AlarmDocument
from geosites.core.documents.closures import ClosureSummary
from geosites.core.documents.displacement import DisplacementSummary
from geosites.core.documents.events import EventDocument
from geosites.core.documents.geojson import Layer
from geosites.core.documents.weeks import WeekDocument


class WeekFigures(TypedDict):
    """The main figures of a week."""

    visits: int
    places: int
    heads: float
    hotspots: int


class SamePlaces(TypedDict):
    """People present at the places visited in both weeks; no interval if there are too few."""

    places: int
    before: float
    after: float
    change: float
    low: float | None
    high: float | None


class GoneHotspot(TypedDict):
    """A hotspot of last week that does not go on."""

    rank: int
    heads: float
    territory: str | None
    quartier: str | None
    nearest_site: str | None


class StatusChange(TypedDict):
    """A site whose closure has another status than a week ago."""

    site: str
    name: str
    before: str
    now: str
    p_before: float | None
    p_now: float | None


class WeekChanges(TypedDict):
    """What changed since the week before."""

    since: str
    before: WeekFigures
    now: WeekFigures
    same_places: SamePlaces
    hotspots_new: list[int]
    hotspots_gone: list[GoneHotspot]
    closures: list[StatusChange]


class ToldOperation(TypedDict):
    """A displacement study of an operation or closure: an `answer`, or the `cause` why there is
    none.
    """

    event: EventDocument
    place: str | None
    answer: DisplacementSummary | None
    cause: str | None


class LastOperations(TypedDict):
    """The latest operations and closures; `total` counts all, listed or not."""

    total: int
    events: list[ToldOperation]


class ClosedSites(TypedDict):
    """The closure of every site, what needs a visit first."""

    as_of: dt.datetime
    sites: list[ClosureSummary]


class EffortGap(TypedDict):
    """A place visited in the weeks before, but not in this one."""

    territory: str | None
    quartier: str | None
    nearest_site: str | None
    visits: int
    last_visit_at: dt.datetime


class WeekEffort(TypedDict):
    """The visits of a week by part of the day, and the places that got none."""

    day_parts: dict[str, int]
    look_back_weeks: int
    gaps: list[EffortGap]
    gaps_total: int


class RevisedFigure(TypedDict):
    """A figure of an earlier week that differs from the one published."""

    week: str
    figure: str
    published: float
    now: float


Figure = float | str | None
"""A figure that may differ: a number, a status, or nothing where there is or was none."""


class Difference(TypedDict):
    """A figure that a revision changes: its section and subject, its old and its new value."""

    section: str
    subject: str | None
    figure: str | None
    old: Figure
    new: Figure


class Superseded(TypedDict):
    """The revision before, and what differs from it."""

    revision: int
    content_sha256: str
    differences: list[Difference]


class BulletinMap(TypedDict):
    """The map as features without words, the lowest layer first; older ones have no streets."""

    streets: NotRequired[Layer]
    ground: Layer
    week: Layer


class BulletinDocument(TypedDict):
    """Content of a bulletin about its week; `supersedes` from its second revision on."""

    format: int
    edition: str
    week: str
    start: dt.datetime
    end: dt.datetime
    as_known_at: dt.datetime
    exercise: bool
    hotspots: WeekDocument
    alarms: list[AlarmDocument]
    changes: WeekChanges
    operations: LastOperations
    closures: ClosedSites
    effort: WeekEffort
    figures: dict[str, WeekFigures]
    revisions: list[RevisedFigure]
    map: BulletinMap
    supersedes: NotRequired[Superseded]
