"""Settings: environment variables named GEOSITES_…, read at entry points only.

Every setting has a default that suits one server in one city. Each file of this folder declares
those of one subject.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from geosites.presentation.i18n import Language
from geosites.settings.backups import BackupsSettings
from geosites.settings.cross_checks import require_sound
from geosites.settings.database import DatabaseSettings
from geosites.settings.email import EmailSettings
from geosites.settings.file_limits import FileLimitsSettings
from geosites.settings.jobs import JobsSettings
from geosites.settings.journal import JournalSettings
from geosites.settings.monitoring import MonitoringSettings
from geosites.settings.network import NetworkSettings
from geosites.settings.reports import ReportsSettings
from geosites.settings.retention import RetentionSettings
from geosites.settings.sign_in import SignInSettings
from geosites.settings.sources import SecretFiles, environment, require_known_names
from geosites.settings.timeouts import TimeoutsSettings
from geosites.settings.webhooks import WebhooksSettings


class Settings(
    WebhooksSettings,
    EmailSettings,
    MonitoringSettings,
    JobsSettings,
    BackupsSettings,
    JournalSettings,
    RetentionSettings,
    ReportsSettings,
    SignInSettings,
    TimeoutsSettings,
    NetworkSettings,
    FileLimitsSettings,
    DatabaseSettings,
):
    """All settings, one field each."""

    model_config = SettingsConfigDict(env_prefix="GEOSITES_", frozen=True)

    language: Language | None = Field(
        default=None,
        description="Language of the command line: fr or en; by default that of the city.",
    )
    basemap: Path | None = Field(
        default=None,
        description="File of tiles (MBTiles) below the maps; by default the one that was built.",
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
        """Return where values come from: what is given, the environment, files of secrets."""
        del dotenv_settings, file_secret_settings
        require_known_names(environment(), cls.model_fields)
        return init_settings, env_settings, SecretFiles(settings_cls, environment())

    @model_validator(mode="after")
    def _sound(self) -> Settings:
        require_sound({name: getattr(self, name) for name in type(self).model_fields})
        return self

    @property
    def backups(self) -> Path:
        """Return the folder of the daily backups."""
        return (self.backup_folder or self.home / "backups").absolute()
