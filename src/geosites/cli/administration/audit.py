"""`geosites audit`: read and verify the journal."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.administration.journal_setup import outside_of, witness_of
from geosites.cli.console.language import say, say_many, translate
from geosites.cli.console.output import AsJson, answers, parse_instant, print_json, remarks, words
from geosites.cli.console.usage import App
from geosites.cli.store.store_setup import open_store
from geosites.core.job_schedule import ServiceJob
from geosites.db import journal_entries
from geosites.db.journal_entries import Entry
from geosites.db.schema.journal import JournalKind
from geosites.journal import anchors
from geosites.journal.chain import Verdict, judge
from geosites.journal.log_verification import judge_log, read_checkpoints
from geosites.journal.tiles import write_whole
from geosites.journal.timestamps import judge_timestamps, last_stamped
from geosites.ops.job_runs import recorded
from geosites.presentation import journal_labels as labels
from geosites.presentation.permission_labels import role_word
from geosites.settings import Settings

app = App("The journal: verify, list, anchor.")

_Files = Annotated[
    list[Path] | None,
    typer.Option("--anchors", help="A file with more anchors, one a line."),
]
_Checkpoints = Annotated[
    list[Path] | None,
    typer.Option("--checkpoint", help="A checkpoint of the log, or a proof, kept elsewhere."),
]


@app.command()
def verify(more: _Files = None, proven: _Checkpoints = None, as_json: AsJson = False) -> None:
    """Verify the hash chains of the journal, its anchors and its log; exit 1 for a fault.

    The anchors are those in the home folder, in issued bulletins, and in the files given.
    """
    settings = Settings()
    for file in [*(more or ()), *(proven or ())]:
        if not file.is_file():
            raise typer.BadParameter(say("there is no file %(path)s", path=file))
    files = [anchors.anchors_file(settings.home), *(more or [])]
    outside = [anchor for file in files for anchor in anchors.kept(file)]
    signed = [parsed for file in proven or () for parsed in read_checkpoints(file.read_text())]
    log, roots = outside_of(settings).log, settings.timestamp_roots
    with open_store(settings, geography=False) as store, store.begin() as conn:
        journal_entries.hold_still(conn)
        verdict = judge(conn, outside)
        verdict = replace(verdict, faults=(*verdict.faults, *judge_log(conn, log, signed)))
    if roots is not None:
        verdict = replace(verdict, faults=(*verdict.faults, *judge_timestamps(log, roots)))
    if as_json:
        print_json(verdict.document())
    else:
        _print_verdict(verdict)
        if roots is not None:
            _print_stamp(last_stamped(log, roots))
    if not verdict.sound:
        raise typer.Exit(1)


@app.command(name="list")
def list_(
    before: Annotated[
        str | None,
        typer.Option(metavar="INSTANT", help="Only entries before this instant; by default now."),
    ] = None,
    kind: Annotated[JournalKind | None, typer.Option(help="Only entries of this kind.")] = None,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="Maximum number of entries.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List entries of the journal, the newest first."""
    until = parse_instant(before) if before else None
    with open_store(Settings(), geography=False) as store, store.begin() as conn:
        entries = journal_entries.latest(conn, before=until, kind=kind, most=most)
    if as_json:
        print_json({"entries": [entry.document() for entry in entries]})
        return
    if not entries:
        remarks.print(say("No entry."))
    for entry in entries:
        answers.print(_line(entry), markup=False)


@app.command()
def anchor() -> None:
    """Take an anchor, add it to the file in the home folder and print it.

    Keep a copy elsewhere: an anchor proves that earlier entries are unchanged.
    """
    settings = Settings()
    with (
        open_store(settings, geography=False) as store,
        recorded(store, ServiceJob.ANCHOR, translate),
    ):
        answers.print(anchors.extend(store, outside_of(settings)), markup=False)


