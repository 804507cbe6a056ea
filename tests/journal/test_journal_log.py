"""The journal's Merkle log: what it proves to outsiders and reveals, and how it is witnessed."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import sqlalchemy as sa

from geosites.cli.store.retention import periods
from geosites.core.errors import NotFound, Refused
from geosites.db import journal, journal_entries
from geosites.db.journal_entries import Entry
from geosites.db.maintenance import retention
from geosites.db.postgres.connection import Store
from geosites.journal import merkle, witnesses
from geosites.journal.chain import Fault, genesis, link
from geosites.journal.log import MOST_PROOF, JournalLog
from geosites.journal.log_entries import MOST, leaf_of
from geosites.journal.log_verification import judge_log, read_checkpoints
from geosites.journal.signed_notes import LogCheckpoint, VerifierKey, encode, parse_checkpoint
from geosites.journal.witnesses import KnownWitness, Witness, WitnessAnswer
from geosites.settings import Settings
from samples.journal_samples import AT, WHO

SCRIPT = Path(__file__).parents[2] / "script/check_proof.py"
POSIX = 1_700_000_000


def note(store: Store, count: int = 1, motive: str = "prefect's request") -> None:
    for number in range(count):
        with store.begin() as conn:
            journal.act_as(conn, WHO, "api", motive)
            journal.consulted(conn, "read week", [f"week=2022-W{number:02}"])


def entries(store: Store) -> list[Entry]:
    with store.begin() as conn:
        return list(journal_entries.chains(conn))


def faults(
    store: Store, log: JournalLog, outside: list[LogCheckpoint] | None = None
) -> list[Fault]:
    with store.begin() as conn:
        journal_entries.hold_still(conn)
        return list(judge_log(conn, log, outside or []))


def bend(store: Store, *statements: str) -> None:
    with store.begin() as conn:
        conn.execute(sa.text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            conn.execute(sa.text(statement))


def check(proof: str, *keys: VerifierKey, folder: Path) -> subprocess.CompletedProcess[str]:
    file = folder / "entry.tlog-proof"
    file.write_bytes(proof.encode())
    command = [sys.executable, "-I", str(SCRIPT), str(file), *map(str, keys)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def log(tmp_path: Path) -> JournalLog:
    return JournalLog(tmp_path / "log", "geosites.example/journal/log")


def test_every_entry_is_proven_by_a_script_that_knows_nothing_of_us(
    store: Store, log: JournalLog, tmp_path: Path
) -> None:
    note(store, 3)
    log.extend(store)
    note(store, 2)
    signed = log.extend(store)
    rows = entries(store)
    assert signed.size == len(rows)
    assert sorted(log.index_of(row.chain, row.seq) for row in rows) == list(range(len(rows)))
    for row in rows[::7]:
        done = check(log.prove(row), log.key.verifier, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout.partition("\n")[2])
        assert (told["entry"], told["actor"]) == (f"{row.chain}:{row.seq}", row.actor)
    lines = SCRIPT.read_text().splitlines()
    assert len(lines) <= 100
    assert "geosites." not in "".join(line for line in lines if "import" in line)


def test_a_proof_that_was_touched_proves_nothing(
    store: Store, log: JournalLog, tmp_path: Path
) -> None:
    note(store, 9)
    log.extend(store)
    row = next(row for row in entries(store) if row.channel == "api")
    proof, key = log.prove(row), log.key.verifier
    head, text, signatures = proof.split("\n\n")
    other = JournalLog(tmp_path / "other", log.key.name).key.verifier
    first, extra, index, *path = head.split("\n")
    another = f"index {int(index[6:]) ^ 1}"
    leaf = encode(log.leaf(row).replace(b'"api"', b'"sql"'))
    for wrong in (
        "\n\n".join(["\n".join([first, f"extra {leaf}", index, *path]), text, signatures]),
        "\n\n".join(["\n".join([first, extra, another, *path]), text, signatures]),
        "\n\n".join(["\n".join([first, extra, index, *path[1:]]), text, signatures]),
        "\n\n".join(["\n".join([first, extra, index, *path, path[0]]), text, signatures]),
        proof.replace(text, text.replace(text.split("\n")[1], "9999")),
    ):
        assert wrong != proof
        assert check(wrong, key, folder=tmp_path).returncode == 1
    assert "did not sign" in check(proof, other, folder=tmp_path).stderr
    assert check(proof, folder=tmp_path).returncode == 1


def test_the_largest_proof_of_a_large_log_has_two_kilobytes(log: JournalLog) -> None:
    """A million entries, every text as long as it may be, in letters of three bytes."""
    long = "漢" * 200
    row = Entry(
        chain=15, seq=10**9, at=AT, kind="communication", actor=long, role=long, unit=long,
        channel=long, motive=long, what=long, refs=long, recipient=long, hash=b"",
    )  # fmt: skip
    leaf = leaf_of(row, b"s")
    assert json.loads(leaf)["motive"].startswith("sha256:")
    assert len(leaf) <= MOST + 110  # eight digests and what they stand behind
    usual = Entry(
        chain=15, seq=10**6, at=AT, kind="communication", actor="psp-18e-liaison",
        role="coordinator", unit="PP-DSPAP-18", channel="command line", motive="é" * 200,
        what="export sightings", refs=json.dumps(["0" * 36] * 20), recipient="file", hash=b"",
    )  # fmt: skip
    assert len(leaf_of(usual, b"s")) <= MOST
    path = 20 * 45
    checkpoint = len(log.key.name) * 2 + 8 + 45 + 105
    assert 60 + len(encode(leaf_of(usual, b"s"))) + path + checkpoint <= MOST_PROOF


def test_neighbours_in_a_proof_cannot_be_guessed(store: Store, log: JournalLog) -> None:
    """Whoever knows all of an entry but its salt does not find its hash in the tiles."""
    note(store, 2)
    log.extend(store)
    row = entries(store)[-1]
    index = log.index_of(row.chain, row.seq)
    assert index is not None
    tiles = log.tiles(log.extend(store).size)
    assert merkle.leaf_hash(log.leaf(row)) == tiles.leaf(index)
    for secret in (b"", b"x", log.key.verifier.public):
        assert merkle.leaf_hash(leaf_of(row, secret)) != tiles.leaf(index)


def test_an_untouched_log_has_no_fault(store: Store, log: JournalLog) -> None:
    assert faults(store, log) == []
    note(store, 3)
    old = log.extend(store)
    note(store, 3)
    log.extend(store)
    note(store)
    assert faults(store, log, [old]) == []


def test_a_journal_rewritten_with_all_its_chains_is_told_by_the_log(
    store: Store, log: JournalLog
) -> None:
    """The owner of the database changes an entry and computes every later hash again."""
    note(store, 3)
    log.extend(store)
    row = entries(store)[-1]
    with store.begin() as conn:
        conn.execute(sa.text("SET LOCAL session_replication_role = replica"))
        last = genesis(row.chain).hash
        for item in [e for e in journal_entries.chains(conn) if e.chain == row.chain]:
            changed = Entry(**{**vars(item), "actor": "nobody"}) if item == row else item
            last = link(last, changed)
            conn.execute(
                sa.text("UPDATE journal.entry SET actor=:a, hash=:h WHERE (chain, seq) = (:c, :s)"),
                {"a": changed.actor, "h": last, "c": item.chain, "s": item.seq},
            )
        conn.execute(
            sa.text("UPDATE journal.head SET hash = :h WHERE chain = :c"),
            {"h": last, "c": row.chain},
        )
    (fault,) = faults(store, log)
    assert (fault.chain, fault.seq) == (row.chain, row.seq)
    with pytest.raises(Refused, match="another entry"):
        log.prove(entries(store)[-1])


def test_a_tail_cut_off_is_told_and_nothing_is_signed_over_it(
    store: Store, log: JournalLog
) -> None:
    note(store, 2)
    log.extend(store)
    row = entries(store)[-1]
    where = f"chain = {row.chain}"
    bend(
        store,
        f"DELETE FROM journal.entry WHERE {where}",
        f"UPDATE journal.head SET seq = 0 WHERE {where}",
    )
    assert any("which is not there" in fault.what for fault in faults(store, log))
    with pytest.raises(Refused, match="not in the journal"):
        log.extend(store)


def test_a_log_made_anew_does_not_meet_a_checkpoint_kept_elsewhere(
    store: Store, log: JournalLog
) -> None:
    """Whoever owns the machine makes journal, tiles and signature again: a proof tells."""
    note(store, 3)
    log.extend(store)
    (kept,) = read_checkpoints(log.prove(entries(store)[-1]))
    key = (log.folder / "log.key").read_text()
    shutil.rmtree(log.folder)
    (gone,) = faults(store, log, [kept])
    assert "is gone" in gone.what
    bend(store, "UPDATE journal.entry SET motive = 'another'")
    log.folder.mkdir()
    (log.folder / "log.key").write_text(key)
    log.extend(store)
    assert faults(store, log) == []
    (fault,) = faults(store, log, [kept])
    assert "rewritten" in fault.what
    longer = type(kept)(**{**vars(kept), "size": 10**6})
    (fault,) = faults(store, log, [longer])
    assert "1000000" in fault.what


def test_what_is_damaged_in_the_folder_is_told(store: Store, log: JournalLog) -> None:
    note(store, 2)
    log.extend(store)
    tile = max(file for file in (log.folder / "tile" / "0").rglob("*") if file.is_file())
    whole = tile.read_bytes()
    tile.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert any("rewritten" in fault.what for fault in faults(store, log))
    tile.write_bytes(whole[:-1])
    assert any("damaged" in fault.what for fault in faults(store, log))
    tile.unlink()
    assert any("missing" in fault.what for fault in faults(store, log))
    tile.write_bytes(whole)
    assert faults(store, log) == []
    checkpoint = log.folder / "checkpoint"
    signed = checkpoint.read_text()
    checkpoint.write_text(signed.replace(signed.split("\n")[1], "3", 1))
    assert any("not signed" in fault.what for fault in faults(store, log))
    checkpoint.unlink()
    assert any("no signed checkpoint" in fault.what for fault in faults(store, log))


def test_what_retention_erased_stays_proven_as_a_hash_and_is_told_no_more(
    store: Store, log: JournalLog
) -> None:
    note(store, 2)
    signed = log.extend(store)
    row = entries(store)[0]
    bend(store, "UPDATE journal.entry SET at = at - interval '3 years'")
    with store.begin() as conn:
        retention.run(conn, periods(Settings()), dt.datetime.now(dt.UTC))
    assert [e for e in entries(store) if (e.chain, e.seq) == (row.chain, row.seq)] == []
    assert log.extend(store).size > signed.size
    assert faults(store, log, [signed]) == []


def test_what_was_erased_before_the_log_knew_it_is_passed_over(
    store: Store, log: JournalLog
) -> None:
    note(store, 2)
    bend(store, "UPDATE journal.entry SET at = at - interval '3 years'")
    with store.begin() as conn:
        retention.run(conn, periods(Settings()), dt.datetime.now(dt.UTC))
    erased = {mark.chain: mark.seq for mark in marks(store)}
    signed = log.extend(store)
    assert signed.size == len(entries(store))
    chain, seq = next(iter(erased.items()))
    assert log.index_of(chain, seq) is None
    assert faults(store, log) == []


def marks(store: Store) -> list[journal_entries.ChainMark]:
    with store.begin() as conn:
        return journal_entries.checkpoints(conn)


def test_two_processes_that_extend_at_once_make_one_log(store: Store, log: JournalLog) -> None:
    note(store, 20)
    others = [JournalLog(log.folder, log.key.name) for _ in range(3)]
    threads = [threading.Thread(target=one.extend, args=(store,)) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.extend(store).size == len(entries(store))
    assert faults(store, log) == []


@pytest.fixture
def witness(log: JournalLog, tmp_path: Path) -> Witness:
    logs = {log.key.name: log.key.verifier}
    return Witness(tmp_path / "witness", logs, "elsewhere.example/witness")


@pytest.fixture
def served(witness: Witness) -> Iterator[KnownWitness]:
    """Return a witness at an address of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            answer = witness.add_checkpoint(body, POSIX)
            self.send_response(answer.status if self.path == "/w/add-checkpoint" else 418)
            self.send_header("Content-Type", answer.media_type)
            self.end_headers()
            self.wfile.write(answer.text.encode())

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}/w"
        yield KnownWitness(key=witness.key.verifier, address=address)
        server.shutdown()


