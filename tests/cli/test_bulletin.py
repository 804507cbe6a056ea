"""`geosites bulletin` and `geosites weekly`."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from cli.conftest import Run
from geosites.core.weeks import IsoWeek
from plain import plain
from stores import small_exercise

WEEK = small_exercise.WEEK
FILES = {
    "SHA256SUMS",
    "bulletin.en.html",
    "bulletin.en.pdf",
    "bulletin.fr.html",
    "bulletin.fr.pdf",
    "bulletin.json",
    "hotspots.json",
    "map.geojson",
    "map.html",
    "map.png",
    "map.svg",
}


@pytest.fixture
def url(small_template: str, new_database: Callable[..., str]) -> str:
    """Return the address of a database of the test's own with those visits."""
    return new_database(small_template)


@pytest.fixture
def ask(run: Run, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs `geosites` over them, with a home of its own."""
    monkeypatch.setenv("GEOSITES_DATABASE_URL", url)
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path))
    return run


def test_a_bulletin_is_issued_once_and_written_by_its_ending(ask: Run, tmp_path: Path) -> None:
    paper, content = tmp_path / "b.pdf", tmp_path / "b.json"
    first = ask("bulletin", WEEK, "--out", str(paper), "--json")
    second = ask("bulletin", WEEK, "--out", str(content), "--json")
    assert first.code == 0
    assert first.document == second.document
    assert first.document["revision"] == 1
    assert paper.read_bytes().startswith(b"%PDF")
    assert hashlib.sha256(content.read_bytes()).hexdigest() == first.document["content_sha256"]


def test_a_bulletin_as_it_was_issues_nothing_and_is_the_same_to_the_byte(
    ask: Run, tmp_path: Path
) -> None:
    made = [tmp_path / name for name in ("a.html", "b.html")]
    for file in made:
        words = ("--as-known-at", "2100-01-01T00:00+00:00", "--out", str(file), "--language", "en")
        ran = ask("bulletin", WEEK, *words)
        assert "Draft, not issued." in ran.out
    assert made[0].read_bytes() == made[1].read_bytes()


def test_a_week_that_is_not_over_gets_a_draft_that_says_why(ask: Run) -> None:
    week = str(IsoWeek.containing(dt.datetime.now(dt.UTC)))
    for _ in range(2):
        ran = ask("bulletin", week)
        assert (ran.code, "Projet, non publié" in ran.out) == (0, True)
        assert "La semaine n'est pas finie : son bulletin est publié à partir du" in plain(ran.err)


def test_a_revision_that_was_never_issued_is_refused(ask: Run) -> None:
    ran = ask("bulletin", WEEK, "--revision", "3")
    assert ran.code == 1
    assert "introuvable : bulletin « 2022-W40, révision 3 »" in plain(ran.err)


def test_an_unknown_ending_is_refused_before_any_work(ask: Run, tmp_path: Path) -> None:
    ran = ask("bulletin", WEEK, "--out", str(tmp_path / "b.docx"))
    assert ran.code == 1
    assert "l'extension doit être parmi .html, .pdf, .json" in plain(ran.err)


def test_the_weekly_job_fills_a_folder_once(ask: Run, tmp_path: Path) -> None:
    first = ask("weekly", "--week", WEEK, "--json").document
    folder = tmp_path / "maps" / WEEK
    assert {file.name for file in folder.iterdir()} == FILES
    assert (first["revision"], first["written"]) == (1, True)
    sums = (folder / "SHA256SUMS").read_text()
    again = ask("weekly", "--week", WEEK, "--json").document
    assert (again["revision"], again["written"]) == (1, False)
    assert (folder / "SHA256SUMS").read_text() == sums
    assert json.loads((folder / "hotspots.json").read_text())["week"] == WEEK


def test_the_last_finished_week_is_chosen(ask: Run) -> None:
    assert ask("weekly", "--json").document["week"] == "2022-W39"


def test_a_second_weekly_job_says_so_and_does_nothing(ask: Run, url: str, tmp_path: Path) -> None:
    with psycopg.connect(url) as other:
        other.execute("SELECT pg_advisory_xact_lock(%s)", (0x67656F05,))
        ran = ask("weekly", "--week", WEEK)
    assert (ran.code, ran.out) == (0, "")
    assert "déjà en cours" in ran.err
    assert not (tmp_path / "maps").exists()


def test_it_is_sent_by_mail_only_where_that_can_be_meant(ask: Run) -> None:
    ran = ask("bulletin", WEEK, "--mail", "nobody")
    assert (ran.code, "adresse" in plain(ran.err)) == (1, True)
    ran = ask("bulletin", WEEK, "--mail", "chief@example.org")
    assert (ran.code, "GEOSITES_SMTP_HOST" in ran.err) == (1, True)
