"""The journal and retention on the command line."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from geosites.db import sightings, store_flags
from geosites.db.postgres.connection import Store
from geosites.journal import anchors
from journal_samples import a_sighting
from plain import plain

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path))
    return tmp_path


def bend(store: Store, statement: str) -> None:
    with store.begin() as conn:
        conn.execute(sa.text("SET LOCAL session_replication_role = replica"))
        conn.execute(sa.text(statement))


def test_a_journal_that_nobody_bent_verifies(run: Run) -> None:
    assert run("audit", "anchor").code == 0
    done = run("audit", "verify", "--json")
    assert done.code == 0
    assert done.document["sound"] is True
    assert done.document["anchors_met"] == 1
    assert done.document["entries"] > 0


def test_a_changed_entry_is_told_with_its_place_and_exit_1(run: Run, store: Store) -> None:
    bend(
        store,
        "UPDATE journal.entry SET actor = 'nobody' WHERE (chain, seq) IN"
        " (SELECT chain, seq FROM journal.entry LIMIT 1)",
    )
    done = run("audit", "verify")
    assert done.code == 1
    assert "entrée 1 : modifiée, permutée ou insérée" in plain(done.out)
    assert "n'est PAS complet" in plain(done.out)
    assert "Aucune ancre n'est retrouvée" in plain(done.err)


def test_a_cut_tail_is_missed_by_the_anchor_of_the_file(run: Run, store: Store) -> None:
    run("audit", "anchor")
    bend(store, "DELETE FROM journal.entry")
    bend(
        store,
        "UPDATE journal.head SET seq = 0,"
        " hash = sha256(convert_to('geosites journal ' || chain, 'UTF8'))",
    )
    done = run("audit", "verify", "--json")
    assert done.code == 1
    assert "which is not there" in done.document["faults"][0]["what"]


def test_more_anchors_are_met_and_what_is_none_is_refused(run: Run, tmp_path: Path) -> None:
    line = run("audit", "anchor").out.strip()
    more = tmp_path / "printed.txt"
    more.write_text(f"{line}\n\n")
    assert run("audit", "verify", "--anchors", str(more), "--json").document["anchors_met"] == 2
    more.write_text("W40 of 2022\n")
    done = run("audit", "verify", "--anchors", str(more))
    assert done.code == 1
    assert "pas une ancre" in done.err


def test_the_list_says_who_worked_at_the_machine(run: Run) -> None:
    run(
        "site",
        "add",
        "new-place",
        "--name",
        "Here",
        "--lon",
        "2.37",
        "--lat",
        "48.88",
        "--radius-m",
        "50",
    )
    done = run("audit", "list", "--json", "--kind", "change", "--most", "1")
    (entry,) = done.document["entries"]
    assert entry["actor"].startswith("os:")
    assert (entry["channel"], entry["what"], entry["refs"]) == (
        "command line",
        "site",
        ["new-place"],
    )
    assert "ligne de commande  lieu : new-place" in plain(run("audit", "list", "--most", "1").out)
    assert run("audit", "list", "--before", "2020-01-01T00:00:00Z", "--json").document == {
        "entries": []
    }


def test_retention_says_what_would_go_erases_it_and_shows_the_certificate(
    run: Run, store: Store
) -> None:
    with store.begin() as conn:
        sightings.add(conn, a_sighting(dt.datetime(2015, 1, 1, tzinfo=dt.UTC)))
    trial = run("retention", "run", "--dry-run", "--json")
    assert [one["rows"] for one in trial.document["certificates"]] == [1]
    assert "essai à blanc" in trial.err
    assert plain(run("retention", "certificates").out.strip()) == "Rien n'était arrivé à échéance."
    assert "observation : 1 ligne effacée, avant le" in plain(run("retention", "run").out)
    (made,) = run("retention", "certificates", "--json").document["certificates"]
    assert (made["table_name"], made["rows"]) == ("sighting", 1)
    assert run("audit", "verify").code == 0


def test_the_exercise_is_not_erased_by_accident(run: Run, store: Store) -> None:
    with store.begin() as conn:
        store_flags.put(conn, store_flags.EXERCISE, "x")
    done = run("retention", "run")
    assert done.code == 1
    assert "--exercise" in done.err
    assert run("retention", "run", "--exercise").code == 0


def test_the_running_service_anchors_at_once_and_until_it_is_told_to_stop(
    store: Store, tmp_path: Path
) -> None:
    stop, file = threading.Event(), anchors.anchors_file(tmp_path)
    stop.set()
    anchors.take_regularly(store, file, stop)
    assert len(anchors.kept(file)) == 1
