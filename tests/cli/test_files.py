"""Whole files in and out by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.conftest import Run
from geosites.db.closure import reactivation_hazard
from geosites.db.postgres.connection import Store
from geosites.services.closure_status.reactivation_hazard import BASIS

GOOD = "observed_at,lon,lat,headcount\n2023-03-01T10:00:00+01:00,2.38995,48.89985,4\n"


def test_a_file_is_added_once(run: Run, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "seen.csv"
    file.write_text(GOOD)
    first = run("import", "sightings", str(file), "--json")
    with store.begin() as conn:
        assert reactivation_hazard.totals(conn, BASIS) is not None, "the next answer is ready"
    again = run("import", "sightings", str(file), "--json")
    assert (first.code, first.document["added"]) == (0, 1)
    assert (again.code, again.document["already_there"]) == (0, 1)
    assert {
        "file", "rows", "added", "already_there", "refused", "refused_total", "seconds",
    } <= set(first.document)  # fmt: skip


def test_a_bad_row_refuses_the_file_and_names_the_place(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "seen.csv"
    file.write_text(GOOD + "2023-03-01T11:00:00+01:00,2.38995,48.89985,-2\n")
    ran = run("import", "sightings", str(file), "--json")
    assert ran.code == 1
    (refused,) = ran.document["refused"]
    assert (refused["line"], refused["column"], refused["value"]) == (3, "headcount", "-2")
    told = run("import", "sightings", str(file))
    assert "ligne 3, headcount" in told.err
    assert run("export", "sightings", str(tmp_path / "out.csv"), "--json").document["rows"] == 0


def test_columns_of_other_systems_come_in(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "theirs.csv"
    file.write_text("ts;lon;lat;cat\n2023-03-01;2.38995;48.89985;x\n")
    words = ("--column", "observed_at=ts", "--value", "headcount=1", "--ignore", "cat", "--json")
    assert run("import", "sightings", str(file), *words).document["added"] == 1
    bare = run("import", "sightings", str(file), *words[:4])
    assert bare.code == 1
    assert "cat" in bare.err


def test_a_dry_run_writes_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "seen.csv"
    file.write_text(GOOD)
    assert run("import", "sightings", str(file), "--dry-run", "--json").document["added"] == 1
    assert run("import", "sightings", str(file), "--json").document["added"] == 1


def test_an_unlikely_count_is_told_by_its_row_and_taken(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "seen.csv"
    file.write_text(GOOD + "2023-03-01T11:00:00+01:00,2.38995,48.89985,99999\n")
    for words in (["--dry-run"], []):
        told = run("import", "sightings", str(file), *words)
        assert told.code == 0
        assert "ligne 3, headcount" in told.err
        assert "1 effectif est plus élevé que d’habitude" in told.err
    again = run("import", "sightings", str(file), "--json")
    assert (again.document["already_there"], again.document["doubtful_total"]) == (2, 0)


@pytest.mark.parametrize("option", ["--column", "--value"])
def test_half_a_pair_is_wrong_usage(run: Run, tmp_path: Path, option: str) -> None:
    assert run("import", "sightings", str(tmp_path / "x.csv"), option, "observed_at").code == 2


def test_a_file_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    ran = run("import", "sightings", str(tmp_path / "nowhere.csv"))
    assert ran.code == 1
    assert "nowhere.csv" in ran.err


@pytest.mark.parametrize("kind", ["sightings", "operations", "closures", "sites"])
def test_everything_goes_out_by_its_ending(run: Run, tmp_path: Path, kind: str) -> None:
    run("geo", "load", "--facts")
    file = tmp_path / f"{kind}.csv"
    assert run("export", kind, str(file)).code == 0
    assert file.read_text().count("\n") >= 1
    assert run("export", kind, str(tmp_path / "x.docx")).code == 1


def test_closures_and_operations_go_out_and_come_back(run: Run, tmp_path: Path) -> None:
    run("geo", "load", "--facts")
    for kind in ("operations", "closures"):
        file = str(tmp_path / f"{kind}.csv")
        rows = run("export", kind, file, "--json").document["rows"]
        assert rows > 0
        back = run("import", kind, file, "--json").document
        assert (back["refused_total"], back["already_there"]) == (0, rows)
