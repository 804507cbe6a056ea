"""Settings of the database: its address, its connections, their timeouts."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class DatabaseSettings(BaseSettings):
    """Settings of the database: its address, its connections, their timeouts."""

    home: Path = Field(
        default=Path(".geosites"), description="Folder of the private database and of the maps."
    )
    database_url: str | None = Field(
        default=None,
        description="Address of a PostGIS database (3.3 or newer) instead of the private one.",
    )
    service_url: str | None = Field(
        default=None,
        description="Address of the database for the running service: a role that owns no table.",
    )
    pool_size: int = Field(
        default=4,
        ge=1,
        description="Number of database connections, and of requests served at the same time.",
    )
    statement_wait_s: int = Field(
        default=30, ge=1, description="Timeout of a database statement of the service, in seconds."
    )
