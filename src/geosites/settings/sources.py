"""Sources of settings besides the environment, and the allowed variable names.

A secret is in a variable, in a file named by `…_FILE`, or among the systemd credentials.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from geosites.core.errors import Refused, hint, os_reason

PREFIX = "GEOSITES_"
FILE = "_FILE"
CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""The variable in which systemd names the folder of a unit's credentials."""
SECRETS = (
    "database_url",
    "service_url",
    "oidc_client_secret",
    "smtp_password",
    "metrics_token",
    "webhook_key",
)
"""Settings that hold a password: their values are never printed."""
NOT_SETTINGS = ("GEOSITES_TEST_", "GEOSITES_BENCH_", "GEOSITES_DATA", "GEOSITES_CHROMIUM")
"""What the tests and the benches read; every other name with the prefix is a setting."""


class SecretFiles(PydanticBaseSettingsSource):
    """Secrets out of files: those that the environment names, and the credentials of systemd."""

    def __init__(self, settings_cls: type[BaseSettings], environ: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        self._environ = {name.upper(): value for name, value in environ.items()}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[str | None, str, bool]:
        """Return the secret of a setting, or None where no file holds it."""
        del field
        return self._secret(field_name), field_name, False

    def __call__(self) -> dict[str, str]:
        """Return the secrets in files; raises `Refused` for one that is set twice."""
        found = {name: self._secret(name) for name in SECRETS}
        return {name: value for name, value in found.items() if value is not None}

    def _secret(self, name: str) -> str | None:
        places = list(self._places(name))
        if len(places) > 1:
            raise Refused(
                "%(first)s and %(second)s both set the same: keep one of them",
                first=places[0][0],
                second=places[1][0],
            )
        return places[0][1]() if places else None

    def _places(self, name: str) -> Iterator[tuple[str, Callable[[], str | None]]]:
        """Yield the sources of a secret: the name, and how it is read."""
        variable = variable_of(name)
        if variable in self._environ:
            yield variable, lambda: None  # the source of the environment reads it
        file = self._environ.get(variable + FILE)
        if file:
            yield variable + FILE, lambda: _read(variable + FILE, Path(file))
        folder = self._environ.get(CREDENTIALS)
        kept = Path(folder, variable.lower()) if folder else None
        if kept is not None and kept.exists():
            yield str(kept), lambda: _read(str(kept), kept)


def variable_of(field: str) -> str:
    """Return the environment variable of a setting."""
    return PREFIX + field.upper()


def require_known_names(environ: Collection[str], fields: Collection[str]) -> None:
    """Raise `Refused` for a variable with our prefix that is not a setting, such as a slip."""
    known = {variable_of(name) for name in fields}
    known |= {variable_of(name) + FILE for name in SECRETS}
    for name in sorted(environ):
        written = name.upper()
        if not written.startswith(PREFIX) or written.startswith(NOT_SETTINGS) or written in known:
            continue
        near = difflib.get_close_matches(written, sorted(known), n=1)
        raise Refused("%(name)s is not a setting%(hint)s", name=name, hint=hint(near))


def environment() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ


def _read(name: str, path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise Refused("%(name)s: %(file)s holds no text", name=name, file=path) from error
    except OSError as error:
        raise Refused(
            "%(name)s: %(file)s: %(reason)s", name=name, file=path, reason=os_reason(error)
        ) from error
    if not text:
        raise Refused("%(name)s: %(file)s is empty", name=name, file=path)
    return text
