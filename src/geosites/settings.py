"""What can be set, by environment variables named GEOSITES_…; read at entry points only.

Every setting has a default that suits one server in one city.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from geosites.alarms import Encryption
from geosites.render.language import Language


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
        default=8, ge=1, description="Database connections, and requests served at a time."
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
        description="Where readers reach the service, for links in alarms.",
    )
    basemap: Path | None = Field(
        default=None,
        description="A file of raster tiles (MBTiles) to draw under the maps; without one none.",
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
