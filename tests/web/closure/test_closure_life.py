"""The life of closures over HTTP: the API, the board, the history, the round sheets."""

from __future__ import annotations

import datetime as dt
import html
import io
from collections.abc import Iterator
from typing import Any

import pytest
from pypdf import PdfReader
from starlette.testclient import TestClient

from geosites.db.postgres.connection import Store
from geosites.exercise import DAYS_THAT_MATTER
from web.conftest import over

CONTRADICTED = DAYS_THAT_MATTER["contradicted"][1]
CLOSED = {"site": "forceval", "closed_from": "2022-10-05T06:30:00+02:00"}


@pytest.fixture
def exercise_client(exercise_store: Store) -> Iterator[TestClient]:
    """Return a client that reads the exercise, on the day a report contradicts the closure."""
    yield from over(exercise_store, now=CONTRADICTED)


def declared(client: TestClient, **changes: Any) -> str:
    answer = client.post("/api/closures", json={**CLOSED, **changes})
    assert answer.status_code == 201
    return str(answer.json()["id"])


def test_a_closure_is_extended_and_lifted(client: TestClient) -> None:
    one = declared(client, closed_until="2022-12-01T00:00:00+01:00")
    longer = {"until": "2023-02-01T00:00:00+01:00", "reason": "still_needed", "review_days": 7}
    extended = client.post(f"/api/closures/{one}/extend", json=longer)
    assert extended.status_code == 200
    assert extended.json()["closed_until"] == longer["until"]
    assert extended.json()["review_days"] == 7
    end = {"until": "2022-10-08T00:00:00+02:00", "reason": "court_decision", "legal_ref": "n° 7"}
    lifted = client.post(f"/api/closures/{one}/lift", json=end)
    assert lifted.json()["closed_until"] == end["until"]
    assert client.get("/api/sites/forceval/closure").json()["status"] == "lifted"


