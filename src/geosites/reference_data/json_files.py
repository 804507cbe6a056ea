"""JSON files with lists of entries, and parsing of their dates.

A bare date is 00:00 in the city with precision *day*, and a bare month is its first day.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from geosites.core.errors import Refused, os_reason
from geosites.core.weeks import midnight

Entry = dict[str, Any]
"""An entry as JSON holds it: what its fields are shows when it is parsed."""

Parsed = TypeVar("Parsed")

_MONTH = re.compile(r"\d{4}-\d{2}")


def member(path: Path, name: str) -> str:
    """Return a text beside the entries of a document, or an empty one."""
    document = _read(path)
    value = document.get(name) if isinstance(document, dict) else None
    return value if isinstance(value, str) else ""


def each(path: Path, parse: Callable[[Entry], Parsed]) -> list[Parsed]:
    """Return the parsed entries of a list, or of the features of GeoJSON.

    Raises `Refused`, with the file and the number of the entry, for what cannot be parsed.
    """
    document = _read(path)
    entries = document.get("features") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise Refused("%(path)s: holds no list of entries", path=path)
    return [_entry(f"{path}: entry {n}", entry, parse) for n, entry in enumerate(entries, 1)]


def is_month(text: str) -> bool:
    """Return whether a date is only known to the month."""
    return bool(_MONTH.fullmatch(text))


def day_of(text: str) -> dt.date:
    """Return a date, or the first day of a month."""
    return dt.date.fromisoformat(f"{text}-01" if is_month(text) else text)


def instant_of(text: str | None) -> dt.datetime | None:
    """Return the instant at which a day or month begins in the city."""
    return None if text is None else midnight(day_of(text))


def _entry(where: str, entry: Entry, parse: Callable[[Entry], Parsed]) -> Parsed:
    try:
        return parse(entry)
    except KeyError as error:
        raise Refused("%(where)s: %(error)s is missing", where=where, error=error) from error
    except (TypeError, ValueError) as error:
        raise Refused("%(where)s: %(error)s", where=where, error=error) from error


def _read(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(
            "%(path)s: cannot be read: %(reason)s", path=path, reason=os_reason(error)
        ) from error
    except ValueError as error:
        raise Refused("%(path)s: is not JSON: %(error)s", path=path, error=error) from error
