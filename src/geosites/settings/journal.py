"""Settings of the journal: witnesses and time stamps of its log."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class JournalSettings(BaseSettings):
    """Settings of the journal: witnesses and time stamps of its log."""

    witnesses: Path | None = Field(
        default=None,
        description="File of witnesses that cosign the log of the journal, KEY ADDRESS a line.",
    )
    witness_for: Path | None = Field(
        default=None,
        description="File of keys of other services' logs that this one cosigns, one a line.",
    )
    timestamp_url: str | None = Field(
        default=None,
        description="Address of an RFC 3161 authority that stamps the log of the journal.",
    )
    timestamp_roots: Path | None = Field(
        default=None, description="PEM file of the roots of that authority's certificates."
    )
