"""Settings of time: how long a request, its answer and the stop of the service may take."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class TimeoutsSettings(BaseSettings):
    """Settings of time: how long a request, its answer and the stop of the service may take."""

    deadline_s: int = Field(
        default=60,
        ge=1,
        description="Time for the answer to a request, all its statements together, in seconds.",
    )
    body_wait_s: int = Field(
        default=60, ge=1, description="Timeout for receiving a whole request, in seconds."
    )
    stop_wait_s: int = Field(
        default=90,
        ge=1,
        description="Time for requests in progress when the service stops, in seconds.",
    )
