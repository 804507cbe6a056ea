"""Settings of the network: public address, host names, origins, proxies."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class NetworkSettings(BaseSettings):
    """Settings of the network: public address, host names, origins, proxies."""

    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+$",
        description="Public address of the service, for links; with https, cookies require it.",
    )
    hosts: str = Field(
        default="",
        description="Additional host names that the service answers to, separated by commas.",
    )
    cors_origins: str = Field(
        default="",
        description="Origins whose pages may ask the API with a token, separated by commas.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses of proxies trusted for X-Forwarded headers, separated by commas.",
    )

    def public_name(self, path: str) -> str | None:
        """Return a public address without its scheme, as keys are named; None without one."""
        if self.public_url is None:
            return None
        return f"{self.public_url.split('://', 1)[1].rstrip('/')}/{path}"

    @property
    def secure(self) -> bool:
        """Return whether the service is reached over HTTPS."""
        return (self.public_url or "").startswith("https://")
