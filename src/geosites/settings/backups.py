"""Settings of backups and of the disk they are on."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings


class BackupsSettings(BaseSettings):
    """Settings of backups and of the disk they are on."""

    backup_folder: Path | None = Field(
        default=None,
        description="Folder of the daily backups; by default backups under the home.",
    )
    backup_count: int = Field(default=7, ge=1, description="Number of daily backups that are kept.")
    disk_free_mb: int = Field(
        default=512,
        ge=0,
        description="Free space in MB below which the service is not ready; on small disks 5 %.",
    )
