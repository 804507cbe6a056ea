"""`--map`, `--png`, `--pdf` and similar options: files written atomically."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from geosites.cli.console.language import say
from geosites.cli.console.output import remarks
from geosites.core.errors import Refused, os_reason

PRIVATE = 0o600
Drawing = Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class MapFile:
    """A file named by an option, and the format that its extension stands for."""

    path: Path
    form: str

    def write(self, content: bytes) -> None:
        """Write the file by renaming a complete one into place."""
        with tempfile.TemporaryDirectory(dir=self.path.parent, prefix=".geosites-") as folder:
            unfinished = Path(folder) / "file"
            unfinished.write_bytes(content)
            unfinished.chmod(PRIVATE)
            unfinished.replace(self.path)
        remarks.print(say("%(file)s is written.", file=self.path), markup=False)


def targets(options: Mapping[str, tuple[Path | None, tuple[str, ...]]]) -> list[MapFile]:
    """Return the files named by options; each option comes with the extensions it allows.

    Raises `Refused`, before any work is done, for another extension or an unwritable folder.
    """
    return [
        _target(option, path, endings)
        for option, (path, endings) in options.items()
        if path is not None
    ]


def _target(option: str, path: Path, endings: tuple[str, ...]) -> MapFile:
    form = path.suffix.lower().removeprefix(".")
    if form not in endings:
        known = ", ".join(f".{ending}" for ending in endings)
        raise Refused(
            "%(option)s %(path)s: the extension must be one of %(known)s",
            option=option,
            path=path,
            known=known,
        )
    folder = path.absolute().parent
    if not folder.is_dir():
        raise Refused(
            "%(option)s %(path)s: there is no folder %(folder)s",
            option=option,
            path=path,
            folder=folder,
        )
    if path.is_dir() or not os.access(folder, os.W_OK):
        raise Refused("%(option)s %(path)s: cannot be written there", option=option, path=path)
    return MapFile(path=path.absolute(), form=form)


def write(files: list[MapFile], drawings: Mapping[str, Drawing]) -> None:
    """Draw every map in its format, then write the files."""
    contents = [(target, drawings[target.form]()) for target in files]
    for target, content in contents:
        try:
            target.write(content)
        except OSError as error:
            raise Refused(
                "%(path)s: cannot be written: %(reason)s", path=target.path, reason=os_reason(error)
            ) from error
