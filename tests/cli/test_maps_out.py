"""Maps as files from the command line: whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.conftest import Ran, Run
from plain import plain
from stores import small_exercise

EVENT = ("--site", "stalingrad", "--at", "2022-08-02T00:00+02:00")


@pytest.fixture
def ask(
    run: Run,
    small_template: str,
    new_database: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Return a function that runs `geosites` over those visits."""
    monkeypatch.setenv("GEOSITES_DATABASE_URL", new_database(small_template))
    return run


def week(ask: Run, *words: str | Path) -> Ran:
    return ask("hotspots", small_exercise.WEEK, *map(str, words), "--json")


def test_a_week_is_written_in_every_format(ask: Run, tmp_path: Path) -> None:
    files = {option: tmp_path / f"w.{option}" for option in ("geojson", "png")}
    page = tmp_path / "w.html"
    ran = week(ask, "--geojson", files["geojson"], "--png", files["png"], "--map", page)
    assert ran.code == 0
    assert ran.document["week"] == small_exercise.WEEK
    layer = json.loads(files["geojson"].read_text())
    kinds = {one["properties"]["kind"] for one in layer["features"]}
    assert {"density", "hotspot", "unobserved", "site"} <= kinds
    assert layer["exercise"] is True
    assert page.read_text().startswith("<!doctype html>")
    assert files["png"].read_bytes().startswith(b"\x89PNG")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w.geojson", "w.html", "w.png"]


@pytest.mark.parametrize("ending", ["html", "png", "svg", "geojson"])
def test_what_followed_an_event_is_written_by_the_ending(
    ask: Run, tmp_path: Path, ending: str
) -> None:
    file = tmp_path / f"moves.{ending}"
    assert ask("displacement", *EVENT, "--map", str(file), "--json").code == 0
    begins = {"html": b"<!doctype", "png": b"\x89PNG", "svg": b"<?xml", "geojson": b"{"}
    assert file.read_bytes().startswith(begins[ending])


@pytest.mark.parametrize(
    ("option", "name", "reason"),
    [
        ("--png", "w.pdf", "l'extension doit être parmi .png, .svg"),
        ("--map", "w", "l'extension doit être parmi .html"),
        ("--geojson", "missing/w.geojson", "n'existe pas"),
    ],
)
def test_a_file_that_cannot_be_is_refused_before_any_work(
    ask: Run, tmp_path: Path, option: str, name: str, reason: str
) -> None:
    ran = week(ask, option, tmp_path / name)
    assert (ran.code, ran.out) == (1, "")
    assert f"{option} " in ran.err
    assert reason in plain(ran.err)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_place_of_the_file_is_refused(ask: Run, tmp_path: Path) -> None:
    (tmp_path / "w.png").mkdir()
    ran = week(ask, "--png", tmp_path / "w.png")
    assert ran.code == 1
    assert "écriture impossible" in ran.err


def test_an_answer_that_is_refused_leaves_no_file(ask: Run, tmp_path: Path) -> None:
    words = ("--site", "porte-villette", "--at", "2020-01-01T00:00+01:00")
    ran = ask("displacement", *words, "--map", str(tmp_path / "moves.svg"))
    assert ran.code == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (("closures", "rounds", "--pdf"), ".pdf"),
        (("rounds", "--pdf"), ".pdf"),
        (("import", "sightings", "seen.csv", "--rejects"), ".csv"),
        (("city", "init", ".", "--dry-run", "--map"), ".html"),
    ],
)
def test_an_ending_that_says_something_else_is_refused(
    run: Run, tmp_path: Path, words: tuple[str, ...], allowed: str
) -> None:
    """Every option that writes a file names the endings it takes, before any work is done."""
    for name in ("x.txt", "x"):
        ran = run(*words, str(tmp_path / name))
        assert ran.code == 1
        assert allowed in plain(ran.err)
    assert list(tmp_path.iterdir()) == []
