"""Settings of reports: first day, notes, plausible counts, time for corrections."""

from __future__ import annotations

import datetime as dt

from pydantic import Field
from pydantic_settings import BaseSettings

from geosites.core.weeks import FIRST_DAY


class ReportsSettings(BaseSettings):
    """Settings of reports: first day, notes, plausible counts, time for corrections."""

    first_day: dt.date = Field(
        default=FIRST_DAY, description="Day before which an observation is refused as a slip."
    )
    notes: bool = Field(
        default=False, description="Whether a sighting may have a short note about the place."
    )
    plausible_heads: int = Field(
        default=300, ge=1, description="Highest count that is recorded without a question."
    )
    correct_min: int = Field(
        default=30, ge=0, description="Minutes in which reporters may correct or withdraw a report."
    )
