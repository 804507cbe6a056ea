"""Read a TOML file of a city folder, reporting syntax errors by line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from geosites.core.errors import Refused, os_reason

_MOST_BYTES = 1 << 20
_LINE = re.compile(r"at line (\d+)")
_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot mutate")
_MOST_SHOWN = 60


def read_toml(path: Path) -> dict[str, object]:
    """Parse a file, with or without a byte order mark; raises `Refused` with the line."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = os_reason(error)
        raise Refused("%(path)s: cannot be read: %(reason)s", path=path, reason=reason) from error
    if len(content) > _MOST_BYTES:
        raise Refused("%(path)s: is larger than 1 MB", path=path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Refused(
            "%(path)s, line %(line)s: is not UTF-8: save it as UTF-8", path=path, line=line
        ) from error
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise Refused("%(path)s: is nested too deeply", path=path) from error
    except ValueError as error:
        raise _fault(path, text, str(error)) from error


def _fault(path: Path, text: str, reason: str) -> Refused:
    lines = text.splitlines()
    found = _LINE.search(reason)
    line = int(found[1]) if found else len(lines)
    if reason.startswith(_TWICE):
        return Refused("%(path)s, line %(line)s: sets the same key twice", path=path, line=line)
    said = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    shown = "".join(mark for mark in said if mark.isprintable())[:_MOST_SHOWN]
    return Refused(
        "%(path)s, line %(line)s: %(said)s is not TOML (%(reason)s)",
        path=path,
        line=line,
        said=shown or "–",
        reason=reason,
    )
