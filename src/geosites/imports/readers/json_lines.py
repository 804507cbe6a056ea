"""Newline-delimited GeoJSON (RFC 8142 and similar): every line is checked.

GDAL would silently skip a line that it cannot read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from geosites.core.errors import Refused
from geosites.imports.readers.json_keys import (
    MOST_FEATURE_MB,
    FeaturesChecked,
    SaidTwice,
    names_once,
)
from geosites.imports.readers.tables import BLOCK_BYTES

MOST_LINE_BYTES = MOST_FEATURE_MB * BLOCK_BYTES
"""A longer line is refused."""
LINES = (".geojsonl", ".geojsons", ".geojsonseq", ".ndjson", ".jsonl")
RECORD = b"\x1e"
"""Allowed before each feature."""
_FIRST_BYTES = 4096
_TOLD = 1000
"""Number of features after which progress is reported."""
_MARK = b"\xef\xbb\xbf"


def is_lines(path: Path) -> bool:
    """Return whether a file begins with a feature, of which there may be one on each line."""
    with path.open("rb") as file:
        start = b"".join(file.read(_FIRST_BYTES).removeprefix(_MARK).split())
        file.seek(0)
        if start.startswith(RECORD):
            return True
        if path.name.lower().endswith(LINES):
            line = file.readline(MOST_LINE_BYTES).removeprefix(_MARK)
            return _is_feature(line.decode(errors="replace"), json.JSONDecoder(), 1)
    at, other = start.find(b'"type":"Feature"'), start.find(b'"type":"FeatureCollection"')
    return at >= 0 and (other < 0 or at < other) and b'"features":' not in start[:at]


def refuse_broken_lines(path: Path, most_mb: int = MOST_FEATURE_MB) -> Iterator[FeaturesChecked]:
    """Yield the number of features checked, and the length of the longest, in bytes.

    Raises `Refused` with the line if it is anything but one feature.

    A file with one feature over many lines is left to the layer reader.
    """
    decoder = json.JSONDecoder(object_pairs_hook=names_once)
    most = most_mb * BLOCK_BYTES
    with path.open("rb") as file:
        number = longest = count = 0
        while line := file.readline(most + 1):
            number += 1
            longest = max(longest, len(line))
            if len(line) > most:
                raise Refused("line %(line)s is longer than any feature", line=number)
            text = line.removeprefix(_MARK).strip(RECORD + b" \t\r\n").decode(errors="replace")
            if text and not _is_feature(text, decoder, number):
                if number == 1 and _is_one(path, decoder, most):
                    yield FeaturesChecked(1, path.stat().st_size)
                    return
                raise Refused("line %(line)s holds no single feature", line=number)
            count += bool(text)
            if count % _TOLD == 0:
                yield FeaturesChecked(count, longest)
    yield FeaturesChecked(count, longest)


def _is_feature(text: str, decoder: json.JSONDecoder, line: int) -> bool:
    try:
        item = decoder.decode(text)
    except SaidTwice as error:
        raise Refused(
            "feature %(number)s says %(name)s twice", number=line, name=str(error)[:80]
        ) from error
    except (ValueError, RecursionError):
        return False
    return isinstance(item, dict) and item.get("type") == "Feature"


def _is_one(path: Path, decoder: json.JSONDecoder, most: int) -> bool:
    """Return whether the whole file is one feature."""
    if path.stat().st_size > most:
        return False
    text = path.read_bytes().removeprefix(_MARK).decode(errors="replace")
    return _is_feature(text, decoder, 1)
