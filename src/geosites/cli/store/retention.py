"""`geosites retention`: erase records past their retention period; list the certificates."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager, nullcontext
from typing import Annotated

import typer

from geosites.cli.console.language import say, translate
from geosites.cli.console.output import AsJson, answers, print_json, remarks, words
from geosites.cli.console.usage import App
from geosites.cli.store.store_setup import open_store
from geosites.core.errors import Refused
from geosites.core.job_schedule import ServiceJob
from geosites.db.maintenance import retention, store_flags
from geosites.db.maintenance.retention import Certificate, Periods
from geosites.db.postgres.connection import Store
from geosites.ops.job_runs import recorded
from geosites.presentation import journal_labels as labels
from geosites.settings import Settings

app = App("Data retention: erase what is due, show certificates.")


@app.command()
def run(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be erased and change nothing.")
    ] = False,
    exercise: Annotated[
        bool, typer.Option("--exercise", help="Also in a database that holds the exercise.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Erase rows and reduce positions that are due by the settings, and certify it."""
    settings = Settings()
    now = dt.datetime.now(dt.UTC)
    with (
        open_store(settings, geography=False) as store,
        _job(store, dry_run),
        store.begin() as conn,
    ):
        if store_flags.is_exercise(conn) and not exercise:
            raise Refused(
                "the database holds the exercise, which is fictional; --exercise erases it"
            )
        made = retention.run(conn, periods(settings), now)
        if dry_run:
            conn.rollback()
    _print_certificates(made, as_json=as_json)
    if dry_run:
        remarks.print(say("Nothing was changed: this was a dry run."))


@app.command()
def certificates(as_json: AsJson = False) -> None:
    """List the certificates, the newest first."""
    with open_store(Settings(), geography=False) as store, store.begin() as conn:
        _print_certificates(retention.certificates(conn), as_json=as_json)


def _job(store: Store, dry_run: bool) -> AbstractContextManager[None]:
    return nullcontext() if dry_run else recorded(store, ServiceJob.RETENTION, translate)


def periods(settings: Settings) -> Periods:
    """Return the retention periods of the settings."""
    return Periods(
        sightings=settings.keep_sightings_months,
        operations=settings.keep_operations_months,
        closures=settings.keep_closures_months,
        messages=settings.keep_messages_months,
        journal=settings.keep_journal_months,
        exact_positions=settings.keep_exact_months,
    )


def _print_certificates(certificates: list[Certificate], *, as_json: bool) -> None:
    if as_json:
        print_json({"certificates": [certificate.document() for certificate in certificates]})
        return
    for certificate in certificates:
        answers.print(_line(certificate), markup=False)
    if not certificates:
        answers.print(say("Nothing was due."))


def _line(certificate: Certificate) -> str:
    vocabulary = words()
    subject = labels.subject(vocabulary, certificate.table_name)
    done = say(
        "%(action)s, from before %(day)s (%(rule)s)",
        action=labels.action_word(vocabulary, certificate.action, certificate.rows),
        day=vocabulary.day(certificate.before),
        rule=labels.rule_word(vocabulary, certificate.rule),
    )
    instant = vocabulary.instant(certificate.made_at)
    return f"{instant}  {subject}{say(': ')}{done}  sha256 {certificate.digest}"
