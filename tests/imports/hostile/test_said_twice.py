"""JSON in which an object says one name twice: one value would be taken without a word."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geosites.core.errors import Refused
from geosites.imports.readers.json_keys import refuse_twice
from geosites.imports.readers.tables import BLOCK_BYTES
from imports.conftest import Load

SEEN = '"observed_at": "2023-07-13T14:30+02:00", "headcount": 3'
POINT = '{"type": "Point", "coordinates": [2.3691, 48.8835]}'


def feature(properties: str) -> str:
    return f'{{"type": "Feature", "properties": {{{properties}}}, "geometry": {POINT}}}'


def collection(*features: str) -> str:
    return f'{{"type": "FeatureCollection", "features": [{", ".join(features)}]}}'


def test_a_feature_that_says_two_counts_is_refused_by_number(load: Load) -> None:
    once, twice = feature(SEEN), feature(f'{SEEN}, "headcount": 300')
    assert load("sightings", collection(once, once), "file.geojson").rows == 2
    with pytest.raises(Refused, match="feature 2 says headcount twice"):
        load("sightings", collection(once, twice), "file.geojson")


def test_an_object_that_says_two_counts_is_refused(load: Load) -> None:
    place = '"lon": 2.3691, "lat": 48.8835'
    assert load("sightings", f"[{{{SEEN}, {place}}}]", "file.json").rows == 1
    for text in (f"[{{{SEEN}, {place}, {SEEN}}}]", f"{{{SEEN}, {place}, {SEEN}}}"):
        with pytest.raises(Refused, match="says observed_at twice"):
            load("sightings", text, "file.json")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.dictionaries(st.text(), values), min_size=1, max_size=5),
    st.data(),
    st.sampled_from([0, BLOCK_BYTES - 200, BLOCK_BYTES, 3 * BLOCK_BYTES]),
)
def test_a_name_said_twice_is_found_wherever_it_stands(
    tmp_path: Path, rows: list[dict[str, object]], data: st.DataObject, before: int
) -> None:
    path = tmp_path / "file.geojson"
    texts = [feature(json.dumps(row)[1:-1]) for row in rows]
    start = '{"features": [' + " " * before
    path.write_text(f"{start}{','.join(texts)}]}}", encoding="utf-8")
    assert [*refuse_twice(path)][-1].features == len(texts)
    place = data.draw(st.integers(0, len(texts) - 1))
    texts[place] = texts[place][:-1] + ', "type": "Feature"}'
    path.write_text(f"{start}{','.join(texts)}]}}", encoding="utf-8")
    with pytest.raises(Refused, match=f"feature {place + 1} says type twice"):
        [*refuse_twice(path)]


def test_features_are_read_once_where_a_later_one_is_long(load: Load) -> None:
    rows = [{"observed_at": f"2023-07-13T14:{n % 60:02d}", "headcount": n} for n in range(12_000)]
    rows[9_000]["note"] = "a" * 60_000
    rows[11_000]["note"] = "a" * 20_000_000
    texts = [feature(json.dumps(row)[1:-1]) for row in rows]
    content = f'{{"type":"FeatureCollection","features":[{",".join(texts[:11_000])}]}}'
    report = load("sightings", content, "file.geojson", ignore=["note"], dry_run=True)
    assert (report.rows, report.added) == (11_000, 11_000)
    content = f'{{"type":"FeatureCollection","features":[{",".join(texts)}]}}'
    with pytest.raises(Refused):
        load("sightings", content, "file.geojson", ignore=["note"])


def test_a_fault_far_behind_is_found_before_a_row_comes_in(
    load: Load, held: Callable[[str], int]
) -> None:
    good = feature(json.dumps({"observed_at": "2023-07-13T14:30", "headcount": 3})[1:-1])
    for last, why in ((good[:-1] + ', "type": "Feature"}', "says type twice"), ("{}", "is none")):
        content = f'{{"type":"FeatureCollection","features":[{(good + ",") * 20_000}{last}]}}'
        with pytest.raises(Refused, match=f"feature 20001 {why}"):
            load("sightings", content, "file.geojson")
        assert held("sightings") == 0
