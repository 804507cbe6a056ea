"""Settings of sizes: the largest file for the command line, the largest upload."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class FileLimitsSettings(BaseSettings):
    """Settings of sizes: the largest file for the command line, the largest upload."""

    file_limit_mb: int = Field(
        default=2048, ge=1, description="Largest file for the command line, decompressed, in MB."
    )
    upload_limit_mb: int = Field(
        default=20, ge=1, description="Largest request body for the service, decompressed, in MB."
    )
