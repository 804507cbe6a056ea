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
        default=Path(".geosites"), description="Where the private database and the maps lie."
    )
    database_url: str | None = Field(
        default=None, description="Another PostGIS (3.3 or newer) in the place of the private one."
    )
    language: Language = Field(
        default=Language.FRENCH, description="Of what the command line answers: fr or en."
    )
    pool_size: int = Field(
        default=4, ge=1, description="Database connections, and requests served at a time."
    )
    file_limit_mb: int = Field(
        default=2048, ge=1, description="Largest file the command line takes, decompressed."
    )
    upload_limit_mb: int = Field(
        default=20, ge=1, description="Largest body the service takes, decompressed."
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s]+$",
        description="Where readers reach the service, for links in alarms; https: cookies insist.",
    )
    hosts: str = Field(
        default="",
        description="More names the service answers to, with commas; its public one is known.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses of proxies, with commas, whose word on the reader's is taken.",
    )
    two_factors: TwoFactors = Field(
        default=TwoFactors.REQUIRED,
        description="Of coordinators and administrators: required or offered.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="The identity provider (OpenID Connect); without one none is asked.",
    )
    oidc_client_id: str | None = Field(default=None, description="As what it knows this service.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="And by what.")
    oidc_scope: str = Field(
        default="openid", description="What it is asked for; no name and no mailbox is needed."
    )
    oidc_claim: str = Field(
        default="sub", description="The claim that finds the account, as user add --oidc-subject."
    )
    oidc_acr: str = Field(
        default="", description="Its levels that count as two factors, with spaces; else amr tells."
    )
    oidc_pkce: bool = Field(default=True, description="Whether it takes part in PKCE.")
    session_idle_min: int = Field(
        default=120, ge=1, description="Minutes after which an unused session ends."
    )
    session_hours: int = Field(
        default=12, ge=1, description="Hours after which every session ends."
    )
    statement_wait_s: int = Field(
        default=30, ge=1, description="Seconds one statement of the service may take."
    )
    body_wait_s: int = Field(
        default=60, ge=1, description="Seconds in which a request has to arrive whole."
    )
    stop_wait_s: int = Field(
        default=90, ge=1, description="Seconds for what is under way when the service is stopped."
    )
    basemap: Path | None = Field(
        default=None,
        description="A file of raster tiles (MBTiles) to draw under the maps; without one none.",
    )
    notes: bool = Field(
        default=False, description="Whether a sighting may have a short note about the place."
    )
    service_url: str | None = Field(
        default=None,
        description="The database again, for the running service: a role that owns nothing.",
    )
    keep_sightings_months: int = Field(default=36, ge=1, description="How long sightings are kept.")
    keep_exact_months: int = Field(
        default=24, ge=1, description="How long their positions stay exact; then cells of 100 m."
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
        default=None, description="The mail server that takes alarms; without one none go by mail."
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="Its port.")
    smtp_encryption: Encryption = Field(
        default=Encryption.STARTTLS, description="How it is spoken to: starttls, tls or none."
    )
    smtp_user: str | None = Field(default=None, description="Who signs in there, if it asks.")
    smtp_password: SecretStr | None = Field(default=None, description="And with what.")
    smtp_sender: str = Field(
        default="geosites@localhost", description="The address that mail comes from."
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
