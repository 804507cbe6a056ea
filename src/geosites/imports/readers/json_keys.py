"""Detect duplicate keys in JSON objects, and list items that are not features.

Parsers would silently keep one value and drop the others.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from geosites.core.errors import Refused
from geosites.imports.readers.tables import BLOCK_BYTES

_FEATURES = re.compile(r'"features"\s*:\s*\[')
_BETWEEN = re.compile(r"[\s,]*")
MOST_FEATURE_MB = 20
"""Memory limit of a feature, and the number of characters that certainly exceed it."""
_MOST_LISTS_A_MB, _MOST_LISTS = 10_000, 500_000
"""Maximum number of lists, such as vertices, in a feature: per MB of memory, and in total."""
_MOST_BESIDE = 6 * BLOCK_BYTES
"""Maximum length of content before or after the features, which would be in memory."""


class SaidTwice(ValueError):
    """An object has a name twice; the message is the name."""


def once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Return an object of its names and values, for `json.loads`; raises `Refused`."""
    try:
        return names_once(pairs)
    except SaidTwice as error:
        raise Refused("an object says %(name)s twice", name=str(error)[:80]) from error


class FeaturesChecked(NamedTuple):
    """Number of features checked, and length of the longest."""

    features: int
    longest: int


def refuse_twice(path: Path, most_mb: int = MOST_FEATURE_MB) -> Iterator[FeaturesChecked]:
    """Yield the number of features checked, and the length of the longest, in characters.

    Raises `Refused` with the number of a feature that has duplicate keys, is not a feature, or
    takes too much memory.

    Features are checked one after the other as they are read; invalid JSON is reported by the layer
    reader.
    """
    longest_text = most_mb * BLOCK_BYTES
    most_lists = min(most_mb * _MOST_LISTS_A_MB, _MOST_LISTS)
    decoder = json.JSONDecoder(object_pairs_hook=names_once)
    decode = codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    text, at, number, longest = "", -1, 1, 0
    with path.open("rb") as file:
        while data := file.read(min(max(BLOCK_BYTES, len(text)), longest_text)):
            text += decode.decode(data)
            if at < 0:
                found = _FEATURES.search(text)
                at = found.end() if found else -1
                _require_short(found.start() if found else len(text))
            while at >= 0:
                between = _BETWEEN.match(text, at)
                start = between.end() if between else at
                if text.startswith("]", start):
                    _require_short(len(text) - start + path.stat().st_size - file.tell())
                    yield FeaturesChecked(number - 1, longest)
                    return
                try:
                    item, at = decoder.raw_decode(text, start)
                except SaidTwice as error:
                    raise Refused(
                        "feature %(number)s says %(name)s twice",
                        number=number,
                        name=str(error)[:80],
                    ) from error
                except (ValueError, RecursionError):
                    break
                if not (isinstance(item, dict) and item.get("type") == "Feature"):
                    raise Refused(
                        "feature %(number)s is none: %(text)s",
                        number=number,
                        text=json.dumps(item, ensure_ascii=False)[:80],
                    )
                longest = max(longest, at - start)
                number += 1
            text = text[max(at, 0) :]
            at = min(at, 0)
            if len(text) > longest_text:
                raise too_large(most_mb)
            if text.count("[") > most_lists:
                raise Refused(
                    "feature %(number)s has more than %(most)s vertices or lists",
                    number=number,
                    most=most_lists,
                )
            yield FeaturesChecked(number - 1, max(longest, len(text)))
    yield FeaturesChecked(number - 1, max(longest, len(text)))


def too_large(most_mb: int = MOST_FEATURE_MB) -> Refused:
    """Return the error of a feature that takes too much memory."""
    return Refused("a feature of the file takes more than %(most)s MB", most=most_mb)


def _require_short(beside: int) -> None:
    if beside > _MOST_BESIDE:
        raise Refused(
            "beside its features the file holds more than %(most)s MB: save the features alone",
            most=_MOST_BESIDE // BLOCK_BYTES,
        )


def names_once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """Return an object of its names and values; raises `SaidTwice`."""
    made = dict(pairs)
    if len(made) < len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise SaidTwice(name)
            seen.add(name)
    return made
