"""Settings of the regular jobs: which of them the service runs itself."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from geosites.core.job_schedule import ServiceJob
from geosites.settings.cross_checks import listed


class JobsSettings(BaseSettings):
    """Settings of the regular jobs: which of them the service runs itself."""

    jobs: str = Field(
        default="retention,weekly,anchor,alarms,backup,share",
        description="Jobs that the service runs itself, separated by commas.",
    )

    @property
    def wanted_jobs(self) -> frozenset[ServiceJob]:
        """Return the jobs that the service runs itself."""
        return frozenset(map(ServiceJob, listed(self.jobs)))
