"""OGC API - Features Part 1, Annex A: its abstract tests, written as tests."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
import pytest
import shapely
from starlette.testclient import TestClient

from geosites.core import city
from geosites.permissions.policy import Role
from routes.ogc_schemas import COLLECTIONS, CONFORMANCE, FEATURE, FEATURES, LANDING

ALL = ("territories", "sites", "sightings", "operations", "closures", "hotspots", "weeks", "flows")
STORED = ALL[:5]
PARIS = "2.22,48.81,2.47,48.91"
SIGHTINGS = "/ogc/collections/sightings/items"


def rels(document: dict[str, Any]) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in document["links"]}


def pages(client: TestClient, address: str) -> Iterator[dict[str, Any]]:
    seen = set()
    while address:
        assert address not in seen, "a page leads back to itself"
        seen.add(address)
        document = client.get(address).json()
        yield document
        address = rels(document).get("next", "")


def ids(client: TestClient, address: str) -> list[str]:
    return [one["id"] for page in pages(client, address) for one in page["features"]]


# A.2.2: the landing page and the API definition -----------------------------------------------


def test_the_landing_page_leads_to_everything(ogc: TestClient) -> None:
    answer = ogc.get("/ogc")
    assert answer.status_code == 200
    jsonschema.validate(answer.json(), LANDING)
    found = rels(answer.json())
    assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= set(found)
    for rel in ("service-desc", "service-doc", "conformance", "data"):
        assert ogc.get(found[rel]).status_code == 200


def test_the_api_definition_comes_with_the_media_type_its_link_says(ogc: TestClient) -> None:
    link = next(one for one in ogc.get("/ogc").json()["links"] if one["rel"] == "service-desc")
    assert ogc.get(link["href"]).headers["content-type"] == link["type"]


def test_conformance_names_the_classes_of_the_core(ogc: TestClient) -> None:
    answer = ogc.get("/ogc/conformance")
    jsonschema.validate(answer.json(), CONFORMANCE)
    base = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
    wanted = {base + name for name in ("core", "oas30", "html", "geojson")}
    assert wanted <= set(answer.json()["conformsTo"])


@pytest.mark.parametrize("address", ["/ogc", "/ogc/conformance", "/ogc/collections", SIGHTINGS])
def test_http_errors_and_methods_are_those_of_http(ogc: TestClient, address: str) -> None:
    assert ogc.get(address).status_code == 200
    assert ogc.put(address, headers={"Origin": "http://127.0.0.1:8000"}).status_code == 405


# A.2.4 to A.2.6: collections ------------------------------------------------------------------


def test_the_collections_are_listed_with_their_links(ogc: TestClient) -> None:
    document = ogc.get("/ogc/collections").json()
    jsonschema.validate(document, COLLECTIONS)
    assert [one["id"] for one in document["collections"]] == list(ALL)
    assert {"self", "alternate"} <= set(rels(document))
    for one in document["collections"]:
        kinds = {link["type"] for link in one["links"] if link["rel"] == "items"}
        assert kinds == {"application/geo+json", "text/html"}


@pytest.mark.parametrize("name", ALL)
def test_a_collection_says_the_same_alone_as_in_the_list(ogc: TestClient, name: str) -> None:
    listed = {one["id"]: one for one in ogc.get("/ogc/collections").json()["collections"]}
    alone = ogc.get(f"/ogc/collections/{name}").json()
    same = ("id", "title", "description", "extent", "itemType", "storageCrs", "links")
    assert {key: alone[key] for key in same} == {key: listed[name][key] for key in same}


def test_a_collection_that_is_not_there_is_not_found(ogc: TestClient) -> None:
    for path in ("", "/items", "/items/1", "/queryables", "/tiles"):
        assert ogc.get(f"/ogc/collections/nothing{path}").status_code == 404


def test_the_extent_holds_every_feature_and_every_time(ogc: TestClient) -> None:
    extent = ogc.get("/ogc/collections/sightings").json()["extent"]
    around = shapely.box(*extent["spatial"]["bbox"][0])
    start, end = map(dt.datetime.fromisoformat, extent["temporal"]["interval"][0])
    for feature in ogc.get(f"{SIGHTINGS}?limit=10000").json()["features"]:
        assert around.covers(shapely.geometry.shape(feature["geometry"]))
        seen = dt.datetime.fromisoformat(feature["properties"]["observed_at"])
        assert start <= seen <= end


TIMES = {
    "operations": ("started_at", "ended_at"),
    "closures": ("closed_from", "closed_until"),
    "hotspots": ("start", "end"),
    "weeks": ("start", "end"),
    "flows": ("at", "at"),
}


@pytest.mark.parametrize("name", ALL)
def test_every_collection_says_from_when_to_when_it_holds_features(
    ogc: TestClient, name: str
) -> None:
    extent = ogc.get(f"/ogc/collections/{name}").json()["extent"]["temporal"]
    assert extent["trs"] == "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
    (interval,) = extent["interval"]
    start, end = (one and dt.datetime.fromisoformat(one) for one in interval)
    features = ogc.get(f"/ogc/collections/{name}/items?limit=10000").json()["features"]
    if name not in TIMES:
        assert name == "sightings" or interval == [None, None]
        return
    for begins, ends in ([one["properties"][key] for key in TIMES[name]] for one in features):
        assert start <= dt.datetime.fromisoformat(begins)
        assert end is None or dt.datetime.fromisoformat(ends) <= end
    open_ended = any(one["properties"][TIMES[name][1]] is None for one in features)
    assert (end is None) == open_ended


# A.2.7: features ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ALL)
def test_features_come_as_the_standard_writes_them(ogc: TestClient, name: str) -> None:
    answer = ogc.get(f"/ogc/collections/{name}/items")
    assert answer.headers["content-type"] == "application/geo+json"
    document = answer.json()
    jsonschema.validate(document, FEATURES)
    assert document["numberReturned"] == len(document["features"]) > 0
    stamp = document["timeStamp"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp)
    assert {"self", "alternate", "collection"} <= set(rels(document))
    assert document.get("numberMatched", 10**9) >= document["numberReturned"]


@pytest.mark.parametrize("name", ALL)
def test_a_feature_alone_is_the_one_of_the_list(ogc: TestClient, name: str) -> None:
    listed = ogc.get(f"/ogc/collections/{name}/items?limit=2").json()["features"]
    for one in listed:
        answer = ogc.get(f"/ogc/collections/{name}/items/{one['id']}")
        assert answer.headers["content-type"] == "application/geo+json"
        jsonschema.validate(answer.json(), FEATURE)
        alone = answer.json()
        assert {"self", "alternate", "collection"} <= set(rels(alone))
        assert {key: alone[key] for key in one} == one


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("identifier", ["nothing", "0", "2022-W41-1-1", "a@b-1", "%00", "é" * 400])
def test_a_feature_that_is_not_there_is_not_found(
    ogc: TestClient, name: str, identifier: str
) -> None:
    answer = ogc.get(f"/ogc/collections/{name}/items/{identifier}")
    assert answer.status_code in (400, 404)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("name", ALL)
def test_pages_end_and_together_are_everything_once(ogc: TestClient, name: str) -> None:
    whole = ids(ogc, f"/ogc/collections/{name}/items?limit=10000")
    in_parts = ids(ogc, f"/ogc/collections/{name}/items?limit={max(2, len(whole) // 4)}")
    assert in_parts == whole
    assert len(set(whole)) == len(whole) > 0


def test_a_page_keeps_the_question_on_the_way(ogc: TestClient) -> None:
    asked = f"{SIGHTINGS}?limit=50&territory=75118&datetime=2022-09-01T00:00:00Z/.."
    found = [one for page in pages(ogc, asked) for one in page["features"]]
    assert {one["properties"]["territory"] for one in found} == {"75118"}
    assert len(found) == next(pages(ogc, asked))["numberMatched"]


@pytest.mark.parametrize(
    ("limit", "returned"), [("1", 1), ("7", 7), ("10000", 1320), ("99999999", 1320)]
)
def test_a_limit_is_kept_and_one_too_large_is_made_smaller(
    ogc: TestClient, limit: str, returned: int
) -> None:
    document = ogc.get(f"{SIGHTINGS}?limit={limit}").json()
    assert (document["numberReturned"], document["numberMatched"]) == (returned, 1320)


def test_without_a_limit_there_are_a_hundred(ogc: TestClient) -> None:
    assert ogc.get(SIGHTINGS).json()["numberReturned"] == 100


# bbox and datetime ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", STORED)
def test_a_box_gives_what_meets_it_and_nothing_else(ogc: TestClient, name: str) -> None:
    everything = ogc.get(f"/ogc/collections/{name}/items?limit=10000").json()["features"]
    box = "2.36,48.88,2.38,48.89"
    around = shapely.box(2.36, 48.88, 2.38, 48.89)
    inside = {
        one["id"]
        for one in everything
        if shapely.intersects(shapely.geometry.shape(one["geometry"]), around)
    }
    asked = f"/ogc/collections/{name}/items?limit=10000&bbox={box}"
    assert set(ids(ogc, asked)) == inside
    heights = "2.36,48.88,-5,2.38,48.89,9000"
    assert set(ids(ogc, f"/ogc/collections/{name}/items?limit=10000&bbox={heights}")) == inside


@pytest.mark.parametrize(
    ("box", "matched"),
    [
        ("-180,-90,180,90", 1320),
        ("1,43,8,52", 1320),
        ("10,10,20,20", 0),
        ("179,80,180,85", 0),
        ("2.38995,48.899854,2.38995,48.899854", 0),
    ],
)
def test_any_box_of_the_world_can_be_asked(ogc: TestClient, box: str, matched: int) -> None:
    assert ogc.get(f"{SIGHTINGS}?bbox={box}").json()["numberMatched"] == matched


@pytest.mark.parametrize(
    ("asked", "matched"),
    [
        ("2022-10-09T19:00:00Z", 1),
        ("2022-10-09T21:00:00%2B02:00", 1),
        ("2022-10-09T21:00:00+02:00", 1),
        ("2022-10-09T18:00:00Z/2022-10-09T19:00:00Z", 12),
        ("2022-10-09T18:49:00Z/..", 12),
        ("2022-10-09T18:49:00Z/", 12),
        ("2022-10-09", 24),
        ("2022-10-09/2022-10-09", 24),
        ("../2000-01-01T00:00:00Z", 0),
        ("/2000-01-01T00:00:00Z", 0),
        ("0001-01-01T00:00:00Z/9999-12-31T23:59:59Z", 1320),
    ],
)
def test_a_time_gives_what_meets_it(ogc: TestClient, asked: str, matched: int) -> None:
    document = ogc.get(f"{SIGHTINGS}?datetime={asked}&limit=10000").json()
    assert document["numberMatched"] == matched == len(document["features"])


def test_a_closure_without_an_end_is_there_ever_after(ogc: TestClient) -> None:
    closures = "/ogc/collections/closures/items"
    assert ogc.get(f"{closures}?datetime=2090-01-01T00:00:00Z").json()["numberMatched"] == 1
    assert ogc.get(f"{closures}?datetime=2022-09-01T00:00:00Z").json()["numberMatched"] == 0


def test_what_has_no_time_is_there_at_all_times(ogc: TestClient) -> None:
    asked = "/ogc/collections/sites/items?datetime=1990-01-01T00:00:00Z"
    assert ogc.get(asked).json()["numberMatched"] == 8


@pytest.mark.parametrize("name", ["hotspots", "weeks"])
@pytest.mark.parametrize("asked", ["2022-10-05T12:00:00Z", "2022-10-09T21:59:00Z", "2022-10-04"])
def test_a_time_picks_the_week_that_holds_it(ogc: TestClient, name: str, asked: str) -> None:
    document = ogc.get(f"/ogc/collections/{name}/items?datetime={asked}").json()
    assert {one["properties"]["week"] for one in document["features"]} == {"2022-W40"}
    assert document["numberMatched"] == document["numberReturned"]


# what is refused ------------------------------------------------------------------------------

BAD = {
    "nonsense=1": "no parameter 'nonsense'",
    "limit=0": "limit",
    "limit=-1": "limit",
    "limit=ten": "limit",
    "limit=1&limit=2": "limit: given twice",
    "bbox=1,2,3": "bbox: 4 numbers",
    "bbox=a,b,c,d": "bbox: 'a' is not a number",
    "bbox=nan,1,2,3": "finite",
    "bbox=170,10,-170,20": "antimeridian",
    "bbox=2,49,3,48": "bbox: the lower corner",
    "bbox=1,2,3,4&bbox-crs=EPSG:4326": "bbox-crs",
    "datetime=yesterday": "datetime",
    "datetime=2022-10-05T12:00:00": "no offset",
    "datetime=../..": "open at both ends",
    "datetime=": "datetime",
    "datetime=2022-10-05T12:00:00Z/2022-10-04T12:00:00Z": "ends before it starts",
    "datetime=2022-10-05/2022-10-06/2022-10-07": "neither an instant nor an interval",
    "crs=http://www.opengis.net/def/crs/EPSG/0/27700": "crs",
    "f=xml": "f: 'xml'",
    "headcount=many": "headcount",
    "verified=perhaps": "verified",
    "territory=%00": "character 0",
    "after=nonsense": "after",
    "after=WyJhIl0": "after",
    "after=WyIyMDIyLTEwLTA5IiwieCJd": "after",
    "filter-lang=sql": "filter-lang",
}


@pytest.mark.parametrize("asked", BAD)
def test_a_bad_parameter_is_a_problem_that_names_it(ogc: TestClient, asked: str) -> None:
    answer = ogc.get(f"{SIGHTINGS}?{asked}")
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["type"] == "/problems#bad-parameter"
    assert BAD[asked] in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["", "/conformance", "/collections", "/api", "/collections/sites", "/tileMatrixSets"]
)
def test_every_address_refuses_what_it_does_not_know(ogc: TestClient, path: str) -> None:
    assert ogc.get(f"/ogc{path}?colour=red").status_code == 400


def _day(text: str) -> str:
    """Return the day on the clocks of Paris."""
    return dt.datetime.fromisoformat(text).astimezone(city.zone()).date().isoformat()


# properties -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("territory=75118", lambda told: told["territory"] == "75118"),
        ("headcount=0", lambda told: told["headcount"] == 0),
        ("verified=true", lambda told: told["verified"]),
        ("verified=false", lambda told: not told["verified"]),
        ("origin=patrol", lambda told: told["origin"] == "patrol"),
        ("origin=dragon", lambda told: False),
        ("observed_at=2022-10-09T19:00:00Z", lambda told: "10-09T19:00:00+" in told["observed_at"]),
        ("observed_at=2022-10-09", lambda told: _day(told["observed_at"]) == "2022-10-09"),
    ],
)
def test_a_property_can_be_asked_to_be_something(
    ogc: TestClient, asked: str, kept: Callable[[dict[str, Any]], bool]
) -> None:
    everything = ogc.get(f"{SIGHTINGS}?limit=10000").json()["features"]
    found = ogc.get(f"{SIGHTINGS}?limit=10000&{asked}").json()["features"]
    assert found == [one for one in everything if kept(one["properties"])]


def test_queryables_name_just_what_can_be_asked(ogc: TestClient) -> None:
    for name in ALL:
        answer = ogc.get(f"/ogc/collections/{name}/queryables")
        assert answer.headers["content-type"] == "application/schema+json"
        schema = answer.json()
        jsonschema.Draft202012Validator.check_schema(schema)
        feature = ogc.get(f"/ogc/collections/{name}/items?limit=1").json()["features"][0]
        assert set(schema["properties"]) == {"geometry", *feature["properties"]}


# forms, and what is kept ----------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "/conformance", "/collections"])
def test_the_same_is_there_as_a_page(ogc: TestClient, path: str) -> None:
    for answer in (
        ogc.get(f"/ogc{path}?f=html"),
        ogc.get(f"/ogc{path}", headers={"Accept": "text/html,*/*;q=0.5"}),
    ):
        assert answer.headers["content-type"].startswith("text/html")
        assert "<h1>" in answer.text
        assert "<script>" not in answer.text
    asked = ogc.get(f"/ogc{path}?f=json", headers={"Accept": "text/html"})
    assert asked.headers["content-type"] == "application/json"


@pytest.mark.parametrize("name", ALL)
def test_every_collection_and_feature_is_there_as_a_page(ogc: TestClient, name: str) -> None:
    for path in ("", "/items"):
        answer = ogc.get(f"/ogc/collections/{name}{path}?f=html&lang=en")
        assert answer.status_code == 200, path
        assert f"/ogc/collections/{name}" in answer.text
    feature = ogc.get(f"/ogc/collections/{name}/items?limit=1").json()["features"][0]
    page = ogc.get(f"/ogc/collections/{name}/items/{feature['id']}?f=html")
    assert feature["id"] in page.text


@pytest.mark.parametrize(
    "path", ["", "/api", "/collections", "/collections/sites/items?limit=3", "/tileMatrixSets"]
)
def test_what_the_reader_holds_is_not_sent_again(ogc: TestClient, path: str) -> None:
    first = ogc.get(f"/ogc{path}")
    again = ogc.get(f"/ogc{path}", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


def test_the_exercise_is_marked(ogc: TestClient) -> None:
    for language, said in {"en": "Fictional", "fr": "fictives"}.items():
        answer = ogc.get("/ogc", headers={"accept-language": language})
        assert said in answer.json()["description"]
    assert ogc.get("/ogc/collections").json()["exercise"] is True
    assert ogc.get(SIGHTINGS).json()["exercise"] is True


def test_nobody_reads_without_saying_who_asks(ask_as: Callable[..., TestClient]) -> None:
    for path in ("", "/api", "/collections", "/collections/sightings/items"):
        assert ask_as(None).get(f"/ogc{path}").status_code == 401
    assert ask_as(Role.ADMIN).get(SIGHTINGS).status_code == 403


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("application/json, text/html;q=0.5", "application/json"),
        ("text/html;q=0.4, application/json;q=0.9", "application/json"),
        ("text/html;q=0, */*", "application/json"),
        ("text/html, application/json", "text/html"),
        ("application/json, text/html", "application/json"),
        ("*/*", "application/json"),
        ("", "application/json"),
    ],
)
def test_the_form_that_is_liked_best_is_given(ogc: TestClient, accept: str, kind: str) -> None:
    answer = ogc.get("/ogc/collections", headers={"accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == kind


def test_tags_compare_weakly(ogc: TestClient) -> None:
    tag = ogc.get("/ogc/collections").headers["etag"]
    assert tag.startswith("W/")
    for told in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        assert ogc.get("/ogc/collections", headers={"if-none-match": told}).status_code == 304
    assert ogc.get("/ogc/collections", headers={"if-none-match": '"x"'}).status_code == 200


def test_outer_rings_run_counter_clockwise(ogc: TestClient) -> None:
    for name in ("territories", "sites", "operations"):
        features = ogc.get(f"/ogc/collections/{name}/items").json()["features"]
        assert features
        for feature in features:
            shape = shapely.geometry.shape(feature["geometry"])
            for part in shapely.get_parts(shape):
                assert part.exterior.is_ccw, name
                assert not any(ring.is_ccw for ring in part.interiors), name


def test_turned_corners_are_refused_in_filters_as_in_boxes(ogc: TestClient) -> None:
    items = "/ogc/collections/sightings/items"
    right = ogc.get(items, params={"filter": "S_INTERSECTS(geometry, BBOX(2.3,48.8,2.4,48.9))"})
    assert right.status_code == 200
    for box in ("2.4,48.8,2.3,48.9", "2.3,48.9,2.4,48.8"):
        turned = ogc.get(items, params={"filter": f"S_INTERSECTS(geometry, BBOX({box}))"})
        assert turned.status_code == 400
        assert "corner" in turned.json()["detail"]


def test_small_letters_are_letters_of_a_time(ogc: TestClient) -> None:
    items = "/ogc/collections/sightings/items"
    upper = ogc.get(items, params={"datetime": "2022-10-03T00:00:00Z/.."}).json()
    lower = ogc.get(items, params={"datetime": "2022-10-03t00:00:00z/.."}).json()
    assert lower["numberMatched"] == upper["numberMatched"] > 0


NAMES = {"JSON", "HTML", "TileJSON", "WebMercatorQuad", "OpenAPI"}
DOCUMENTS = (
    "", "/conformance", "/collections", "/collections/sites", "/collections/sites/items?limit=1",
    "/collections/sites/tiles", "/collections/sites/tiles/WebMercatorQuad", "/tileMatrixSets",
)  # fmt: skip


def titles(content: object) -> set[str]:
    """Return the titles of all links of a document."""
    if isinstance(content, list):
        return set().union(*map(titles, content)) if content else set()
    if not isinstance(content, dict):
        return set()
    own = {content["title"]} if {"href", "title"} <= content.keys() else set()
    return own.union(*map(titles, content.values()))


@pytest.mark.parametrize("path", DOCUMENTS)
def test_titles_of_links_are_in_the_language_of_the_reader(ogc: TestClient, path: str) -> None:
    """But for names of formats, no title is the same in both; the pages say the same titles."""
    french, english = (
        ogc.get(f"/ogc{path}", headers={"accept": "application/json", "accept-language": language})
        for language in ("fr", "en")
    )
    assert french.status_code == english.status_code == 200
    both = titles(french.json()) & titles(english.json())
    assert both <= NAMES
    page = ogc.get(f"/ogc{path}", headers={"accept": "text/html", "accept-language": "fr"})
    if page.headers["content-type"].startswith("text/html"):
        assert not {one for one in titles(english.json()) - NAMES if f">{one}</a>" in page.text}
