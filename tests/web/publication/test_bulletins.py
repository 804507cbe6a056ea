"""Weekly bulletins over HTTP, and maps as pictures."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import time
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from geosites.core.records import Sighting
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.db.publication import bulletins
from geosites.db.publication.bulletins import Edition
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from plain import plain
from routes.page_forms import form_to
from stores import signed, small_exercise
from web.conftest import over
from web.pages.test_pages import text_of

WEEK = f"/bulletins/{small_exercise.WEEK}"
QUIET = "/bulletins/2021-W10"
LATER = dt.datetime(2030, 1, 7, 8, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def own_store(hostile_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store with half a year of fictional visits, in which bulletins are issued."""
    own = Store(new_database(hostile_template))
    yield own
    own.close()


@pytest.fixture(scope="module")
def desk(own_store: Store) -> Iterator[TestClient]:
    """Return a client long after the week, which has issued its bulletin."""
    for client in over(own_store, now=LATER):
        assert issue(client, WEEK, client.get(WEEK).text).status_code == 303
        yield client


def issue(client: TestClient, page: str, read: str) -> Response:
    """Issue a bulletin by the form of the page that was read."""
    form = form_to(read, "/bulletins/{week}")
    return client.post(page, data=dict(form.pairs), follow_redirects=False)


def test_the_list_leads_to_the_bulletin_that_is_due(
    hostile_template: str, new_database: Callable[..., str]
) -> None:
    own = Store(new_database(hostile_template))
    for client in over(own, now=LATER):
        listed = client.get("/bulletins").text
        (due,) = re.findall(r'class="action" href="(/bulletins/[^"]+)"', listed)
        assert due == "/bulletins/2022-W39"
        assert "Relire et publier le bulletin de la semaine 39" in plain(text_of(listed))
        analyst = client.get("/bulletins", headers=signed.bearer(Role.ANALYST)).text
        assert 'class="action"' not in analyst
        assert issue(client, due, client.get(due).text).status_code == 303
        assert 'class="action"' not in client.get("/bulletins").text
    own.close()


def test_reading_a_week_that_was_never_issued_issues_nothing(desk: TestClient) -> None:
    said = text_of(desk.get(QUIET).text)
    assert "Projet, non publié." in said
    assert "Publier ce bulletin" in said
    assert 'src="data:image/png;base64,' in desk.get(QUIET).text
    assert desk.get(f"{QUIET}.pdf").status_code == 404
    assert "2021" not in text_of(desk.get("/bulletins").text)


def test_an_issued_bulletin_is_in_the_list_and_has_a_page(desk: TestClient) -> None:
    assert "Semaine 40 (3–9 octobre 2022) 1 " in text_of(desk.get("/bulletins").text)
    answer = desk.get(WEEK)
    said = text_of(answer.text)
    assert "Révision 1, publiée le" in said
    assert "Points chauds" in said
    assert "Exercice Données fictives" in said
    assert " style=" not in answer.text
    scripts = re.findall(r'<script src="/static/(\w+\.js)', answer.text)
    assert (answer.text.count("<script"), scripts) == (2, ["common.js", "submit_once.js"])
    assert f'src="{WEEK}/map.png?revision=1&amp;lang=fr"' in answer.text
    assert f'srcset="{WEEK}/map.png?revision=1&amp;lang=fr&amp;tall=true"' in answer.text


