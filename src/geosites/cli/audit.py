"""`geosites audit`: the journal, and whether it is complete."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.language import say, say_many
from geosites.cli.output import AsJson, answers, parse_instant, print_json, remarks, words
from geosites.cli.store_setup import open_store
from geosites.cli.usage import App
from geosites.core.jobs import ServiceJob
from geosites.db import journal
from geosites.db.journal import Entry
from geosites.db.schema.journal import JournalKind
from geosites.journal import anchors
from geosites.journal.chain import Verdict, judge
from geosites.ops.jobs import recorded
from geosites.presentation import journal_labels as labels
from geosites.presentation.permission_labels import role_word
from geosites.settings import Settings

app = App("The journal: verify, list, anchor.")

_Files = Annotated[
    list[Path] | None,
    typer.Option("--anchors", help="A file with more anchors, one a line."),
]


@app.command()
def verify(more: _Files = None, as_json: AsJson = False) -> None:
    """Verify the hash chains of the journal and its anchors; exit 1 where something is wrong.

    The anchors are those in the home folder, in issued bulletins, and in the files given.
    """
    settings = Settings()
    for file in more or ():
        if not file.is_file():
            raise typer.BadParameter(say("there is no file %(path)s", path=file))
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
        entries = journal.latest(conn, before=until, kind=kind, most=most)
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
    with open_store(settings, geography=False) as store, recorded(store, ServiceJob.ANCHOR):
        answers.print(anchors.take(store, anchors.anchors_file(settings.home)), markup=False)


def print_faults(verdict: Verdict) -> None:
    """Print what is wrong with the journal, a line each."""
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


def _line(entry: Entry) -> str:
    """Return an entry on one line: time, kind, who, channel, subject, references, whom, why."""
    vocabulary = words()
    role = role_word(vocabulary, entry.role) if entry.role else None
    who = " ".join(filter(None, (entry.actor, role, entry.unit)))
    references = json.loads(entry.refs)
    named = ", ".join(references) if isinstance(references, list) else json.dumps(references)
    subject = labels.subject(vocabulary, entry.what)
    recipient = labels.recipient_word(vocabulary, entry.recipient) if entry.recipient else ""
    parts = (
        vocabulary.instant(entry.at),
        labels.kind_word(vocabulary, entry.kind),
        who,
        labels.channel_word(vocabulary, entry.channel or ""),
        f"{subject}{say(': ')}{named}" if named else subject,
        f"→ {recipient}" if recipient else "",
        f"({entry.motive})" if entry.motive else "",
    )
    return "  ".join(filter(None, parts))
