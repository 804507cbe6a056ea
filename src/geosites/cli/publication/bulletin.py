"""`geosites bulletin` and `geosites weekly`: issue the bulletin of a week, write its folder."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from geosites import bulletins as publishing
from geosites.bulletins import Copy
from geosites.bulletins.sections import summary
from geosites.cli.administration.journaled import reading
from geosites.cli.analysis.map_files import targets, write
from geosites.cli.console.language import language as own
from geosites.cli.console.language import say, translate
from geosites.cli.console.output import (
    AsJson,
    parse_instant,
    print_json,
    print_statement,
    remarks,
    words,
)
from geosites.cli.publication.letters import send_bulletin
from geosites.cli.publication.weekly_folder import filled
from geosites.cli.server.check import mail_server
from geosites.cli.store.store_setup import open_store
from geosites.core.alarm_messages import require_mailbox
from geosites.core.errors import Refused
from geosites.core.job_schedule import ServiceJob
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.db.publication import bulletins
from geosites.db.publication.bulletins import Edition, Issue
from geosites.ops.job_runs import recorded
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links
from geosites.settings import Settings

ENDINGS = ("html", "pdf", "json")

InLanguage = Annotated[
    Language | None,
    typer.Option("--language", help="Language of the bulletin; by default GEOSITES_LANGUAGE."),
]


def bulletin(
    week: Annotated[str, typer.Argument(metavar="WEEK", help="An ISO week, such as 2022-W40.")],
    out: Annotated[
        Path | None, typer.Option(help="Write it to this file: .html, .pdf or .json.")
    ] = None,
    as_known_at: Annotated[
        str | None,
        typer.Option(
            "--as-known-at",
            metavar="INSTANT",
            help="With what was known at that time; issues nothing.",
        ),
    ] = None,
    revision: Annotated[
        int | None, typer.Option(min=1, help="Show this revision, issued before.")
    ] = None,
    mail: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS", help="Send its first page to this address, once, by e-mail."
        ),
    ] = None,
    language: InLanguage = None,
    as_json: AsJson = False,
) -> None:
    """Issue the bulletin of a past week, or show the current revision."""
    if as_known_at is not None and revision is not None:
        raise typer.BadParameter(say("give --as-known-at or --revision, not both"))
    instant = parse_instant(as_known_at) if as_known_at else None
    files, settings = targets({"--out": (out, ENDINGS)}), Settings()
    with open_store(settings) as store, reading(store, "bulletin", week) as conn:
        chosen = language or own()
        copy = _copy(conn, IsoWeek.parse(week), instant, revision)
    if instant is None and copy.imprint.revision is None:
        end = words().instant(IsoWeek.parse(week).end)
        remarks.print(say("The week is not over: its bulletin is issued from %(end)s.", end=end))
    if mail is not None:
        _send(settings, copy, chosen, mail)
    write(files, {form: _drawing(copy, chosen, form) for form in ENDINGS})
    if as_json:
        print_json({**_which(copy), "content": copy.content})
        return
    vocabulary = Words(chosen)
    text = copy.told(vocabulary, Links(chosen, offline=True))
    print_statement([text.title, *summary(vocabulary, text, copy.content)])
    print_statement([f"SHA-256 {copy.imprint.content_sha256}"])


def _send(settings: Settings, copy: Copy, language: Language, address: str) -> None:
    """Send the first page of an issued revision; raises `Refused` where it is not taken."""
    require_mailbox(address)
    server = mail_server(settings)
    if server is None:
        raise Refused("no mail server is set (GEOSITES_SMTP_HOST)")
    if copy.imprint.revision is None:
        raise Refused("a draft is not sent by e-mail: issue the bulletin first")
    why = send_bulletin(server, copy, language, address, dt.datetime.now(dt.UTC))
    if why is not None:
        raise Refused("the mail server did not accept it: %(why)s", why=why)
    remarks.print(say("Sent to %(address)s.", address=address))


def _copy(
    conn: sa.Connection, week: IsoWeek, instant: dt.datetime | None, revision: int | None
) -> Copy:
    now = dt.datetime.now(dt.UTC)
    if revision is not None:
        return publishing.of_issue(bulletins.get(conn, week, Edition.SERVICE, revision))
    if instant is not None:
        return publishing.as_known(conn, week, instant)
    if now < week.end:
        return publishing.draft(conn, week, now)
    return publishing.of_issue(publishing.issue(conn, week, now))


def _drawing(copy: Copy, language: Language, form: str) -> Callable[[], bytes]:
    return lambda: publishing.file_of(copy, language, form)


def _which(copy: Copy) -> dict[str, object]:
    imprint = copy.imprint
    return {
        "week": copy.content["week"],
        "edition": copy.content["edition"],
        "exercise": copy.content["exercise"],
        "revision": imprint.revision,
        "issued_at": imprint.issued_at,
        "as_known_at": copy.known,
        "content_sha256": imprint.content_sha256,
        "anchor": imprint.anchor,
    }


# the weekly job ----------------------------------------------------------------------------------


def weekly(
    week: Annotated[
        str | None, typer.Option(metavar="WEEK", help="An ISO week; by default the last full one.")
    ] = None,
    now: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Time of the run; by default now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Issue the bulletin of the last week and write its files. Sends nothing."""
    settings, instant = Settings(), parse_instant(now) if now else dt.datetime.now(dt.UTC)
    with (
        open_store(settings) as store,
        recorded(store, ServiceJob.WEEKLY, translate),
        store.begin() as guard,
    ):
        if not bulletins.try_weekly_lock(guard):
            remarks.print(say("The weekly job is running already; nothing was done."))
            return
        requested = IsoWeek.parse(week) if week else None
        issue = _issued(store, requested, instant)
        folder = settings.home.absolute() / "maps" / str(issue.week)
        written = filled(store, issue, folder, own())
    document = {
        "week": str(issue.week),
        "revision": issue.revision,
        "content_sha256": issue.content_sha256,
        "folder": str(folder),
        "written": written,
    }
    if as_json:
        print_json(document)
        return
    values = {"week": issue.week, "revision": issue.revision, "folder": folder}
    done = say("%(week)s, revision %(revision)s: written to %(folder)s.", **values)
    there = say("%(week)s, revision %(revision)s: all of it is in %(folder)s already.", **values)
    print_statement([done if written else there])


def _issued(store: Store, week: IsoWeek | None, now: dt.datetime) -> Issue:
    """Issue in a transaction of its own, so that no file exists before its record."""
    with store.begin() as conn:
        chosen = week or publishing.latest_finished(conn, now)
        return publishing.issue(conn, chosen, now)
