"""Settings: environment variables named GEOSITES_…, read at entry points only.

Every setting has a default that suits one server in one city.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from geosites.alarms.mail_encryption import Encryption
from geosites.auth.session_terms import SHIFT, Terms
from geosites.auth.two_factor_policy import TwoFactors
from geosites.core.job_schedule import ServiceJob
from geosites.core.weeks import FIRST_DAY
from geosites.presentation.i18n import Language
from geosites.setting_rules import listed, require_sound
from geosites.setting_sources import SecretFiles, environment, require_known_names
from geosites.web.http.hosts import LOOPBACK

if TYPE_CHECKING:
    from geosites.alarms.own_webhooks import OwnWebhooks
    from geosites.auth.oidc import Provider


class Settings(BaseSettings):
    """All settings, one field each."""

    model_config = SettingsConfigDict(env_prefix="GEOSITES_", frozen=True)

    home: Path = Field(
        default=Path(".geosites"), description="Folder of the private database and of the maps."
    )
    database_url: str | None = Field(
        default=None,
        description="Address of a PostGIS database (3.3 or newer) instead of the private one.",
    )
    language: Language | None = Field(
        default=None,
        description="Language of the command line: fr or en; by default that of the city.",
    )
    pool_size: int = Field(
        default=4,
        ge=1,
        description="Number of database connections, and of requests served at the same time.",
    )
    file_limit_mb: int = Field(
        default=2048, ge=1, description="Largest file for the command line, decompressed, in MB."
    )
    upload_limit_mb: int = Field(
        default=20, ge=1, description="Largest request body for the service, decompressed, in MB."
    )
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
    two_factors: TwoFactors = Field(
        default=TwoFactors.REQUIRED,
        description="Second factor of coordinators and administrators: required or offered.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="OIDC issuer: address of the identity provider; by default there is none.",
    )
    oidc_client_id: str | None = Field(default=None, description="OIDC client ID.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="OIDC client secret.")
    oidc_scope: str = Field(
        default="openid",
        description="OIDC scopes to request, separated by spaces; names and mail are not needed.",
    )
    oidc_claim: str = Field(
        default="sub",
        description="OIDC claim that identifies the account, as given by user add --oidc-subject.",
    )
    oidc_acr: str = Field(
        default="",
        description="OIDC acr values that count as two factors, with spaces; by default amr.",
    )
    oidc_pkce: bool = Field(
        default=True, description="Whether the identity provider supports PKCE."
    )
    session_idle_min: int = Field(
        default=SHIFT.idle // dt.timedelta(minutes=1),
        ge=1,
        description="Minutes of inactivity after which a session ends.",
    )
    session_hours: int = Field(
        default=SHIFT.whole // dt.timedelta(hours=1),
        ge=1,
        description="Hours after which every session ends.",
    )
    statement_wait_s: int = Field(
        default=30, ge=1, description="Timeout of a database statement of the service, in seconds."
    )
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
    basemap: Path | None = Field(
        default=None,
        description="File of tiles (MBTiles) below the maps; by default the one that was built.",
    )
    first_day: dt.date = Field(
        default=FIRST_DAY, description="Day before which an observation is refused as a slip."
    )
    notes: bool = Field(
        default=False, description="Whether a sighting may have a short note about the place."
    )
    plausible_heads: int = Field(
        default=300, ge=1, description="Highest count that is recorded without a question."
    )
    correct_min: int = Field(
        default=30, ge=0, description="Minutes in which reporters may correct or withdraw a report."
    )
    service_url: str | None = Field(
        default=None,
        description="Address of the database for the running service: a role that owns no table.",
    )
    keep_sightings_months: int = Field(
        default=36, ge=1, description="Months for which sightings are kept."
    )
    keep_exact_months: int = Field(
        default=24,
        ge=1,
        description="Months for which their positions stay exact; then cells of 100 m.",
    )
    keep_operations_months: int = Field(
        default=60, ge=1, description="Months for which operations are kept after their end."
    )
    keep_closures_months: int = Field(
        default=60, ge=1, description="Months for which closures are kept after their end."
    )
    keep_messages_months: int = Field(
        default=12,
        ge=1,
        description="Months for which sent alarms and the log of changes are kept.",
    )
    keep_journal_months: int = Field(
        default=12, ge=1, description="Months for which the journal is kept."
    )
    witnesses: Path | None = Field(
        default=None,
        description="File of witnesses that cosign the log of the journal, KEY ADDRESS a line.",
    )
    witness_for: Path | None = Field(
        default=None,
        description="File of keys of other services' logs that this one cosigns, one a line.",
    )
    timestamp_url: str | None = Field(
        default=None,
        description="Address of an RFC 3161 authority that stamps the log of the journal.",
    )
    timestamp_roots: Path | None = Field(
        default=None, description="PEM file of the roots of that authority's certificates."
    )
    jobs: str = Field(
        default="retention,weekly,anchor,alarms,backup,share",
        description="Jobs that the service runs itself, separated by commas.",
    )
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
    metrics_token: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Token that reads the metrics, even while the database does not answer.",
    )
    traces_url: str | None = Field(
        default=None,
        description="Address of an OpenTelemetry collector for traces; by default none are made.",
    )
    smtp_host: str | None = Field(
        default=None, description="SMTP server for alarms; by default none are sent by e-mail."
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="SMTP port.")
    smtp_encryption: Encryption = Field(
        default=Encryption.STARTTLS, description="SMTP encryption: starttls, tls or none."
    )
    smtp_user: str | None = Field(
        default=None, description="SMTP user, if the server asks for one."
    )
    smtp_password: SecretStr | None = Field(default=None, description="SMTP password.")
    smtp_sender: str = Field(
        default="geosites@localhost", description="Sender address of the e-mail."
    )

    webhook_hosts: str | None = Field(
        default=None,
        description="Hosts to which accounts may point webhooks, separated by commas.",
    )
    webhook_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Key from which the secrets of those webhooks are derived.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources of values: arguments, the environment, files of secrets."""
        del dotenv_settings, file_secret_settings
        require_known_names(environment(), cls.model_fields)
        return init_settings, env_settings, SecretFiles(settings_cls, environment())

    @model_validator(mode="after")
    def _sound(self) -> Settings:
        require_sound({name: getattr(self, name) for name in type(self).model_fields})
        return self

    @property
    def provider(self) -> Provider | None:
        """Return the identity provider, or None where none is configured."""
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
    def own_webhooks(self) -> OwnWebhooks | None:
        """Return the rules for webhooks of accounts; None if they may enter none."""
        from geosites.alarms.own_webhooks import OwnWebhooks

        if self.webhook_hosts is None or self.webhook_key is None:
            return None
        hosts = frozenset(host.lower() for host in listed(self.webhook_hosts))
        return OwnWebhooks(hosts=hosts, key=self.webhook_key.get_secret_value().encode())

    @property
    def wanted_jobs(self) -> frozenset[ServiceJob]:
        """Return the jobs that the service runs itself."""
        return frozenset(map(ServiceJob, listed(self.jobs)))

    @property
    def backups(self) -> Path:
        """Return the folder of the daily backups."""
        return (self.backup_folder or self.home / "backups").absolute()

    def public_name(self, path: str) -> str | None:
        """Return a public address without its scheme, as keys are named; None without one."""
        if self.public_url is None:
            return None
        return f"{self.public_url.split('://', 1)[1].rstrip('/')}/{path}"

    @property
    def secure(self) -> bool:
        """Return whether the service is reached over HTTPS."""
        return (self.public_url or "").startswith("https://")

    @property
    def served_hosts(self) -> tuple[str, ...]:
        """Return the host names of the service: loopback, the public one, additional ones."""
        public = urlsplit(self.public_url or "").hostname
        return tuple(dict.fromkeys((*LOOPBACK, *filter(None, (public, *listed(self.hosts))))))

    @property
    def terms(self) -> Terms:
        """Return the lifetimes of a session."""
        idle, whole = (
            dt.timedelta(minutes=self.session_idle_min),
            dt.timedelta(hours=self.session_hours),
        )
        return Terms(idle=idle, whole=whole)
