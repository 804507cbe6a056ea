"""CQL2, reference systems and what cannot be asked by them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from geosites.core import city, crs

EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
SIGHTINGS = "/ogc/collections/sightings/items"
CLOSURES = "/ogc/collections/closures/items"
EVENING = "2022-10-09T18:00:00Z"


def asked(client: TestClient, text: str, **more: str) -> Any:
    return client.get(SIGHTINGS, params={"limit": "10000", "filter": text, **more})


def rows(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{SIGHTINGS}?limit=10000").json()["features"]
    return found


KEPT = {
    "headcount > 20": lambda told: told["headcount"] > 20,
    "headcount >= 20.5": lambda told: told["headcount"] >= 20.5,
    "headcount BETWEEN 3 AND 5": lambda told: 3 <= told["headcount"] <= 5,
    "headcount NOT BETWEEN 3 AND 5": lambda told: not 3 <= told["headcount"] <= 5,
    "headcount IN (1, 2)": lambda told: told["headcount"] in (1, 2),
    "territory LIKE '7511%'": lambda told: told["territory"].startswith("7511"),
    "territory NOT LIKE '7511_'": lambda told: not told["territory"].startswith("7511"),
    "CASEI(origin) = casei('PATROL')": lambda told: told["origin"] == "patrol",
    "CASEI(origin) LIKE casei('PAT%')": lambda told: told["origin"].startswith("pat"),
    "verified = true": lambda told: told["verified"],
    "NOT verified": lambda told: not told["verified"],
    "site IS NULL": lambda told: told["site"] is None,
    "unit IS NOT NULL": lambda told: told["unit"] is not None,
    "territory = '75118' OR territory = '75119' AND headcount = 0": lambda told: (
        told["territory"] == "75118" or (told["territory"] == "75119" and told["headcount"] == 0)
    ),
    "NOT (territory = '75118' OR headcount = 0)": lambda told: (
        told["territory"] != "75118" and told["headcount"] != 0
    ),
    "origin = time_precision": lambda told: False,
    f"observed_at > TIMESTAMP('{EVENING}')": lambda told: told["observed_at"] > EVENING[:19],
    f"T_AFTER(observed_at, TIMESTAMP('{EVENING}'))": lambda told: (
        told["observed_at"] > EVENING[:19]
    ),
    f"T_DURING(observed_at, INTERVAL('2022-10-08T18:00:00Z','{EVENING}'))": lambda told: (
        "2022-10-08T18:00:00+00:00" < told["observed_at"] < "2022-10-09T18:00:00+00:00"
    ),
    f"T_INTERSECTS(observed_at, INTERVAL('{EVENING}','..'))": lambda told: (
        told["observed_at"] >= EVENING[:19]
    ),
    "true": lambda told: True,
    "false": lambda told: False,
}


@pytest.mark.parametrize("text", KEPT)
def test_a_filter_keeps_what_it_says(ogc: TestClient, text: str) -> None:
    answer = asked(ogc, text)
    assert answer.status_code == 200, answer.text
    kept = [one["id"] for one in rows(ogc) if KEPT[text](one["properties"])]
    assert [one["id"] for one in answer.json()["features"]] == kept
    assert answer.json()["numberMatched"] == len(kept)


DAY = "2022-10-05"
DAYS = {
    f"observed_at = DATE('{DAY}')": lambda day: day == DAY,
    f"observed_at <> DATE('{DAY}')": lambda day: day != DAY,
    f"observed_at < DATE('{DAY}')": lambda day: day < DAY,
    f"observed_at <= DATE('{DAY}')": lambda day: day <= DAY,
    f"observed_at > DATE('{DAY}')": lambda day: day > DAY,
    f"observed_at >= DATE('{DAY}')": lambda day: day >= DAY,
    f"DATE('{DAY}') < observed_at": lambda day: day > DAY,
    f"DATE('{DAY}') >= observed_at": lambda day: day <= DAY,
    f"observed_at <= '{DAY}'": lambda day: day <= DAY,
    "observed_at BETWEEN DATE('2022-10-03') AND DATE('2022-10-05')": lambda day: (
        "2022-10-03" <= day <= DAY
    ),
    "observed_at IN (DATE('2022-10-03'), DATE('2022-10-05'))": lambda day: (
        day in ("2022-10-03", DAY)
    ),
    f"T_INTERSECTS(observed_at, DATE('{DAY}'))": lambda day: day == DAY,
    f"T_AFTER(observed_at, DATE('{DAY}'))": lambda day: day > DAY,
    f"T_BEFORE(observed_at, DATE('{DAY}'))": lambda day: day < DAY,
    f"T_DISJOINT(observed_at, DATE('{DAY}'))": lambda day: day != DAY,
}


@pytest.mark.parametrize("text", DAYS)
def test_a_date_is_a_whole_day_on_the_clocks_of_the_city(ogc: TestClient, text: str) -> None:
    answer = asked(ogc, text)
    assert answer.status_code == 200, answer.text
    kept = [one["id"] for one in rows(ogc) if DAYS[text](_day(one["properties"]["observed_at"]))]
    assert [one["id"] for one in answer.json()["features"]] == kept != []


def _day(text: str) -> str:
    return dt.datetime.fromisoformat(text).astimezone(city.zone()).date().isoformat()


AREA = "POLYGON((2.36 48.88,2.38 48.88,2.38 48.89,2.36 48.89,2.36 48.88))"


@pytest.mark.parametrize("name", ["S_INTERSECTS", "S_WITHIN"])
@pytest.mark.parametrize("written", [AREA, "BBOX(2.36,48.88,2.38,48.89)"])
def test_a_geometry_in_a_filter_is_met(ogc: TestClient, name: str, written: str) -> None:
    area = shapely.from_wkt(AREA)
    inside = {
        one["id"] for one in rows(ogc) if area.covers(shapely.geometry.shape(one["geometry"]))
    }
    found = asked(ogc, f"{name}(geometry, {written})").json()
    assert {one["id"] for one in found["features"]} == inside != set()
    apart = asked(ogc, f"S_DISJOINT(geometry, {written})").json()
    assert apart["numberMatched"] == 1320 - len(inside)


@pytest.mark.parametrize(
    "name", ["S_CONTAINS", "S_CROSSES", "S_EQUALS", "S_OVERLAPS", "S_TOUCHES", "S_INTERSECTS"]
)
@pytest.mark.parametrize(
    "written",
    [
        "POINT(2.36 48.88)",
        "LINESTRING(2.3 48.8,2.4 48.9)",
        "MULTIPOINT((2.36 48.88),(2.37 48.89))",
        "MULTILINESTRING((2.3 48.8,2.4 48.9))",
        f"MULTI{AREA.replace('((', '(((').replace('))', ')))')}",
        "POLYGON((-180 -90,180 -90,180 90,-180 90,-180 -90))",
    ],
)
def test_every_spatial_operator_takes_every_geometry(
    ogc: TestClient, name: str, written: str
) -> None:
    for collection in ("sightings", "sites"):
        address = f"/ogc/collections/{collection}/items"
        answer = ogc.get(address, params={"filter": f"{name}(geometry, {written})"})
        assert answer.status_code == 200, answer.text


def test_a_filter_written_as_json_says_the_same(ogc: TestClient) -> None:
    tree = {
        "op": "and",
        "args": [
            {"op": ">", "args": [{"property": "headcount"}, 20]},
            {
                "op": "s_intersects",
                "args": [{"property": "geometry"}, json.loads(shapely.to_geojson(_area()))],
            },
        ],
    }
    as_json = asked(ogc, json.dumps(tree), **{"filter-lang": "cql2-json"}).json()
    as_text = asked(ogc, f"headcount > 20 AND S_INTERSECTS(geometry, {AREA})").json()
    assert as_json["features"] == as_text["features"] != []


def _area() -> shapely.Geometry:
    return shapely.from_wkt(AREA)


@pytest.mark.parametrize(
    ("relation", "matched"),
    [
        ("T_AFTER", 0),
        ("T_BEFORE", 0),
        ("T_CONTAINS", 0),
        ("T_DISJOINT", 0),
        ("T_DURING", 0),
        ("T_EQUALS", 0),
        ("T_FINISHEDBY", 1),
        ("T_FINISHES", 0),
        ("T_INTERSECTS", 1),
        ("T_MEETS", 0),
        ("T_METBY", 0),
        ("T_OVERLAPPEDBY", 0),
        ("T_OVERLAPS", 0),
        ("T_STARTEDBY", 0),
        ("T_STARTS", 0),
    ],
)
def test_times_stand_to_each_other_as_allen_says(
    ogc: TestClient, relation: str, matched: int
) -> None:
    spans = "INTERVAL(closed_from, closed_until), INTERVAL('2022-10-01T00:00:00Z', '..')"
    answer = ogc.get(CLOSURES, params={"filter": f"{relation}({spans})"})
    assert answer.json()["numberMatched"] == matched, answer.text


BAD = {
    "nonsense = 1": "no property 'nonsense'",
    "known = 1": "no property 'known'",
    "superseded_by IS NULL": "no property",
    "headcount = 'many'": "headcount is integer",
    "territory > 3": "territory is text",
    "verified = 1": "verified is boolean",
    "headcount": "headcount is not a condition",
    "observed_at = 'yesterday'": "not a time",
    "S_INTERSECTS(territory, POINT(1 2))": "not a geometry",
    "S_INTERSECTS(geometry, POLYGON((0 0,1 1,1 0,0 1,0 0)))": "Self-intersection",
    "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(0 0)))": "geometry collection",
    "S_DWITHIN(geometry, POINT(2 48), 3)": "no operator",
    "pg_sleep(10) = 1": "no function",
    "headcount + 1 = 2": "no function",
    "ACCENTI(site) = 'x'": "no function",
    "territory LIKE 'x\\'": "backslash",
    "headcount = NULL": "filter",
    "headcount > 1; DROP TABLE sighting": "cannot be read",
    "' OR 1=1 --": "cannot be read",
    "A_CONTAINS(site, ('x'))": "no operator",
    "(" * 60 + "true" + ")" * 60: "nested deeper",
    "NOT " * 400 + "true": "parts",
    "-" * 8000 + "1 = headcount": "",
    "headcount = 1" + " OR headcount = 1" * 300: "parts",
    "x" * 30_000: "longer",
    "": "cannot be read",
}


@pytest.mark.parametrize("text", BAD, ids=lambda text: text[:40])
def test_a_filter_that_cannot_be_is_refused_with_its_fault(ogc: TestClient, text: str) -> None:
    answer = asked(ogc, text)
    assert answer.status_code == 400, answer.text
    assert BAD[text] in answer.json()["detail"]
    assert answer.json()["detail"].startswith("filter: ") or "geometry: " in answer.text


INJECTIONS = (
    "'; DROP TABLE sighting; --",
    "75118' OR '1'='1",
    "\\'; SELECT pg_sleep(9); --",
    "%(most)s",
    "%s%%",
    ":after_0",
    "$1",
    '") FROM sighting; --',
)


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_is_typed_never_becomes_sql(ogc: TestClient, text: str) -> None:
    quoted = text.replace("'", "''")
    for params in (
        {"filter": f"territory = '{quoted}'"},
        {"filter": f"territory LIKE '{quoted}'"},
        {"filter": f"territory IN ('{quoted}', 'x')"},
        {"filter": f"CASEI(territory) = casei('{quoted}')"},
        {"territory": text},
    ):
        answer = ogc.get(SIGHTINGS, params=params)
        assert (answer.status_code, answer.json()["numberMatched"]) == (200, 0), answer.text
    answer = ogc.get(SIGHTINGS, params={"filter": f'"{text}" = 1'})
    assert answer.status_code == 400
    assert ogc.get(SIGHTINGS).json()["numberMatched"] == 1320


@given(st.text(max_size=60))
def test_any_text_as_a_filter_is_answered_or_refused(ogc: TestClient, text: str) -> None:
    assert asked(ogc, text).status_code in (200, 400)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.fixed_dictionaries(
                {
                    "op": st.sampled_from(["and", "not", "=", "in", "like", "between", "t_after"]),
                    "args": st.lists(
                        inner | st.just({"property": "headcount"}) | st.just({"property": "site"}),
                        max_size=3,
                    ),
                }
            )
        ),
        max_leaves=8,
    )
)
def test_any_json_as_a_filter_is_answered_or_refused(ogc: TestClient, tree: Any) -> None:
    answer = asked(ogc, json.dumps(tree), **{"filter-lang": "cql2-json"})
    assert answer.status_code in (200, 400)


# reference systems ----------------------------------------------------------------------------


def _points(client: TestClient, uri: str | None) -> shapely.MultiPoint:
    params = {"limit": "50", **({"crs": uri} if uri else {})}
    answer = client.get(SIGHTINGS, params=params)
    assert answer.headers["content-crs"] == f"<{uri or CRS84}>"
    return shapely.MultiPoint([one["geometry"]["coordinates"] for one in answer.json()["features"]])


def test_coordinates_come_in_the_system_that_was_asked(ogc: TestClient) -> None:
    plain = _points(ogc, None)
    assert plain.equals_exact(_points(ogc, CRS84), 0)
    turned = shapely.transform(_points(ogc, f"{EPSG}4326"), lambda xy: xy[:, ::-1])
    assert turned.equals_exact(plain, 1e-9)
    metres = crs.geometry_to_metric(plain)
    assert metres.equals_exact(_points(ogc, f"{EPSG}2154"), 0.02)
    mercator = crs.brought_to_metric(_points(ogc, f"{EPSG}3857"), 3857)
    assert mercator.equals_exact(metres, 0.02)


def test_one_feature_comes_in_the_system_that_was_asked(ogc: TestClient) -> None:
    one = ogc.get(f"{SIGHTINGS}?limit=1").json()["features"][0]
    answer = ogc.get(f"{SIGHTINGS}/{one['id']}", params={"crs": f"{EPSG}4326"})
    assert answer.headers["content-crs"] == f"<{EPSG}4326>"
    assert answer.json()["geometry"]["coordinates"] == one["geometry"]["coordinates"][::-1]


BOXES = {
    CRS84: "2.36,48.88,2.38,48.89",
    f"{EPSG}4326": "48.88,2.36,48.89,2.38",
    f"{EPSG}3857": "262713.998,6254524.379,264940.388,6256217.265",
    f"{EPSG}2154": "653059,6864752,654533,6865877",
}


@pytest.mark.parametrize("uri", BOXES)
def test_a_box_is_read_in_the_system_it_is_said_to_be_in(ogc: TestClient, uri: str) -> None:
    plain = ogc.get(SIGHTINGS, params={"bbox": BOXES[CRS84]}).json()["numberMatched"]
    found = ogc.get(SIGHTINGS, params={"bbox": BOXES[uri], "bbox-crs": uri}).json()
    assert found["numberMatched"] == plain > 0


@pytest.mark.parametrize("uri", BOXES)
def test_a_filter_is_read_in_the_system_it_is_said_to_be_in(ogc: TestClient, uri: str) -> None:
    plain = ogc.get(SIGHTINGS, params={"bbox": BOXES[CRS84]}).json()["numberMatched"]
    params = {"filter": f"S_INTERSECTS(geometry, BBOX({BOXES[uri]}))", "filter-crs": uri}
    assert ogc.get(SIGHTINGS, params=params).json()["numberMatched"] == plain > 0


def test_the_systems_are_said_with_that_of_the_store(ogc: TestClient) -> None:
    told = ogc.get("/ogc/collections/sites").json()
    assert set(told["crs"]) == set(BOXES)
    assert told["storageCrs"] == f"{EPSG}2154"
