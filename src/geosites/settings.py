"""What can be set, by environment variables named GEOSITES_…; read at entry points only.

Every setting has a default that suits one server in one city.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from geosites.alarms.mail_encryption import Encryption
from geosites.auth.two_factor_policy import TwoFactors
from geosites.presentation.i18n import Language
from geosites.web.hosts import LOOPBACK

if TYPE_CHECKING:
    from geosites.auth.oidc import Provider
    from geosites.auth.sessions import Terms


class Settings(BaseSettings):
    """The settings, one field each."""

    model_config = SettingsConfigDict(env_prefix="GEOSITES_", frozen=True)

    home: Path = Field(
        default=Path(".geosites"),
        description="Folder of the private database and of generated maps.",
    )
    database_url: str | None = Field(
        default=None,
        description="URL of another PostGIS (3.3 or newer) to use instead of the private one.",
    )
    language: Language = Field(
        default=Language.FRENCH, description="Language of the command line: fr or en."
    )
    pool_size: int = Field(
        default=4,
        ge=1,
        description="Database connections, and requests served at the same time, in each worker.",
    )
    file_limit_mb: int = Field(
        default=2048, ge=1, description="Largest file the command line accepts, decompressed."
    )
    upload_limit_mb: int = Field(
        default=20, ge=1, description="Largest request body the service accepts, decompressed."
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+$",
        description="Public address of the service, used in alarms; https makes cookies Secure.",
    )
    hosts: str = Field(
        default="",
        description="More host names to answer to, separated by commas; the public one is known.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses of proxies, separated by commas, whose X-Forwarded-For is believed.",
    )
    two_factors: TwoFactors = Field(
        default=TwoFactors.REQUIRED,
        description="Second factor for coordinators and administrators: required or offered.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="Issuer URL of the identity provider (OpenID Connect); none without it.",
    )
    oidc_client_id: str | None = Field(default=None, description="OIDC client ID.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="OIDC client secret.")
    oidc_scope: str = Field(
        default="openid",
        description="OIDC scopes to request; neither name nor e-mail address is needed.",
    )
    oidc_claim: str = Field(
        default="sub",
        description="Claim that identifies the account, as in user add --oidc-subject.",
    )
    oidc_acr: str = Field(
        default="",
        description="Values of acr that count as two factors, with spaces; else amr decides.",
    )
    oidc_pkce: bool = Field(default=True, description="Whether the provider supports PKCE.")
    session_idle_min: int = Field(
        default=120, ge=1, description="Minutes after which an unused session ends."
    )
    session_hours: int = Field(
        default=12, ge=1, description="Hours after which every session ends."
    )
    statement_wait_s: int = Field(
        default=30,
        ge=1,
        description="Seconds after which a database statement of the service is cancelled.",
    )
    body_wait_s: int = Field(
        default=60, ge=1, description="Seconds within which a request body has to arrive."
    )
    stop_wait_s: int = Field(
        default=90,
        ge=1,
        description="Seconds to finish requests in progress when the service is stopped.",
    )
    basemap: Path | None = Field(
        default=None,
        description="File of raster tiles (MBTiles) to draw under the maps; none without it.",
    )
    notes: bool = Field(
        default=False, description="Whether a sighting may have a short note about the place."
    )
    service_url: str | None = Field(
        default=None,
        description="Database URL of the running service: a role that owns nothing.",
    )
    keep_sightings_months: int = Field(default=36, ge=1, description="How long sightings are kept.")
    keep_exact_months: int = Field(
        default=24,
        ge=1,
        description="How long their positions stay exact; afterwards cells of 100 m.",
    )
    keep_operations_months: int = Field(
        default=60, ge=1, description="How long operations are kept after their end."
    )
    keep_closures_months: int = Field(
        default=60, ge=1, description="How long closures are kept after their end."
    )
    keep_messages_months: int = Field(
        default=12, ge=1, description="How long sent alarms and the log of changes are kept."
    )
    keep_journal_months: int = Field(default=12, ge=1, description="How long the journal is kept.")
    smtp_host: str | None = Field(
        default=None, description="Mail server for alarms; without it none are sent by mail."
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Port of the mail server.")
    smtp_encryption: Encryption = Field(
        default=Encryption.STARTTLS,
        description="Encryption of the connection to it: starttls, tls or none.",
    )
    smtp_user: str | None = Field(
        default=None, description="User name at the mail server, if it requires one."
    )
    smtp_password: SecretStr | None = Field(
        default=None, description="Password at the mail server."
    )
    smtp_sender: str = Field(
        default="geosites@localhost", description="Sender address of the mail."
    )

    @property
    def provider(self) -> Provider | None:
        """Return the identity provider, or None where none is named."""
        from geosites.auth.oidc import Provider

        if self.oidc_issuer is None or self.oidc_client_id is None:
            return None
        secret = self.oidc_client_secret
        return Provider(
            issuer=self.oidc_issuer,
            client_id=self.oidc_client_id,
            client_secret="" if secret is None else secret.get_secret_value(),
            scope=self.oidc_scope,
            claim=self.oidc_claim,
            acr=tuple(self.oidc_acr.split()),
            pkce=self.oidc_pkce,
        )

    @property
    def secure(self) -> bool:
        """Return whether readers come by https."""
        return (self.public_url or "").startswith("https://")

    @property
    def served_hosts(self) -> tuple[str, ...]:
        """Return the names the service answers to: loopback, its public one, and more."""
        public = urlsplit(self.public_url or "").hostname
        more = (name.strip() for name in self.hosts.split(","))
        return tuple(dict.fromkeys((*LOOPBACK, *filter(None, (public, *more)))))

    @property
    def terms(self) -> Terms:
        """Return how long sessions last."""
        from geosites.auth.sessions import Terms

        idle, whole = (
            dt.timedelta(minutes=self.session_idle_min),
            dt.timedelta(hours=self.session_hours),
        )
        return Terms(idle=idle, whole=whole)
