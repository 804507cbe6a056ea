"""Check GeoJSON before GDAL reads it: what GDAL would skip, truncate, fetch or misread."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from pyproj import CRS
from pyproj.exceptions import CRSError

from geosites.core.errors import Refused, WrongReference
from geosites.imports.readers.json_keys import FeaturesChecked, refuse_twice
from geosites.imports.readers.json_lines import is_lines, refuse_broken_lines
from geosites.imports.readers.tables import BLOCK_BYTES

_REFERENCE = re.compile(r'"crs"\s*:\s*(?=\{)')
_NAME = re.compile(r'"name"\s*:\s*("[^"\\]*")')
_HEAD_BYTES = 65_536
_MOST_REFERENCES = 100
_WHOLE_BYTES = 64_000_000
"""Size up to which a file is checked completely before it is read, to report late errors early."""
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000|\x00")


class FeatureCheck:
    """Checks features shortly before they are read, so that reading can stop early.

    `longest`: the length of the longest so far.
    """

    def __init__(self, seen: Iterable[FeaturesChecked] = (), longest: int = 0) -> None:
        self._seen, self._count, self.longest = iter(seen), 0, longest

    def reach(self, count: int | None = None) -> int:
        """Check a number of features, or all; return the length of the longest so far.

        Raises `Refused` for duplicate keys, items that are not features, or too large ones.
        """
        while count is None or self._count < count:
            seen = next(self._seen, None)
            if seen is None:
                break
            self._count, self.longest = seen
        return self.longest


def feature_check(path: Path, most_mb: int) -> FeatureCheck:
    """Return the feature checker of a file; raises `Refused` for forbidden content."""
    _refuse_nul(path)
    check = FeatureCheck((refuse_broken_lines if is_lines(path) else refuse_twice)(path, most_mb))
    check.reach(None if path.stat().st_size <= _WHOLE_BYTES else 1)
    _refuse_strange_reference(path)
    return check


def name_of(path: Path) -> str:
    """Return the layer name of a file: the one in it, or the file's name."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES).decode(errors="replace").partition('"features"')[0]
    said = None if is_lines(path) else _NAME.search(head.partition('"crs"')[0])
    return str(json.loads(said[1])) if said else path.stem


def _refuse_strange_reference(path: Path) -> None:
    """Raise `WrongReference` if GDAL would take an unknown reference system for WGS 84.

    It would also fetch one that is a link, and nothing may be fetched for a file.
    """
    with path.open("rb") as file:
        start = file.read(_HEAD_BYTES)
        file.seek(max(len(start), path.stat().st_size - _HEAD_BYTES))
        ends = start + file.read()
    text = ends.decode(errors="replace")
    for found in itertools.islice(_REFERENCE.finditer(text), _MOST_REFERENCES):
        try:
            declared, _ = json.JSONDecoder().raw_decode(text, found.end())
        except (ValueError, RecursionError):
            continue
        name = _strange(declared)
        if name is not None:
            raise WrongReference(
                "the reference system of the file is not known: %(name)s", name=name[:80]
            )


def _strange(declared: Mapping[str, object]) -> str | None:
    """Return what a member `crs` names that is not a known reference system, or None."""
    more = declared.get("properties")
    if not isinstance(more, dict) or "type" not in declared:
        return None
    name = more.get("name", more.get("code", next(iter(more.values()), "")))
    if str(declared["type"]).lower() in ("name", "epsg"):
        try:
            CRS.from_user_input(int(name) if str(name).isdecimal() else name)
        except CRSError:
            return str(name)
        return None
    return str(more.get("href", more.get("url", name)))


def _refuse_nul(path: Path) -> None:
    """Raise `Refused` where a text holds the character NUL, at which GDAL would cut it."""
    with path.open("rb") as file:
        before = b""
        while data := file.read(BLOCK_BYTES):
            near = before + data
            if (b"\0" in near or b"\\u0000" in near) and _NUL.search(near):
                break
            before = data[-12:]
        else:
            return
    try:
        text = path.read_text(encoding="utf-8-sig")
        features = json.loads(text, strict=False).get("features", [])
    except (ValueError, AttributeError, RecursionError) as error:
        raise Refused("the file is not GeoJSON") from error
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        for name, value in (properties or {}).items():
            if "\\u0000" in json.dumps([name, value]):
                raise Refused(
                    "feature %(number)s: field %(name)r holds the character NUL",
                    number=number,
                    name=name,
                )
    raise Refused("the file holds the character NUL")
