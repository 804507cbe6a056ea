"""Settings of monitoring: the token of the metrics, the collector of traces."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class MonitoringSettings(BaseSettings):
    """Settings of monitoring: the token of the metrics, the collector of traces."""

    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Token that reads the metrics, even while the database does not answer.",
    )
    traces_url: str | None = Field(
        default=None,
        description="Address of an OpenTelemetry collector for traces; by default none are made.",
    )