@app.command()
def prove(
    entry: Annotated[
        str, typer.Argument(metavar="ENTRY", help="An entry by chain and number, such as 3:118.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", help="File for the proof; by default it is printed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a proof that an entry is in the log of the journal.

    script/check_proof.py checks it without geosites, against the key that `audit keys` prints.
    """
    chain, seq = _entry_name(entry)
    settings = Settings()
    log = outside_of(settings).log
    with open_store(settings, geography=False) as store:
        with store.begin() as conn:
            row = journal_entries.get(conn, chain, seq)
        if log.index_of(chain, seq) is None:
            anchors.extend(store, outside_of(settings))
    proof = log.prove(row)
    if out is not None:
        write_whole(out, proof.encode())
    if as_json:
        key = str(log.key.verifier)
        print_json({"entry": entry, "key": key, "bytes": len(proof.encode()), "proof": proof})
    elif out is None:
        answers.print(proof, end="", markup=False)
    else:
        answers.print(str(out), markup=False)


@app.command()
def keys(as_json: AsJson = False) -> None:
    """Print the public keys of the log and, if this service is one, of the witness."""
    settings = Settings()
    witness = witness_of(settings)
    result = {"log": str(outside_of(settings).log.key.verifier)}
    if witness is not None:
        result["witness"] = str(witness.key.verifier)
    if as_json:
        print_json(result)
        return
    for key in result.values():
        answers.print(key, markup=False)


def _entry_name(text: str) -> tuple[int, int]:
    """Return chain and number of an entry; raises `BadParameter` of the command line."""
    chain, _, seq = text.partition(":")
    if not (chain.isdecimal() and seq.isdecimal() and len(text) < 24):
        raise typer.BadParameter(say("not an entry: %(name)r; write 3:118", name=text))
    return int(chain), int(seq)


def print_faults(verdict: Verdict) -> None:
    """Print the errors of the journal, one per line."""
    for fault in verdict.faults:
        answers.print(labels.fault(words(), fault.chain, fault.seq, fault.what), markup=False)


def _print_verdict(verdict: Verdict) -> None:
    parts = (
        say_many("%(count)s entry", "%(count)s entries", verdict.entries),
        say_many("%(count)s anchor matched", "%(count)s anchors matched", verdict.anchors_met),
        say_many(
            "%(count)s anchor older than what is kept",
            "%(count)s anchors older than what is kept",
            verdict.anchors_too_old,
        ),
    )
    answers.print(f"{', '.join(parts)}.", markup=False)
    print_faults(verdict)
    if not verdict.anchors_met:
        remarks.print(say("No anchor matched: the loss of the latest entries would go unnoticed."))
    whole, broken = say("The journal is complete."), say("The journal is NOT complete.")
    answers.print(whole if verdict.sound else broken)


def _print_stamp(stamped: tuple[int, dt.datetime] | None) -> None:
    if stamped is None:
        remarks.print(say("No time-stamp is valid."))
        return
    size, at = stamped
    when = words().instant(at)
    answers.print(say("Time-stamped on %(when)s with %(size)s entries.", when=when, size=size))


def _line(entry: Entry) -> str:
    """Return an entry on one line: time, kind, actor, channel, subject, references, recipient,
    reason.
    """
    vocabulary = words()
    role = role_word(vocabulary, entry.role) if entry.role else None
    who = " ".join(filter(None, (entry.actor, role, entry.unit)))
    named = labels.references(vocabulary, entry.what, entry.references())
    subject = labels.subject(vocabulary, entry.what)
    recipient = labels.recipient_word(vocabulary, entry.recipient) if entry.recipient else ""
    parts = (
        f"{entry.chain}:{entry.seq}",
        vocabulary.instant(entry.at),
        labels.kind_word(vocabulary, entry.kind),
        who,
        labels.channel_word(vocabulary, entry.channel or ""),
        f"{subject}{say(': ')}{named}" if named else subject,
        f"→ {recipient}" if recipient else "",
        f"({entry.motive})" if entry.motive else "",
    )
    return "  ".join(filter(None, parts))