@pytest.mark.parametrize(
    ("ending", "kind", "begins"),
    [
        (".pdf", "application/pdf", b"%PDF"),
        (".html", "text/html; charset=utf-8", b"<!doctype html>"),
        (".json", "application/json", b'{"alarms"'),
        ("/map.png", "image/png", b"\x89PNG"),
        ("/map.png?tall=true", "image/png", b"\x89PNG"),
    ],
)
def test_it_comes_as_a_file(desk: TestClient, ending: str, kind: str, begins: bytes) -> None:
    answer = desk.get(f"{WEEK}{ending}", params={"revision": 1, "lang": "en"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == kind
    assert answer.content.lstrip().startswith(begins)


def test_its_content_has_the_digest_that_the_page_shows(desk: TestClient) -> None:
    digest = hashlib.sha256(desk.get(f"{WEEK}.json").content).hexdigest()
    assert digest in desk.get(WEEK).text


def test_issuing_again_makes_no_other_revision(desk: TestClient) -> None:
    assert issue(desk, WEEK, desk.get(WEEK).text).headers["location"] == WEEK
    assert desk.get(WEEK, params={"revision": 2}).status_code == 404


def test_what_changed_since_it_was_read_is_shown_before_it_is_issued(
    hostile_template: str, new_database: Callable[..., str]
) -> None:
    """A draft, and the revision of a bulletin: nobody issues what nobody has read."""
    own = Store(new_database(hostile_template))
    for client in over(own, clock=lambda: dt.datetime.now(dt.UTC)):
        for revision in (1, 2):
            read = client.get(WEEK).text
            seen(own, hour=9 + revision)
            refused = issue(client, WEEK, read)
            assert refused.status_code == 409
            said = text_of(refused.text)
            assert "Rien n'a été publié" in said
            assert re.search(r"Toute la semaine Visites \d+ \d+", said), said[:2000]
            assert client.get(WEEK, params={"revision": revision}).status_code == 404
            assert issue(client, WEEK, refused.text).status_code == 303
            assert client.get(WEEK, params={"revision": revision}).status_code == 200
            assert issue(client, WEEK, read).status_code == 303, "which is issued already"
            assert client.get(WEEK, params={"revision": revision + 1}).status_code == 404
    own.close()


def test_what_lasts_shows_how_far_it_is_and_is_issued_once(
    hostile_template: str, new_database: Callable[..., str]
) -> None:
    """Whoever presses meanwhile, again or as another coordinator, is led to the same page."""
    own = Store(new_database(hostile_template))
    for client in over(own, now=LATER, import_wait_s=0):
        read = client.get(WEEK).text
        with own.begin() as conn:
            bulletins.lock(conn, IsoWeek.parse(small_exercise.WEEK), Edition.SERVICE)
            pressed = [issue(client, WEEK, read) for _ in range(3)]
            there = {answer.headers["location"] for answer in pressed}
            assert {answer.status_code for answer in pressed} == {303}
            (address,) = there
            assert address.startswith(f"{WEEK}?issuing=")
            page = client.get(address)
            assert page.status_code == 200
            assert 'id="under-way"' in page.text
            assert "Il n'est publié qu'une fois" in text_of(page.text)
            assert 'http-equiv="refresh"' in page.text, "without script it asks again"
            assert client.get(f"{WEEK}.json").status_code == 404
        ended = wait_for(client, address)
        assert (ended.status_code, ended.headers["location"]) == (303, WEEK)
        assert client.get(WEEK, params={"revision": 1}).status_code == 200
        assert client.get(WEEK, params={"revision": 2}).status_code == 404
        assert client.get(f"{WEEK}?issuing=nobody").status_code == 200
    own.close()


def wait_for(client: TestClient, address: str) -> Response:
    """Ask how far the issue of a bulletin is until it has ended."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        answer = client.get(address, follow_redirects=False)
        if 'id="under-way"' not in answer.text:
            return answer
        time.sleep(0.2)
    raise AssertionError("the bulletin was not issued")


@pytest.mark.parametrize("version", ["", "x", "2022-10-10T00:00:00", "9999-01-01T00:00:00+00:00 0"])
def test_a_form_that_does_not_say_what_was_read_issues_nothing(
    desk: TestClient, version: str
) -> None:
    answer = desk.post(QUIET, data={"version": version}, follow_redirects=False)
    assert answer.status_code == 409
    assert "Rien n'a été publié" in text_of(answer.text)
    assert desk.get(f"{QUIET}.json").status_code == 404


def seen(store: Store, hour: int) -> None:
    """Record a visit of the week that nobody knew of before."""
    late = Sighting(
        id=uuid4(),
        observed_at=dt.datetime(2022, 10, 5, hour, tzinfo=dt.UTC),
        point=small_exercise.STALINGRAD,
        headcount=40,
        territory="75119",
    )
    with store.begin() as conn:
        sightings.add(conn, late)


def test_monday_morning_is_the_first_page_of_the_last_week(desk: TestClient) -> None:
    answer = desk.get("/monday")
    said = text_of(answer.text)
    assert "Bulletin hebdomadaire, semaine" in said
    assert "Lieux fermés" in said
    assert "À décider" in said
    assert "Annexe" not in said
    assert 'href="/bulletins/2022-W' in answer.text
    assert 'href="/monday"' in desk.get("/").text
    assert desk.get("/monday", headers=signed.bearer(Role.PARTNER)).status_code == 403


@pytest.mark.parametrize("path", [f"{WEEK}.docx", "/bulletins/2022-W40/other"])
def test_what_there_is_not_is_not_found(desk: TestClient, path: str) -> None:
    assert desk.get(path).status_code == 404


def test_a_week_that_cannot_be_is_refused_in_words(desk: TestClient) -> None:
    answer = desk.get("/bulletins/2022-W99")
    assert answer.status_code == 422
    assert "2022-W99" in answer.text


@pytest.mark.parametrize("role", [Role.ANALYST, Role.PARTNER, Role.REPORTER, Role.ADMIN])
def test_only_a_coordinator_issues(desk: TestClient, role: Role) -> None:
    assert desk.post(QUIET, headers=signed.bearer(role)).status_code == 403


def test_a_partner_never_gets_a_bulletin(desk: TestClient) -> None:
    headers = signed.bearer(Role.PARTNER)
    assert desk.get("/bulletins", headers=headers).status_code == 403
    for ending in ("", ".pdf", ".html", ".json", "/map.png"):
        for asked in ({}, {"revision": 1}):
            answer = desk.get(f"{WEEK}{ending}", params=asked, headers=headers)
            assert answer.status_code == 403


@pytest.mark.parametrize("form", ["png", "svg"])
def test_maps_come_as_pictures(desk: TestClient, form: str) -> None:
    kind = {"png": "image/png", "svg": "image/svg+xml"}[form]
    for page in (f"hotspots/{small_exercise.WEEK}", f"displacement/{small_exercise.EVENT}"):
        answer = desk.get(f"/maps/{page}.{form}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)


def test_a_partner_gets_no_picture_of_a_map(desk: TestClient) -> None:
    for page in (f"hotspots/{small_exercise.WEEK}", f"displacement/{small_exercise.EVENT}"):
        answer = desk.get(f"/maps/{page}.png", headers=signed.bearer(Role.PARTNER))
        assert answer.status_code == 403
