"""The life of closures, and alarms, on the command line."""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from pypdf import PdfReader

from cli.conftest import Run
from geosites.exercise import DAYS_THAT_MATTER
from plain import plain

CONTRADICTED = DAYS_THAT_MATTER["contradicted"][1].isoformat()
CLEAN = DAYS_THAT_MATTER["clean"][1].isoformat()
REOPENED = DAYS_THAT_MATTER["reopened"][1].isoformat()
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="session")
def exercise_url(exercise_template: str, new_database: Callable[..., str]) -> str:
    """Return the URL of an exercise that is only read."""
    return new_database(exercise_template)


@pytest.fixture
def run_exercise(run: Run, exercise_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that asks the exercise."""
    monkeypatch.setenv("GEOSITES_DATABASE_URL", exercise_url)
    return run


@pytest.fixture
def run_own_exercise(
    run: Run,
    exercise_template: str,
    new_database: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Return a function that runs `geosites` on an exercise of the test's own."""
    monkeypatch.setenv("GEOSITES_DATABASE_URL", new_database(exercise_template))
    return run


def declared(run: Run, *more: str) -> str:
    begun = (dt.datetime.now(dt.UTC) - DAY).isoformat()
    ran = run("closures", "declare", "forceval", "--from", begun, "--reason", "order", *more)
    assert ran.code == 0, ran.err
    return ran.out.strip()


def test_a_closure_is_declared_extended_and_lifted(run: Run) -> None:
    soon, later = ((dt.datetime.now(dt.UTC) + n * DAY).isoformat() for n in (30, 60))
    one = declared(run, "--until", soon, "--legal-ref", "2026-1189", "--review-days", "7")
    assert run("closure", "forceval", "--json").document["status"] == "unverified"
    assert run("closures", "extend", one, "--until", later, "--reason", "still_needed").code == 0
    assert run("closures", "lift", "forceval", "--reason", "court_decision").code == 0
    (listed,) = run("closures", "list", "forceval", "--json").document["closures"]
    assert (listed["id"], listed["legal_ref"], listed["review_days"]) == (one, "2026-1189", 7)
    assert [(act["kind"], act["reason"]) for act in listed["acts"]] == [
        ("declared", "order"),
        ("extended", "still_needed"),
        ("lifted", "court_decision"),
    ]
    assert one in run("closures", "list").out
    assert run("closure", "forceval", "--json").document["status"] == "lifted"


def test_a_closure_that_overlaps_is_refused(run: Run) -> None:
    one = declared(run)
    now = dt.datetime.now(dt.UTC).isoformat()
    ran = run("closures", "declare", "forceval", "--from", now, "--reason", "works")
    assert (ran.code, one in ran.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("lift", "forceval", "--reason", "because of him"), 2),
        (("lift", "forceval", "--reason", "works"), 1),
        (("lift", "stalingrad", "--reason", "order_ended"), 1),
        (("extend", "forceval", "--reason", "order"), 2),
        (("extend", "forceval", "--reason", "order", "--until-further-notice"), 1),
        (("lift", "forceval", "--reason", "order_ended", "--legal-ref", "no number"), 1),
        (("declare", "nowhere", "--from", "2026-01-01T00:00:00Z", "--reason", "order"), 1),
    ],
)
def test_what_does_not_fit_is_refused(run: Run, words: tuple[str, ...], code: int) -> None:
    declared(run)
    ran = run("closures", *words)
    assert ran.code == code
    assert ran.err


@pytest.mark.parametrize("words", [(), ("forceval", "--all")])
def test_one_site_or_all_of_them(run: Run, words: tuple[str, ...]) -> None:
    assert run("closure", *words).code == 2


def test_the_board_begins_with_what_needs_a_visit_first(run_exercise: Run) -> None:
    board = run_exercise("closure", "--all", "--as-of", CONTRADICTED, "--json").document
    assert board["sites"][0]["site"] == "forceval"
    assert board["exercise"] is True
    told = run_exercise("closure", "--all", "--as-of", CONTRADICTED)
    assert "Exercice" in told.out
    assert "fermeture contredite" in told.out


def test_a_history_is_told(run_exercise: Run) -> None:
    told = run_exercise("closures", "history", "forceval", "--end", CONTRADICTED)
    assert "fermeture contredite" in told.out
    band = run_exercise("closures", "history", "forceval", "--end", CONTRADICTED, "--json").document
    assert band["band"][-1]["status"] == "contradicted"


def test_a_round_sheet_is_told_and_written(run_exercise: Run, tmp_path: Path) -> None:
    file = tmp_path / "rounds.pdf"
    told = run_exercise("closures", "rounds", "--as-of", CONTRADICTED, "--pdf", str(file))
    assert "Forceval" in told.out
    text = PdfReader(io.BytesIO(file.read_bytes())).pages[0].extract_text()
    assert "EXERCICE" in text
    assert "Forceval" in text


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[bytes]]]:
    """Return the address of a web server, and what it took."""
    taken: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", taken
    server.shutdown()
    thread.join()
    server.server_close()


