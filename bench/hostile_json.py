"""GeoJSON, JSON and KML made to cost more than they hold, each as a file of its own."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from bench.hostile_tables import Make, text

_MB = 1 << 20
_SEEN = {"observed_at": "2023-07-13T15:30", "headcount": 3}
_HEAD, _END = '{"type":"FeatureCollection","features":[', "]}"
_POINT = '{"type":"Point","coordinates":[2.37,48.885]}'


def _feature(geometry: str = _POINT, properties: str = json.dumps(_SEEN)) -> str:
    return f'{{"type":"Feature","properties":{properties},"geometry":{geometry}}}'


def features(many: Callable[[], Iterable[str]], before: str = "") -> Make:
    """Return what writes a GeoJSON file of features."""

    def content() -> Iterator[str]:
        yield _HEAD.replace("{", "{" + before, 1) + _feature()
        for one in many():
            yield ",\n"
            yield one
        yield _END

    return text(content)


def _shape(kind: str, coordinates: str) -> str:
    return _feature(f'{{"type":"{kind}","coordinates":{coordinates}}}')


def _many(item: str, count: int) -> str:
    return "[" + ",".join([item] * count) + "]"


def _nested(count: int) -> str:
    head = '{"type":"GeometryCollection","geometries":['
    return _feature(head * count + _POINT + "]}" * count)


def _said(name: str, value: str) -> str:
    return _feature(properties=f'{{"observed_at":"2023-07-13T15:30",{json.dumps(name)}:{value}}}')


_BAD = _feature(properties='{"observed_at":"bad","headcount":3}')
GEOJSON: Mapping[str, Make] = {
    "tiny features, a million": features(lambda: itertools.repeat(_feature(), 1_000_000)),
    "bad features, a million": features(lambda: itertools.repeat(_BAD, 1_000_000)),
    "no geometry, a million": features(lambda: itertools.repeat(_feature("null", "{}"), 1_000_000)),
    "empty objects, 3 million": features(lambda: itertools.repeat("{}", 3_000_000)),
    "nulls, 10 million": features(lambda: itertools.repeat("null", 10_000_000)),
    "a line of a million vertices": features(
        lambda: [_shape("LineString", _many("[2.37,48.885]", 1_000_000))]
    ),
    "a polygon of a million vertices": features(
        lambda: [_shape("Polygon", f"[{_many('[2.37,48.885]', 1_000_000)}]")]
    ),
    "200,000 rings": features(
        lambda: [_shape("Polygon", _many("[[2,48],[3,48],[3,49],[2,48]]", 200_000))]
    ),
    "collections, 10,000 deep": features(lambda: [_nested(10_000)]),
    "brackets, 10 million deep": features(lambda: [_shape("Point", "[" * 10_000_000)]),
    "a text of 20 MB": features(lambda: [_said("unit", f'"{"a" * (20 * _MB)}"')]),
    "a text of 100 MB": features(lambda: [_said("unit", f'"{"a" * (100 * _MB)}"')]),
    "a text of 400 MB": features(lambda: [_said("unit", f'"{"a" * (400 * _MB)}"')]),
    "a text of 20 MB in each of 20": features(
        lambda: [_said("unit", f'"{"a" * (18 * _MB)}"')] * 20
    ),
    "a text of escapes, 60 MB": features(
        lambda: [_said("unit", '"' + "\\u00e9" * (10 * _MB) + '"')]
    ),
    "a text of 100 MB before": features(list, f'"name":"{"a" * (100 * _MB)}",'),
    "a text that never ends": features(lambda: [_said("unit", f'"{"a" * (100 * _MB)}')]),
    "a number of a million digits": features(lambda: [_said("accuracy_m", "9" * 1_000_000)]),
    "numbers of 10,000 digits": features(lambda: [_said("accuracy_m", "9" * 10_000)] * 5_000),
    "a field of its own in each": features(lambda: (_said(f"f{n}", "1") for n in range(50_000))),
    "100,000 fields": features(
        lambda: [_feature(properties=json.dumps({f"f{n}": n for n in range(100_000)}))]
    ),
    "a name said twice, late": features(
        lambda: [*itertools.repeat(_feature(), 200_000), _said("observed_at", "1")]
    ),
    "lists of a million in a field": features(lambda: [_said("unit", _many("1", 1_000_000))] * 3),
    "a name of 10 MB": features(lambda: [_said("a" * (10 * _MB), "1")]),
    "white space, 100 MB": features(lambda: [" " * (100 * _MB)]),
    "coordinates of 1e999": features(lambda: [_shape("Point", "[1e999,-1e999]")] * 100_000),
    "cut in the middle": text(lambda: [_HEAD, (_feature() + ",") * 300_000, _feature()[:40]]),
}


def objects(many: Callable[[], Iterable[str]]) -> Make:
    """Return what writes a JSON file of a list of objects."""

    def content() -> Iterator[str]:
        yield "[" + json.dumps({**_SEEN, "lon": 2.37, "lat": 48.885})
        for one in many():
            yield ",\n"
            yield one
        yield "]"

    return text(content)


_ROW = '{"observed_at":"bad","lon":2.37,"lat":48.885,"headcount":3}'
JSON: Mapping[str, Make] = {
    "bad rows, 900,000": objects(lambda: itertools.repeat(_ROW, 900_000)),
    "empty objects, 900,000": objects(lambda: itertools.repeat("{}", 900_000)),
    "numbers, 20 million": objects(lambda: [_many("1", 20_000_000)]),
    "numbers in a field, 20 million": objects(lambda: [f'{{"unit":{_many("1", 20_000_000)}}}']),
    "a text of 150 MB": objects(lambda: [f'{{"unit":"{"a" * (150 * _MB)}"}}']),
    "names, a million": objects(
        lambda: ["{" + ",".join(f'"f{n}":1' for n in range(1_000_000)) + "}"]
    ),
    "a name of its own in each": objects(lambda: (f'{{"f{n}":1}}' for n in range(900_000))),
    "brackets, 10 million deep": objects(lambda: ["[" * 10_000_000]),
    "quotation marks, 50 million": objects(lambda: ['"","",' * (25 * _MB // 3) + '""']),
    "a number of a million digits": objects(lambda: [f'{{"headcount":{"9" * 1_000_000}}}']),
    "lines of nothing": text(lambda: ["{}\n" * 900_000]),
    "white space, 150 MB": objects(lambda: [" " * (150 * _MB) + "{}"]),
}
KML: Mapping[str, Make] = {
    "placemarks, 500,000": text(
        lambda: [
            "<kml><Document>",
            "<Placemark><name>a</name></Placemark>" * 500_000,
            "</Document></kml>",
        ]
    ),
    "folders inside each other": text(lambda: ["<kml>", "<Folder>" * 1_000_000]),
    "a description of 100 MB": text(
        lambda: [
            "<kml><Placemark><description>",
            "a" * (100 * _MB),
            "</description></Placemark></kml>",
        ]
    ),
    "a line of a million vertices": text(
        lambda: [
            "<kml><Placemark><LineString><coordinates>",
            "2.37,48.88 " * 1_000_000,
            "</coordinates></LineString></Placemark></kml>",
        ]
    ),
}
