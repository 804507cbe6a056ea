"""No pattern takes long over a text that somebody made for it."""

from __future__ import annotations

import itertools
import pkgutil
import re
import time
from collections.abc import Iterator, Mapping
from importlib import import_module

import geosites

LONG = 600
"""Letters: what needs the fourth power of a length takes minutes of these."""
LIMIT_S = 5.0
"""Of the processor, for all texts together."""
HEADS = ("", "1", "a", "'", '"', "<", "rue ")
UNITS = (
    "a", "A", "0", "1", " ", "'", '"', ".", "-", ",", "\t", "é", "Aa", "a ", "1 ", "a-", "A-", "a'",
    "''", ", ", "; ", "q=", "<", "[", "(", "%", "rue ", "de la ", "\\", "@", "\r", "+1", "d'", "/",
    ":", "=", "_", "1/", "a1", "A. ",
)  # fmt: skip
TAILS = ("", "!", "\n")
ASIDE = ("__main__", "migrations")


def patterns() -> dict[str, re.Pattern[str] | re.Pattern[bytes]]:
    """Return every pattern that a module holds, by its place."""
    held: dict[str, re.Pattern[str] | re.Pattern[bytes]] = {}
    known = set()
    for module in pkgutil.walk_packages(geosites.__path__, "geosites."):
        if any(part in ASIDE for part in module.name.split(".")):
            continue
        for name, value in vars(import_module(module.name)).items():
            for number, one in enumerate(inside(value)):
                if one not in known:
                    known.add(one)
                    held[f"{module.name}.{name}[{number}]"] = one
    return held


def inside(value: object, deep: int = 3) -> Iterator[re.Pattern[str] | re.Pattern[bytes]]:
    if isinstance(value, re.Pattern):
        yield value
    elif deep and isinstance(value, Mapping):
        yield from itertools.chain.from_iterable(inside(one, deep - 1) for one in value.values())
    elif deep and isinstance(value, (tuple, list)):
        yield from itertools.chain.from_iterable(inside(one, deep - 1) for one in value)


def spent_s(pattern: re.Pattern[str] | re.Pattern[bytes]) -> float:
    """Return the processor's time over every text, or over those up to the limit."""
    began = time.process_time()
    for head, unit, tail in itertools.product(HEADS, UNITS, TAILS):
        text = head + unit * (LONG // len(unit)) + tail
        given = text.encode() if isinstance(pattern.pattern, bytes) else text
        pattern.search(given)  # type: ignore[arg-type]
        pattern.fullmatch(given)  # type: ignore[arg-type]
        if time.process_time() - began > LIMIT_S:
            break
    return time.process_time() - began


def test_no_pattern_takes_long_over_a_text_made_for_it() -> None:
    held = patterns()
    assert len(held) >= 80
    assert [place for place, pattern in held.items() if spent_s(pattern) > LIMIT_S] == []


def test_a_pattern_that_reads_spaces_again_and_again_is_told() -> None:
    assert spent_s(re.compile(r"\s*\s*rue")) > 5 * spent_s(re.compile(r"\s*+rue"))
