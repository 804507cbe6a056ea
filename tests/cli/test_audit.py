"""The journal and retention on the command line."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.journal import anchors
from plain import plain
from samples.journal_samples import a_sighting

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
    stop, outside = threading.Event(), anchors.Outside.of(tmp_path)
    stop.set()
    anchors.take_regularly(store, outside, stop)
    assert len(anchors.kept(outside.file)) == 1
    assert outside.log.checkpoint() is not None


def test_an_entry_is_proven_and_the_proof_speaks_against_a_log_made_anew(
    run: Run, store: Store, home: Path
) -> None:
    """`prove` takes in what is new; `verify --checkpoint` holds the log against what was kept."""
    run("audit", "list", "--json")
    (entry,) = run("audit", "list", "--json", "--most", "1").document["entries"][:1]
    name, proof = f"{entry['chain']}:{entry['seq']}", home / "entry.tlog-proof"
    done = run("audit", "prove", name, "--out", str(proof))
    assert done.code == 0
    shown = run("audit", "prove", name, "--json").document
    assert shown["bytes"] <= 2000
    assert shown["key"] == run("audit", "keys").out.strip()
    assert run("audit", "verify", "--checkpoint", str(proof)).code == 0
    assert name in plain(run("audit", "list").out)
    for wrong in ("x", "3", "3:x", "-1:2", "3:1:1"):
        assert run("audit", "prove", wrong).code == 2
    assert run("audit", "prove", "3:99999999").code == 1
    for file in (home / "journal" / "log").glob("*"):
        if file.is_file() and file.name != "log.key":
            file.unlink()
    bend(store, "UPDATE journal.entry SET motive = 'another'")
    run("audit", "anchor")
    done = run("audit", "verify", "--checkpoint", str(proof))
    assert done.code == 1
    assert "Le registre a été réécrit" in plain(done.out)


def test_the_settings_name_witnesses_and_whom_one_is_for(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (log,) = run("audit", "keys").out.split()
    known = home / "logs"
    known.write_text(f"{log}\n")
    monkeypatch.setenv("GEOSITES_WITNESS_FOR", str(known))
    _, witness = run("audit", "keys").out.split()
    asked = home / "witnesses"
    asked.write_text(f"{witness} http://127.0.0.1:9/witness\n")
    monkeypatch.setenv("GEOSITES_WITNESSES", str(asked))
    assert run("audit", "anchor").code == 0
    asked.write_text(f"{log} http://127.0.0.1:9/witness\n")
    done = run("audit", "anchor")
    assert done.code == 1
    assert "pas un témoin" in plain(done.err)


def test_verify_says_when_no_time_stamp_holds(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root")])
    key = Ed25519PrivateKey.generate()
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + dt.timedelta(1))
    (home / "roots.pem").write_bytes(made.sign(key, None).public_bytes(Encoding.PEM))
    monkeypatch.setenv("GEOSITES_TIMESTAMP_ROOTS", str(home / "roots.pem"))
    assert "GEOSITES_TIMESTAMP_URL" in plain(run("audit", "verify").err)
    monkeypatch.setenv("GEOSITES_TIMESTAMP_URL", "http://127.0.0.1:1/")
    assert run("audit", "anchor").code == 0  # the authority does not answer, and holds nothing up
    done = run("audit", "verify")
    assert done.code == 0
    assert "Aucun horodatage valable." in plain(done.err)
    (home / "journal/log/timestamps").mkdir()
    (home / "journal/log/timestamps/1.tsr").write_bytes(b"no stamp")
    done = run("audit", "verify")
    assert done.code == 1
    assert "horodatage de la feuille 1" in plain(done.out)
