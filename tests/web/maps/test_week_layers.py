"""Whole rendered weeks: kept, shared by those who see as much, and never stale."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import shapely
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.core.crs import to_metric
from geosites.core.records import Closure, Operation, OperationKind
from geosites.core.weeks import IsoWeek
from geosites.db.closure import closures, operations
from geosites.db.geography import sites
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from stores import signed, small_exercise

LAYER = f"/layers/weeks/{small_exercise.WEEK}?lang=fr"
FACTS = f"/maps/hotspots/{small_exercise.WEEK}/facts?lang=fr"
PAGE = f"/maps/hotspots/{small_exercise.WEEK}"
EARLIER = "/layers/weeks/2022-W36?lang=fr"
NOW = datetime(2022, 10, 9, 20, 0, tzinfo=UTC)
KNOWN = re.compile(r'<p class="quiet" id="week-known">.*?</p>')


@pytest.fixture(scope="module")
def changing_store(small_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return three fictional weeks that the tests of this module change."""
    store = Store(new_database(small_template))
    yield store
    store.close()


@pytest.fixture(scope="module")
def changing(changing_store: Store) -> Iterator[TestClient]:
    app = create_app(changing_store, WebConfig(clock=lambda: NOW))
    with TestClient(app, base_url="http://127.0.0.1:8000", headers=signed.bearer()) as client:
        yield client


def correct(conn: sa.Connection) -> None:
    identifier = conn.execute(
        sa.text(
            "SELECT id FROM sighting WHERE upper_inf(known) AND headcount > 0"
            " ORDER BY observed_at DESC, id LIMIT 1"
        )
    ).scalar_one()
    seen = sightings.get(conn, identifier)
    sightings.correct(conn, replace(seen, headcount=seen.headcount + 500))


def rename(conn: sa.Connection) -> None:
    sites.put(conn, replace(sites.get(conn, "stalingrad"), name="Under another name"))


def close(conn: sa.Connection) -> None:
    began = NOW - timedelta(days=30)
    closures.add(conn, Closure(id=UUID(int=7), site="stalingrad", closed_from=began))


def operate(conn: sa.Connection) -> None:
    done = Operation(
        id=UUID(int=8),
        started_at=NOW - timedelta(days=2),
        ended_at=NOW - timedelta(days=2, hours=-1),
        kind=OperationKind.DISPERSAL,
        area=small_exercise.STALINGRAD.buffer(100),
    )
    operations.add(conn, done)


@pytest.mark.parametrize("change", [correct, rename, close, operate], ids=lambda one: one.__name__)
def test_a_change_shows_at_once(
    changing: TestClient, changing_store: Store, change: Callable[[sa.Connection], None]
) -> None:
    before = changing.get(LAYER)
    held = {"if-none-match": before.headers["etag"]}
    assert changing.get(LAYER, headers=held).status_code == 304
    with changing_store.begin() as conn:
        change(conn)
    after = changing.get(LAYER, headers=held)
    assert after.status_code == 200
    assert after.content != before.content


def test_a_correction_shows_in_the_facts_and_on_the_page(
    changing: TestClient, changing_store: Store
) -> None:
    before = changing.get(FACTS).text, changing.get(PAGE).text
    with changing_store.begin() as conn:
        correct(conn)
    after = changing.get(FACTS).text, changing.get(PAGE).text
    assert KNOWN.sub("", before[0]) != KNOWN.sub("", after[0])
    assert heads(before[1]) != heads(after[1])


def heads(page: str) -> str:
    found = re.search(r'<h1 class="answer">(.*?)</h1>', page)
    assert found is not None
    return found[1]


def test_the_page_says_what_the_facts_say(reader: TestClient) -> None:
    page = reader.get(PAGE, params={"lang": "fr"}).text
    facts = reader.get(FACTS).text
    for part in ("week-told", "week-facts", "week-known"):
        assert inside(facts, part) in page


def inside(html: str, part: str) -> str:
    found = re.search(
        rf'<(\w+)[^>]*id="{part}"[^>]*>(.*?)\s*</\1>\s*(?:<\w+[^>]*id="week|\Z)', html, re.DOTALL
    )
    assert found is not None, part
    return found[2].strip()


def test_what_is_seen_later_leaves_an_earlier_week_as_it_is(
    changing: TestClient, changing_store: Store
) -> None:
    before = changing.get(EARLIER).headers["etag"]
    with changing_store.begin() as conn:
        correct(conn)
    assert changing.get(EARLIER).headers["etag"] == before


def test_each_language_has_its_own(reader: TestClient) -> None:
    french = reader.get(LAYER).text
    english = reader.get(LAYER.replace("=fr", "=en")).text
    assert "Point chaud 1" in french
    assert "Hotspot 1" in english
    assert reader.get(LAYER).text == french


def test_the_facts_say_as_of_when_they_are_known(reader: TestClient) -> None:
    said = reader.get(FACTS)
    assert said.headers["content-type"] == "text/html; charset=utf-8"
    assert "9\u00a0octobre 2022, 22\u00a0h\u00a000" in said.text
    assert "<script" not in said.text


def test_a_week_that_does_not_exist_is_refused(reader: TestClient) -> None:
    assert reader.get("/maps/hotspots/2022-W60/facts").status_code == 422
    assert reader.get("/layers/weeks/2022-W60").status_code == 422


def test_a_hostile_name_is_text_in_the_facts(hostile: TestClient) -> None:
    assert re.findall(r"<(?:img|iframe|script|style)|\son\w+=\"", hostile.get(FACTS).text) == []


def test_care_places_come_with_the_week(reader: TestClient) -> None:
    features = reader.get(LAYER).json()["features"]
    places = [one for one in features if one["properties"]["kind"] == "care"]
    assert places
    xy = to_metric([one["geometry"]["coordinates"] for one in places])
    assert shapely.MultiPoint(xy).within(small_exercise.EOLE.buffer(30_000))


def test_the_page_of_a_week_grows_by_no_week(reader: TestClient) -> None:
    near = len(reader.get(PAGE).content)
    far = reader.get("/maps/hotspots/2012-W01")
    assert 'max="561"' in far.text
    assert len(far.content) < near


def test_every_week_has_the_classes_of_the_service(reader: TestClient) -> None:
    this = IsoWeek.parse(small_exercise.WEEK)
    for week in (this, this.shift(-1)):
        page = reader.get(f"/maps/hotspots/{week}").text
        legend = page.partition('id="week-classes"')[2].partition("</ol>")[0]
        shown = re.sub(r"<span.*?</span>|<[^>]*>", " ", legend)
        assert re.findall(r"\d+(?:,\d+)?", shown) == [
            "0,2", "0,5", "1", "2", "5",
        ]  # fmt: skip
        drawn = reader.get(f"/layers/weeks/{week}").json()
        assert set(drawn["classes"]) <= {0.2, 0.5, 1.0, 2.0, 5.0}
        told = [one["properties"] for one in drawn["features"]]
        bands = [(one["rank"], one["at_least"]) for one in told if one["kind"] == "density"]
        assert bands
        assert all(bound == (0.2, 0.5, 1.0, 2.0, 5.0)[rank - 1] for rank, bound in bands)
