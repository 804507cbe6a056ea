"""Boundary files made to cost more than they hold, each read as those of a city."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from bench.hostile_json import _END, _HEAD, _feature, _many, _nested
from bench.hostile_layers import layer
from bench.hostile_tables import Make, text
from geosites.imports.city.folder import Choices, understood

_SAID = Choices(as_proposed=True, zone="Europe/Paris")


def read(folder: Path) -> str:
    """Return what is said of a folder of boundary files."""
    found = understood(folder, _SAID)
    return f"read: {len(found.territories)} territories"


def _areas(many: Callable[[], Iterable[str]]) -> Make:
    def content() -> Iterator[str]:
        yield _HEAD
        for number, one in enumerate(many()):
            yield (",\n" if number else "") + one
        yield _END

    return text(content)


def _area(name: object, rings: str) -> str:
    properties = json.dumps({"name": f"Quarter {name}"})
    return _feature(f'{{"type":"Polygon","coordinates":{rings}}}', properties)


def _square(x: float, y: float, side: float = 0.001) -> str:
    corners = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return json.dumps([[[round(a, 6), round(b, 6)] for a, b in corners]])


def _grid(side: int) -> Iterator[str]:
    for n in range(side * side):
        yield _area(n, _square(2 + n % side / 1000, 48 + n // side / 1000))


def _zigzag(count: int) -> str:
    """Return a ring that crosses itself everywhere."""
    corners = [
        [2 + (n * 7919 % count) / count, 48 + (n * 104729 % count) / count] for n in range(count)
    ]
    return json.dumps([[*corners, corners[0]]])


def _comb(turned: bool, teeth: int = 3_000) -> str:
    """Return a ring without a fault, each of whose teeth crosses those of the one turned."""
    ring = [(x, y) for n in range(teeth) for x, y in ((n, 0), (n, 1), (n + 0.4, 1), (n + 0.4, -1))]
    corners = [(x / teeth, y) for x, y in (*ring, (teeth, -2), (0, -2), ring[0])]
    return json.dumps([[[2 + (y if turned else x), 48 + (x if turned else y)] for x, y in corners]])


BORDERS: Mapping[str, Make] = {
    "a polygon of two million vertices": _areas(
        lambda: [_area(1, f"[{_many('[2.37,48.885]', 2_000_000)}]"), _area(2, _square(2.4, 48.8))]
    ),
    "a ring that crosses itself, 3,000 vertices": _areas(
        lambda: [_area(1, _zigzag(3_000)), _area(2, _square(4, 48.8))]
    ),
    "a ring that crosses itself, 400 vertices": _areas(
        lambda: [_area(1, _zigzag(400)), _area(2, _square(4, 48.8))]
    ),
    "two combs of 3,000 teeth that cross": _areas(
        lambda: [_area(1, _comb(turned=False)), _area(2, _comb(turned=True))]
    ),
    "200,000 rings": _areas(lambda: [_area(1, _many("[[2,48],[3,48],[3,49],[2,48]]", 200_000))]),
    "areas, 100,000": _areas(lambda: (_area(n, _square(2.37, 48.8)) for n in range(100_000))),
    "one area 3,000 times": _areas(lambda: (_area(n, _square(2.37, 48.8)) for n in range(3_000))),
    "10,000 squares": _areas(lambda: _grid(100)),
    "collections, 10,000 deep": _areas(lambda: [_nested(10_000)]),
    "1,900 fields": _areas(
        lambda: [
            _feature(
                f'{{"type":"Polygon","coordinates":{_square(2.3, 48.8)}}}',
                json.dumps({f"f{n}": f"Quarter {n}" for n in range(1_900)}),
            )
        ]
    ),
    "a name of 50 MB": _areas(lambda: [_area("a" * 50_000_000, _square(2.3, 48.8))]),
    "nulls, 10 million": _areas(lambda: ["null," * 10_000_000 + "null"]),
}
PACKAGES: Mapping[str, Make] = {
    "a view without an end": layer(
        "ALTER TABLE seen RENAME TO kept",
        "CREATE VIEW seen AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)"
        " SELECT kept.* FROM kept, r",
    ),
    "a geometry of 300 MB": layer("UPDATE seen SET geom = zeroblob(300000000)"),
}