def test_alarms_go_out_once(
    run_own_exercise: Run, receiver: tuple[str, list[bytes]], tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret of some length")
    url, taken = receiver
    subscribe = ("alarms", "subscribe", "webhook", url, "--secret-file", str(secret))
    assert run_own_exercise(*subscribe, "--language", "en").code == 0
    (one,) = run_own_exercise("alarms", "list", "--json").document["subscriptions"]
    assert (one["address"], one["language"]) == (url, "en")
    runs = [
        run_own_exercise("alarms", "send", "--now", at, "--json").document
        for at in (CLEAN, REOPENED, REOPENED)
    ]
    assert [(ran["queued"], ran["delivered"]) for ran in runs] == [(0, 0), (1, 1), (0, 0)]
    assert len(taken) == 1
    assert b"open again" in taken[0]
    assert run_own_exercise("alarms", "unsubscribe", one["id"]).code == 0
    assert run_own_exercise("alarms", "list").out == ""


def test_what_cannot_be_sent_is_tried_again_and_listed(run_own_exercise: Run) -> None:
    assert run_own_exercise("alarms", "subscribe", "email", "a@example.org").code == 0
    at = dt.datetime.fromisoformat(CLEAN)
    run_own_exercise("alarms", "send", "--now", CLEAN)
    sent = [
        run_own_exercise("alarms", "send", "--now", when.isoformat(), "--json").document
        for when in (at + 60 * DAY + n * DAY for n in range(12))
    ]
    assert sent[0]["to_try_again"] == 1
    (dead,) = run_own_exercise("alarms", "dead", "--json").document["dead"]
    assert (dead["attempts"], dead["channel"]) == (12, "email")
    assert "GEOSITES_SMTP_HOST" in dead["last_error"]
    assert "GEOSITES_SMTP_HOST" in run_own_exercise("alarms", "dead").out
    assert "1 message sera renvoyé." in plain(run_own_exercise("alarms", "retry", dead["id"]).err)
    assert run_own_exercise("alarms", "dead").out == ""


@pytest.mark.parametrize(
    "words",
    [
        ("webhook", "ftp://example.org/", "--secret-file", "SECRET"),
        ("webhook", "http://example.org/", "--secret-file", "gone"),
        ("email", "nobody"),
        ("email", "a@example.org", "--hours", "8-20"),
    ],
)
def test_a_subscription_that_makes_no_sense_is_refused(
    run: Run, words: tuple[str, ...], tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret of some length")
    given = [str(secret) if word == "SECRET" else word for word in words]
    assert run("alarms", "subscribe", *given).code == 1
    assert run("alarms", "list", "--json").document == {"subscriptions": []}


def test_where_to_look_next_is_told_and_written(run_exercise: Run, tmp_path: Path) -> None:
    file = tmp_path / "plan.pdf"
    asked = ("--as-of", CONTRADICTED, "--crews", "2", "--minutes", "200", "--part", "evening")
    told = run_exercise("rounds", *asked, "--pdf", str(file))
    assert told.code == 0
    assert "tiré au sort" in told.out
    sheets = [page.extract_text() for page in PdfReader(io.BytesIO(file.read_bytes())).pages]
    assert len(sheets) >= 2
    plan = run_exercise("rounds", *asked, "--json").document
    assert [crew["crew"] for crew in plan["rounds"]] == [1, 2]
    assert all(crew["minutes"] <= 200 for crew in plan["rounds"])


def test_only_a_territory_may_be_asked_for(run_exercise: Run) -> None:
    asked = ("--as-of", CONTRADICTED, "--scope", "75119", "--json")
    plan = run_exercise("rounds", *asked).document
    stops = [stop for crew in plan["rounds"] for stop in crew["stops"]]
    assert {stop["territory"] for stop in stops} == {"Paris 19e"}


def test_a_shift_without_a_crew_is_wrong_usage(run_exercise: Run) -> None:
    assert run_exercise("rounds", "--crews", "0").code == 2


def test_the_exercise_answers_by_its_own_calendar(run_own_exercise: Run) -> None:
    run = run_own_exercise
    first = run("closure", "forceval", "--json").document
    told = dt.datetime.fromisoformat(first["as_of"])
    assert told < dt.datetime.now(dt.UTC) - 300 * DAY
    board = run("closure", "--all", "--json").document
    assert dt.datetime.fromisoformat(board["as_of"]) == told
    assert all(row["as_of"] == first["as_of"] for row in board["sites"])
    begun = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    ran = run("closures", "declare", "stalingrad", "--from", begun.isoformat(), "--reason", "order")
    assert ran.code == 0, ran.err
    (closure,) = run("closures", "list", "stalingrad", "--json").document["closures"][-1:]
    since = dt.datetime.fromisoformat(closure["closed_from"])
    assert told < since < told + 2 * DAY
    after = run("closure", "stalingrad", "--json").document
    assert dt.datetime.fromisoformat(after["as_of"]) - since < DAY
    lifted = run("closures", "lift", ran.out.strip(), "--reason", "order_ended")
    assert lifted.code == 0, lifted.err
