"""Settings of retention: the months for which each kind of row is kept."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class RetentionSettings(BaseSettings):
    """Settings of retention: the months for which each kind of row is kept."""

    keep_sightings_months: int = Field(
        default=36, ge=1, description="Months for which sightings are kept."
    )
    keep_exact_months: int = Field(
        default=24,
        ge=1,
        description="Months for which their positions stay exact; then cells of 100 m.",
    )
    keep_operations_months: int = Field(
        default=60, ge=1, description="Months for which operations are kept after their end."
    )
    keep_closures_months: int = Field(
        default=60, ge=1, description="Months for which closures are kept after their end."
    )
    keep_messages_months: int = Field(
        default=12,
        ge=1,
        description="Months for which sent alarms and the log of changes are kept.",
    )
    keep_journal_months: int = Field(
        default=12, ge=1, description="Months for which the journal is kept."
    )
