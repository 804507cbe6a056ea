"""Care places and their published figures: frozen records, as those of `records` are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum

import shapely


class CareKind(StrEnum):
    """What a care place offers."""

    REST_SPACE = "rest_space"
    DAY_RECEPTION = "day_reception"
    HARM_REDUCTION = "harm_reduction"
    SUPPORTED_LODGING = "supported_lodging"
    MEDICAL_BEDS = "medical_beds"
    HOSPITAL_BEDS = "hospital_beds"
    ASSESSMENT = "assessment"
    WITHDRAWAL = "withdrawal"


@dataclass(frozen=True, kw_only=True)
class CarePlace:
    """A place that cares: a point where one is known, else a territory, else neither.

    `day_parts` are those in which it is open; None where its hours are not published.
    """

    slug: str
    name: str
    kind: CareKind
    open_from: dt.datetime | None = None
    open_until: dt.datetime | None = None
    point: shapely.Point | None = None
    territory: str | None = None
    precision_m: float | None = None
    day_parts: tuple[str, ...] | None = None
    figures: tuple[CareFigure, ...] = field(default=())
    note: str | None = None
    source: str | None = None


@dataclass(frozen=True, kw_only=True)
class CareFigure:
    """A capacity or a number of entries of a care place, as published for a date."""

    measure: str
    as_of: str
    value: int
    qualifier: str | None = None
