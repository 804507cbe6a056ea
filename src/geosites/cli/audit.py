"""`geosites audit`: the journal, and whether it is whole."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from geosites.cli.output import AsJson, answers, parse_instant, print_json, remarks, say
from geosites.cli.store_setup import open_store
from geosites.db import journal
from geosites.db.journal import Entry
from geosites.db.schema.journal import Kind
from geosites.journal import anchors
from geosites.journal.chain import Verdict, judge
from geosites.settings import Settings

app = typer.Typer(no_args_is_help=True, help="The journal: verify it, list it, anchor it.")

_Files = Annotated[
    list[Path] | None,
    typer.Option("--anchors", exists=True, help="More anchors, one a line; may be given again."),
]


@app.command()
def verify(more: _Files = None, as_json: AsJson = False) -> None:
    """Follow every chain of the journal and meet every anchor; exit 1 where something is wrong.

    Anchors are those of the home's file, of the bulletins issued, and of files given.
    """
    settings = Settings()
    files = [anchors.anchors_file(settings.home), *(more or [])]
    outside = [anchor for file in files for anchor in anchors.kept(file)]
    with open_store(settings, geography=False) as store, store.begin() as conn:
        journal.hold_still(conn)
        verdict = judge(conn, outside)
    if as_json:
        print_json(verdict.document())
    else:
        _print_verdict(verdict)
    if not verdict.sound:
        raise typer.Exit(1)


@app.command(name="list")
def list_(
    before: Annotated[str | None, typer.Option(help="An instant; by default now.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only entries of this kind.")] = None,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the last entries, the newest first."""
    until = parse_instant(before) if before else None
    with open_store(Settings(), geography=False) as store, store.begin() as conn:
        found = journal.latest(conn, before=until, kind=kind, most=most)
    if as_json:
        print_json({"entries": [entry.document() for entry in found]})
        return
    for entry in found:
        answers.print(_line(entry), markup=False)


@app.command()
def anchor() -> None:
    """Take an anchor, add it to the home's file, and print it: keep it elsewhere too."""
    settings = Settings()
    with open_store(settings, geography=False) as store:
        answers.print(anchors.take(store, anchors.anchors_file(settings.home)), markup=False)


def _print_verdict(verdict: Verdict) -> None:
    said = say(
        "Entries: %(entries)s; anchors met: %(met)s; older than what is kept: %(old)s.",
        entries=verdict.entries,
        met=verdict.anchors_met,
        old=verdict.anchors_too_old,
    )
    answers.print(said)
    for fault in verdict.faults:
        where = "" if fault.chain is None else f"chain {fault.chain}, entry {fault.seq}: "
        answers.print(f"{where}{fault.what}", markup=False)
    if not verdict.anchors_met:
        remarks.print(say("No anchor was met: entries cut off at the end would not be missed."))
    whole, broken = say("The journal is whole."), say("The journal is NOT whole.")
    answers.print(whole if verdict.sound else broken)


def _line(entry: Entry) -> str:
    document: dict[str, Any] = asdict(entry)
    who = " ".join(filter(None, (entry.actor, entry.role, entry.unit)))
    refs = json.loads(entry.refs)
    named = ", ".join(refs) if isinstance(refs, list) else json.dumps(refs)
    why = f" ({entry.motive})" if entry.motive else ""
    whom = f" → {entry.recipient}" if entry.recipient else ""
    when = document["at"].isoformat(timespec="seconds")
    return f"{when}  {entry.kind}  {who}  {entry.channel}  {entry.what}: {named}{whom}{why}"
