"""`--map`, `--png` and `--geojson`: answers as files, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from geosites.cli.output import remarks, say
from geosites.core.errors import Refused

Drawn = Callable[[], bytes]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A file asked for by an option, and the format that its ending names."""

    path: Path
    form: str

    def write(self, content: bytes) -> None:
        """Write the file, in one step from absent or old to whole."""
        with tempfile.TemporaryDirectory(dir=self.path.parent, prefix=".geosites-") as folder:
            unfinished = Path(folder) / "file"
            unfinished.write_bytes(content)
            unfinished.replace(self.path)
        remarks.print(say("%(file)s is written.", file=self.path), markup=False)


def targets(asked: Mapping[str, tuple[Path | None, tuple[str, ...]]]) -> list[Target]:
    """Return the files asked for by options, each with the endings it may have.

    Raises `Refused`, before any work is done, for another ending or a place not to be written to.
    """
    return [
        _target(option, path, endings)
        for option, (path, endings) in asked.items()
        if path is not None
    ]


def _target(option: str, path: Path, endings: tuple[str, ...]) -> Target:
    form = path.suffix.lower().removeprefix(".")
    if form not in endings:
        known = ", ".join(f".{ending}" for ending in endings)
        raise Refused(
            "%(option)s %(path)s: the ending must be one of %(known)s",
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
    return Target(path=path.absolute(), form=form)


def write(wanted: list[Target], drawn: Mapping[str, Drawn]) -> None:
    """Draw every file by its format, then write them all."""
    contents = [(target, drawn[target.form]()) for target in wanted]
    for target, content in contents:
        try:
            target.write(content)
        except OSError as error:
            raise Refused(
                "%(path)s: cannot be written: %(reason)s", path=target.path, reason=error.strerror
            ) from error