def test_a_witness_cosigns_what_grew_and_the_script_says_when(
    store: Store, log: JournalLog, served: KnownWitness, tmp_path: Path
) -> None:
    for count in (2, 3):
        note(store, count)
        log.extend(store)
        assert witnesses.ask_all(log, [served]) == 1
    proof = log.prove(entries(store)[-1])
    assert len(proof.encode()) <= MOST_PROOF
    done = check(proof, log.key.verifier, served.key, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"elsewhere.example/witness at {POSIX}" in done.stdout


def test_a_witness_refuses_a_log_that_was_made_anew(
    store: Store, log: JournalLog, served: KnownWitness
) -> None:
    note(store, 5)
    log.extend(store)
    assert witnesses.ask_all(log, [served]) == 1
    key = (log.folder / "log.key").read_text()
    shutil.rmtree(log.folder)
    bend(store, "UPDATE journal.entry SET motive = 'another'")
    log.folder.mkdir()
    (log.folder / "log.key").write_text(key)
    note(store, 2)
    log.extend(store)
    assert witnesses.ask_all(log, [served]) == 0


def test_a_witness_answers_as_the_specification_says(
    store: Store, log: JournalLog, witness: Witness, tmp_path: Path
) -> None:
    note(store, 2)
    first = log.extend(store)
    note(store, 2)
    second = log.extend(store)
    proof = [
        encode(item)
        for item in merkle.consistency_proof(log.tiles(second.size), first.size, second.size)
    ]

    def asked(old: object, lines: list[str], signed: str) -> WitnessAnswer:
        return witness.add_checkpoint("\n".join([f"old {old}", *lines, "", signed]), POSIX)

    stranger = JournalLog(tmp_path / "stranger", "stranger.example/log").extend(store)
    assert asked(0, [], stranger.note).status == 404
    forged = JournalLog(tmp_path / "forged", log.key.name).extend(store)
    assert asked(0, [], forged.note).status == 403
    assert asked(first.size + 1, [], first.note).status == 400
    for junk in ("", "old 0", "old 00\n\n", "old x\n\n", f"old 0\nAA\n\n{first.note}"):
        assert witness.add_checkpoint(junk, POSIX).status == 400
    assert asked(0, [encode(b"x" * 32)], first.note).status == 422
    answer = asked(0, [], first.note)
    assert answer.status == 200
    cosigned = parse_checkpoint(first.note + answer.text)
    assert cosigned.signed_by(witness.key.verifier)
    again = asked(0, [], first.note)
    assert (again.status, again.text) == (409, f"{first.size}\n")
    assert again.media_type == "text/x.tlog.size"
    assert asked(first.size, [], first.note).status == 200
    assert asked(first.size, proof[:-1], second.note).status == 422
    assert asked(first.size, proof, second.note).status == 200
    assert asked(second.size, [], second.note).status == 200
    assert asked(first.size, proof, second.note).status == 409


@pytest.mark.parametrize("text", ["x", "a+b+c", "log.example+00000000+AQ=="])
def test_files_of_keys_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# a comment\n\n{text}\n")
    for read in (witnesses.known_logs, witnesses.known_witnesses):
        with pytest.raises(Refused):
            read(file)
        with pytest.raises(Refused):
            read(tmp_path / "absent")


def test_the_key_is_its_owner_s_alone_and_what_the_log_does_not_hold_is_not_found(
    store: Store, log: JournalLog
) -> None:
    note(store)
    with pytest.raises(NotFound):
        log.prove(entries(store)[-1])
    log.extend(store)
    assert (log.folder / "log.key").stat().st_mode & 0o777 == 0o600
    assert len(list(log.folder.glob("log.key*"))) == 1
