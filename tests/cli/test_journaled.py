"""What the command line reads is journaled; whole files with the reason, for their reader only."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Run
from geosites.db import journal_entries
from geosites.db.journal_entries import Entry
from geosites.db.postgres.connection import Store

SEEN = "observed_at,lon,lat,headcount\n2023-03-01T10:00:00+01:00,2.38995,48.89985,4\n"


READ = ("consultation", "communication")


def latest(store: Store) -> Entry:
    """Return the last entry of something that was read or handed out."""
    with store.begin() as conn:
        return next(entry for entry in journal_entries.latest(conn) if entry.kind in READ)


@pytest.mark.parametrize("name", ["out.csv", "out.parquet", "out.gpkg", "out.geojson"])
def test_an_export_is_journaled_with_its_reason_and_read_by_nobody_else(
    run: Run, store: Store, tmp_path: Path, name: str
) -> None:
    file = tmp_path / name
    ran = run("export", "sightings", str(file), "--motive", "monthly figures", "--json")
    assert ran.code == 0
    entry = latest(store)
    assert (entry.kind, entry.what, entry.motive) == (
        "communication",
        "export sightings",
        "monthly figures",
    )
    assert entry.actor.startswith("os:")
    assert entry.channel == "command line"
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


def test_a_script_that_gives_no_reason_is_told_and_the_journal_says_so(
    run: Run, store: Store, tmp_path: Path
) -> None:
    ran = run("export", "sites", str(tmp_path / "sites.geojson"), "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["rows"] > 0
    assert "--motive" in ran.err
    assert (latest(store).what, latest(store).motive) == ("export sites", None)
    too_long = run("export", "sites", str(tmp_path / "s.csv"), "--motive", "x" * 201)
    assert too_long.code == 1


def test_a_project_and_a_map_are_exports_too(run: Run, store: Store, tmp_path: Path) -> None:
    assert run("export", "project", str(tmp_path / "p.qgz"), "--motive", "desk").code == 0
    assert (latest(store).what, latest(store).motive) == ("export project", "desk")
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (("closure", "forceval"), "closure"),
        (("closure", "--all"), "closure --all"),
        (("hotspots", "2023-W09"), "hotspots"),
        (("closures", "list"), "closures list"),
        (("closures", "history", "forceval"), "closures history"),
        (("closures", "rounds"), "closures rounds"),
        (("bulletin", "2023-W09"), "bulletin"),
    ],
)
def test_every_answer_is_journaled(
    run: Run, store: Store, tmp_path: Path, words: tuple[str, ...], what: str
) -> None:
    file = tmp_path / "seen.csv"
    file.write_text(SEEN)
    run("import", "sightings", str(file))
    assert run(*words, "--json").code == 0
    entry = latest(store)
    assert (entry.kind, entry.what) == ("consultation", f"geosites {what}")
    assert entry.actor.startswith("os:")