@pytest.mark.parametrize(
    ("act", "body", "status"),
    [
        ("extend", {"until": None, "reason": "order"}, 422),
        ("extend", {"reason": "order"}, 422),
        ("lift", {"until": "2022-10-01T00:00:00+02:00", "reason": "order_ended"}, 422),
        ("lift", {"until": "2022-10-08T00:00:00", "reason": "order_ended"}, 422),
        ("lift", {"until": "2022-10-08T00:00:00+02:00", "reason": "order"}, 422),
        ("lift", {"until": "2022-10-08T00:00:00+02:00", "reason": "because"}, 422),
        ("lift", {"until": "2022-10-08T00:00:00+02:00", "reason": "order_ended", "by": "X"}, 422),
    ],
)
def test_what_does_not_fit_is_refused(
    client: TestClient, act: str, body: dict[str, Any], status: int
) -> None:
    one = declared(client)
    answer = client.post(f"/api/closures/{one}/{act}", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert client.get("/api/sites/forceval/closure").json()["status"] == "unverified"


def test_an_extension_into_the_next_closure_is_a_conflict(client: TestClient) -> None:
    one = declared(client, closed_until="2022-12-01T00:00:00+01:00")
    declared(client, closed_from="2023-01-01T00:00:00+01:00")
    longer = {"until": "2023-02-01T00:00:00+01:00", "reason": "order"}
    assert client.post(f"/api/closures/{one}/extend", json=longer).status_code == 409


def test_an_unknown_closure_is_not_found(client: TestClient) -> None:
    end = {"until": "2022-10-08T00:00:00+02:00", "reason": "order_ended"}
    unknown = "00000000-0000-4000-8000-000000000000"
    assert client.post(f"/api/closures/{unknown}/lift", json=end).status_code == 404


def test_the_board_begins_with_what_needs_a_visit_first(exercise_client: TestClient) -> None:
    board = exercise_client.get("/api/closures").json()
    assert board["sites"][0]["site"] == "forceval"
    assert len(board["sites"]) == 8


def test_a_history_is_told(exercise_client: TestClient) -> None:
    told = exercise_client.get("/api/sites/forceval/history").json()
    assert told["band"][0]["status"] == "never_closed"
    assert told["band"][-1]["status"] == "contradicted"
    starts = [one["start"] for one in told["band"][1:]]
    assert starts == [one["end"] for one in told["band"][:-1]]
    asked = {"start": "2023-01-02T00:00:00Z", "end": "2023-01-01T00:00:00Z"}
    assert exercise_client.get("/api/sites/forceval/history", params=asked).status_code == 422


def test_the_page_of_a_site_shows_its_history_as_picture_and_table(
    exercise_client: TestClient,
) -> None:
    page = exercise_client.get("/sites/forceval", headers={"accept-language": "en"}).text
    told = exercise_client.get("/api/sites/forceval/history", params={"end": _last()}).json()
    assert page.count('class="timeline-bar ') == len(told["band"])
    assert page.count("<tr>") >= len(told["band"])
    assert "style=" not in page


def _last() -> str:
    return dt.datetime(2023, 12, 31, 20, tzinfo=dt.UTC).isoformat()


def test_the_page_of_all_sites_leads_to_the_round_sheet(exercise_client: TestClient) -> None:
    assert 'href="/rounds"' in exercise_client.get("/sites").text


def test_a_round_sheet_is_shown_and_printed(exercise_client: TestClient) -> None:
    page = exercise_client.get("/rounds", params={"days": 14, "lang": "fr"})
    assert page.status_code == 200
    paper = exercise_client.get("/rounds.pdf", params={"days": 14, "lang": "fr"})
    assert paper.headers["content-type"] == "application/pdf"
    text = "\n".join(part.extract_text() for part in PdfReader(io.BytesIO(paper.content)).pages)
    assert "EXERCICE" in text
    assert "État au" in text
    stops = exercise_client.get("/api/rounds", params={"days": 14, "as_of": _last()}).json()[
        "rounds"
    ]
    names = [stop["name"] for one in stops for stop in one["stops"]]
    assert names
    for name in names:
        assert name.split()[-1] in text
        assert name.split()[-1] in html.unescape(page.text)


@pytest.mark.parametrize("days", [-1, 61, "x"])
def test_how_far_ahead_is_bounded(exercise_client: TestClient, days: object) -> None:
    assert exercise_client.get("/api/rounds", params={"days": days}).status_code == 422


def test_where_to_look_next_is_shown_and_printed(exercise_client: TestClient) -> None:
    asked = {"crews": 2, "minutes": 200, "part": "evening", "lang": "fr"}
    page = exercise_client.get("/rounds", params=asked)
    assert page.status_code == 200
    assert "Où regarder ensuite" in page.text
    assert "tiré au sort" in page.text
    assert html.unescape(page.text).count("<caption>Équipe") == 2
    paper = exercise_client.get("/rounds/plan.pdf", params=asked)
    sheets = [part.extract_text() for part in PdfReader(io.BytesIO(paper.content)).pages]
    assert "EXERCICE" in sheets[0]
    assert "Équipe 1" in sheets[0]
    (second,) = [number for number, sheet in enumerate(sheets) if "Équipe 2" in sheet]
    assert second > 0, "each crew begins on a sheet of its own"
    assert "Équipe 1" not in sheets[second]
    again = exercise_client.get("/rounds/plan.pdf", params=asked)
    assert again.content == paper.content
    assert 'alt="Carte des rondes. Équipe 1' in html.unescape(page.text)
    assert "sans aucune chance" in page.text
    drawn = exercise_client.get("/rounds/plan.png", params=asked)
    assert drawn.headers["content-type"] == "image/png"


def test_where_to_look_next_is_a_document(exercise_client: TestClient) -> None:
    asked = {"as_of": _last(), "crews": 3, "minutes": 120, "part": "night"}
    told = exercise_client.get("/api/rounds/plan", params=asked).json()
    assert (told["crews"], told["shift_min"], told["day_part"]) == (3, 120, "night")
    assert [crew["crew"] for crew in told["rounds"]] == [1, 2, 3]
    assert all(crew["minutes"] <= 120 for crew in told["rounds"])
    chance = told["chance"]
    assert chance["least"] > 0
    assert sum(item["cells"] for item in chance["classes"]) == chance["cells"]
    assert chance["without"] == 0
    rules = [stop["stopping"] for crew in told["rounds"] for stop in crew["stops"]]
    assert any(rule is not None and rule["error_visits"] > 0 for rule in rules)


@pytest.mark.parametrize(
    "wrong", [{"crews": 0}, {"crews": 13}, {"minutes": 10}, {"part": "noon"}, {"minutes": 721}]
)
def test_a_shift_that_cannot_be_is_refused(
    exercise_client: TestClient, wrong: dict[str, object]
) -> None:
    assert exercise_client.get("/api/rounds/plan", params=wrong).status_code == 422
