"""`/api/changes` and the feed of events, as each role sees them."""

from __future__ import annotations

import datetime as dt
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from geosites.db.postgres.connection import Store
from geosites.db.publication import changes
from geosites.db.publication.changes import ChangeKind
from geosites.permissions.policy import Role
from web.conftest import Clients

SEEN = {"observed_at": "2022-10-08T14:30+02:00", "lon": 2.38995, "lat": 48.899854, "headcount": 3}
ATOM = "{http://www.w3.org/2005/Atom}"


def report(client: TestClient, **values: object) -> str:
    return str(
        client.post("/api/sightings", json={**SEEN, **values}).raise_for_status().json()["id"]
    )


def test_following_gives_each_change_once(client: TestClient) -> None:
    first = report(client)
    page = client.get("/api/changes").json()
    (told,) = page["changes"]
    assert (told["kind"], told["week"], told["ids"]) == ("sighting.added", "2022-W40", [first])
    assert (page["weeks_revised"], page["more"]) == (["2022-W40"], False)
    second = report(client, headcount=4)
    after = client.get("/api/changes", params={"since": page["next"]}).json()
    assert [one["ids"] for one in after["changes"]] == [[second]]
    assert client.get("/api/changes", params={"since": after["next"]}).json()["changes"] == []


def test_an_analyst_is_given_no_id_of_a_sighting(make_client: Clients) -> None:
    report(make_client())
    (told,) = make_client(Role.ANALYST).get("/api/changes").json()["changes"]
    assert (told["kind"], told["territory"], "ids" in told) == ("sighting.added", "75119", False)


def test_a_partner_is_told_that_a_week_was_revised_and_not_how_often(make_client: Clients) -> None:
    coordinator = make_client()
    for heads in (1, 2, 3):
        report(coordinator, headcount=heads)
    told = make_client(Role.PARTNER).get("/api/changes", params={"limit": 1}).json()["changes"]
    assert told == [{"kind": "week.revised", "week": "2022-W40", "territory": "75119"}]


@pytest.mark.parametrize("role", [Role.REPORTER, Role.ADMIN])
@pytest.mark.parametrize("path", ["/api/changes", "/feed.atom"])
def test_who_may_not_follow_is_told_so(make_client: Clients, role: Role, path: str) -> None:
    assert make_client(role).get(path).status_code == 403


def test_a_cursor_that_is_none_is_refused(client: TestClient) -> None:
    answer = client.get("/api/changes", params={"since": "yesterday"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems#refused")


def test_the_feed_tells_events_the_newest_first(make_client: Clients, store: Store) -> None:
    monday, at = dt.date(2022, 10, 3), dt.datetime(2022, 10, 10, tzinfo=dt.UTC)
    with store.begin() as conn:
        changes.note(conn, ChangeKind.WEEK_NEW, monday=monday, at=at)
        changes.note(
            conn,
            ChangeKind.HOTSPOT_NEW,
            monday=monday,
            territory="75119",
            at=at + dt.timedelta(minutes=1),
        )
        changes.note(
            conn,
            ChangeKind.CLOSURE_STATE,
            site="forceval",
            territory="75119",
            detail={"status": "reopened", "name": "Forceval <b>"},
            at=at + dt.timedelta(minutes=2),
        )
    answer = make_client().get("/feed.atom", params={"lang": "en"})
    assert answer.headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(answer.text)
    entries = root.findall(f"{ATOM}entry")
    titles = [entry.findtext(f"{ATOM}title") for entry in entries]
    assert titles == [
        "Forceval <b>: open again",
        "New hotspot, Paris 19e, 2022-W40",
        "2022-W40 is over",
    ]
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 3
    told = make_client(Role.PARTNER).get("/feed.atom").text
    assert "Paris 19e" not in told
