"""The client against the service itself, and every example of its page."""

from __future__ import annotations

import datetime as dt
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from geosites.client import Client, Problem, Unreachable
from geosites.client import client as module
from geosites.client.reading import read
from geosites.core.documents.closures import BoardDocument
from geosites.core.documents.weeks import AnyWeek
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from stores import signed

NOW = dt.datetime(2022, 10, 9, 20, 0, tzinfo=dt.UTC)
HERE = "http://127.0.0.1:8000"
PAGE = Path(__file__).parents[2] / "docs" / "client.md"
SEEN = {"observed_at": "2022-10-08T14:30+02:00", "lon": 2.38995, "lat": 48.899854, "headcount": 3}


@pytest.fixture
def http(small: Store) -> Iterator[TestClient]:
    """Return a connection to the service over three fictional weeks."""
    with TestClient(create_app(small, WebConfig(clock=lambda: NOW)), base_url=HERE) as connection:
        yield connection


@pytest.fixture
def client(http: TestClient) -> Client:
    """Return a client with the token of a coordinator."""
    return Client(token=signed.token(Role.COORDINATOR), http=http)


def test_questions_are_answered_with_the_documents_of_the_api(client: Client) -> None:
    assert client.closure("forceval", NOW)["site"] == "forceval"
    assert client.hotspots("2022-W40")["week"] == "2022-W40"


def test_instants_and_days_are_read(client: Client, http: TestClient) -> None:
    closure, week = client.closure("forceval", NOW), client.hotspots("2022-W40")
    assert closure["as_of"] == NOW
    assert all(isinstance(one["observed_at"], dt.datetime) for one in closure["evidence"])
    monday = dt.datetime.fromisoformat("2022-10-03T00:00:00+02:00")
    assert (week["start"], week["as_known_at"]) == (monday, None)
    partner = Client(token=signed.token(Role.PARTNER), http=http)
    days = {type(one["observed_at"]) for one in partner.closure("forceval", NOW)["evidence"]}
    assert days == {dt.date}


def test_what_a_newer_service_adds_is_kept() -> None:
    newer = {"as_of": "2022-10-09T20:00:00Z", "sites": [], "more": {"at": "2022-10-09"}}
    told = read(newer, BoardDocument)
    assert told == {**newer, "as_of": NOW}


def test_a_document_of_either_form_is_read() -> None:
    released = {"week": "2022-W40", "start": "2022-10-03T00:00:00+02:00", "withheld": {}}
    told = read(released, AnyWeek)
    assert isinstance(told, dict)
    assert told["start"].tzinfo is not None
    assert told["week"] == "2022-W40"


def test_weeks_are_rows(client: Client) -> None:
    table = client.weeks("2022-W39", "2022-W40")
    assert list(table.columns)[:3] == ["week", "code", "name"]
    assert set(table["week"]) <= {"2022-W39", "2022-W40"}
    assert len(table) > 0


@pytest.mark.parametrize(
    ("start", "end", "count"), [("2020-W52", "2021-W01", 3), ("2022-W40", "2022-W39", 0)]
)
def test_weeks_go_over_the_end_of_a_year(start: str, end: str, count: int) -> None:
    assert len(list(module._weeks(start, end))) == count


def test_sightings_are_a_frame(client: Client) -> None:
    receipt = client.report(SEEN)
    frame = client.sightings(dt.datetime(2022, 10, 8, tzinfo=dt.UTC), motive="test")
    row = frame.set_index("id").loc[receipt["id"]]
    assert (row["headcount"], row["observed_at"].isoformat()) == (3, "2022-10-08T12:30:00+00:00")
    assert frame.crs is not None


def test_a_report_counts_once_and_is_followed(client: Client) -> None:
    page = client.changes()
    while page["more"]:
        page = client.changes(page["next"])
    first, again = client.report(SEEN), client.report(SEEN)
    assert (first["added"], again) == (True, {"id": first["id"], "added": False})
    assert [change["ids"] for change in client.follow(page["next"])] == [[first["id"]]]


def test_following_goes_through_all_pages(client: Client) -> None:
    page = client.changes(limit=1)
    assert page["more"]
    rest = list(client.follow(page["next"]))
    assert len(rest) + 1 == len(list(client.follow()))


def test_what_followed_an_event_needs_an_event(client: Client) -> None:
    with pytest.raises(Problem, match="give either") as told:
        client.displacement(site="forceval")
    assert (told.value.status, told.value.type) == (422, "/problems#refused")


def test_a_problem_carries_its_document(client: Client) -> None:
    with pytest.raises(Problem) as told:
        client.closure("forcival", NOW)
    assert (told.value.status, told.value.document["near"]) == (404, ["forceval"])


def test_a_token_that_does_not_hold_is_a_problem(http: TestClient) -> None:
    with pytest.raises(Problem) as told:
        Client(token="geosites_of-nobody", http=http).closure("forceval")
    assert told.value.status == 401


def test_a_service_that_is_not_there_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with Client(address) as client, pytest.raises(Unreachable, match="/api/hotspots"):
            client.hotspots("2022-W40")


def test_every_example_of_the_page_runs(
    http: TestClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module.httpx2, "Client", lambda **_: http)
    known: dict[str, Any] = {"url": HERE, "token": signed.token(Role.COORDINATOR)}
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(examples) >= 7
    for example in examples:
        exec(example, known)
    assert "/problems#not-found" in capsys.readouterr().out
