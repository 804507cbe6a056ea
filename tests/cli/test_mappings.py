"""Saved mappings and previews by the command line."""

from __future__ import annotations

import json
from pathlib import Path

from cli.conftest import Run
from plain import plain

THEIRS = "Export\njour;lon;lat;nb;obs\n2019-03-01;2.38995;48.89985;4;bruit <script>\n"


def test_a_mapping_is_saved_used_shown_and_removed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text(THEIRS)
    said = ("--column", "observed_at=jour", "--column", "headcount=nb", "--ignore", "obs")
    assert run("mapping", "save", "mairie-10", *said, "--value", "unit=Mairie du 10e").code == 0
    listed = run("mapping", "list", "--json").document["mappings"]
    assert {"name": "mairie-10", "saved": True} in listed
    assert {"name": "odk", "saved": False} in listed
    shown = json.loads(run("mapping", "show", "mairie-10").out)
    assert shown["columns"]["headcount"] == ["nb"]
    ran = run("import", "sightings", str(file), "--mapping", "mairie-10")
    assert (ran.code, "1 ajoutée" in ran.out) == (0, True)
    assert "la ligne 1 a été ignorée" in ran.err
    assert "connu à partir de maintenant" in ran.err
    assert run("mapping", "remove", "mairie-10").code == 0
    assert run("mapping", "show", "mairie-10").code == 1


def test_a_mapping_comes_from_a_file_and_is_checked(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"columns": {"observed_at": ["jour"]}, "rest": true}')
    assert run("mapping", "save", "mine", "--file", str(file)).code == 0
    ran = run("mapping", "save", "mine", "--column", "head=nb")
    assert (ran.code, "vouliez-vous dire headcount" in plain(ran.err)) == (1, True)
    assert run("mapping", "save", "mine", "--file", str(tmp_path / "none.json")).code == 1


def test_a_dry_run_draws_where_the_rows_lie(run: Run, tmp_path: Path) -> None:
    file, drawn = tmp_path / "theirs.csv", tmp_path / "seen.html"
    file.write_text(THEIRS)
    said = ("--column", "observed_at=jour", "--column", "headcount=nb", "--ignore", "obs")
    ran = run("import", "sightings", str(file), *said, "--dry-run", "--map", str(drawn))
    assert (ran.code, "1 serait ajoutée" in ran.out) == (0, True)
    text = drawn.read_text()
    assert '"label":"1"' in text
    assert "bruit" not in text
    assert run("export", "sightings", str(tmp_path / "out.csv"), "--json").document["rows"] == 0


def test_a_map_goes_with_a_dry_run(run: Run, tmp_path: Path) -> None:
    file, drawn = tmp_path / "theirs.csv", tmp_path / "seen.html"
    file.write_text(THEIRS)
    assert run("import", "sightings", str(file), "--map", str(drawn)).code == 2
