"""Settings of webhooks that accounts enter themselves."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class WebhooksSettings(BaseSettings):
    """Settings of webhooks that accounts enter themselves."""

    webhook_hosts: str | None = Field(
        default=None,
        description="Hosts to which accounts may point webhooks, separated by commas.",
    )
    webhook_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Key from which the secrets of those webhooks are derived.",
    )
