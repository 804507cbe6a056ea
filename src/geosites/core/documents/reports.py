"""Reports: receipts and possible duplicates."""

from __future__ import annotations

import datetime as dt

from typing_extensions import TypedDict


class ReceiptDocument(TypedDict):
    """The receipt for a report; `added` is false where the very same was recorded already."""

    id: str
    added: bool


class ReceiptForm(ReceiptDocument):
    """The receipt that the report form shows; instants in UTC, `correct_s` is how long it may be
    corrected.
    """

    now: str
    observed_at: str
    headcount: int
    place: str
    unit: str | None
    login: str
    correct_s: float


class SightingDocument(TypedDict):
    """A report as coordinators see it."""

    id: str
    observed_at: dt.datetime
    headcount: int
    accuracy_m: float | None
    origin: str
    activity: str | None
    double_count: str | None
    unit: str | None
    site: str | None
    territory: str
    lon: float
    lat: float


class PairDocument(TypedDict):
    """Two possible duplicates, and which would be merged into which."""

    sighting: SightingDocument
    into: SightingDocument
    distance_m: float


class MergedDocument(TypedDict):
    """Two reports that were merged: by whom, when and why."""

    sighting: SightingDocument
    into: SightingDocument
    reason: str
    login: str
    unit: str | None
    at: dt.datetime


class DuplicatesDocument(TypedDict):
    """Possible duplicates of a period, and merged reports; `total` counts all."""

    start: dt.datetime
    end: dt.datetime
    exercise: bool
    total: int
    pairs: list[PairDocument]
    merged: list[MergedDocument]


class MergeDocument(TypedDict):
    """A sighting that counts no more, and the one that it was merged into."""

    id: str
    into: str


class PartDocument(TypedDict):
    """Two sightings; `parted` is false if they were already separate."""

    id: str
    other: str
    parted: bool
