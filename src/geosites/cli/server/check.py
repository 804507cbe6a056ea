"""`geosites check`: check the installation and report each finding in a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import sqlalchemy as sa
import typer
from pydantic import ValidationError

from geosites.alarms.smtp import MailServer, reach
from geosites.cli.console.language import say, translate
from geosites.cli.console.output import AsJson, answers, print_json
from geosites.cli.store.store_setup import written_folders
from geosites.core.errors import GeositesError, phrase
from geosites.db.postgres.connection import Store, require_reachable, unavailable
from geosites.ops.checks import certificate, database, disks
from geosites.ops.checks.findings import (
    CheckFinding,
    CheckName,
    CheckResult,
    failed,
    left_out,
    ok,
    warning,
)
from geosites.ops.private_postgres import PrivateCluster
from geosites.settings import Settings


def check(as_json: AsJson = False) -> None:
    """Check settings, database, rights, disk, clock, jobs, certificate, base map and mail."""
    order = list(CheckName)
    found = sorted(findings(), key=lambda finding: order.index(finding.check))
    sound = all(finding.result is not CheckResult.FAILED for finding in found)
    if as_json:
        print_json({"ok": sound, "findings": [finding.document() for finding in found]})
    else:
        for finding in found:
            answers.print(line(finding), markup=False)
        answers.print(say("All is well.") if sound else say("Something needs fixing."))
    if not sound:
        raise typer.Exit(1)


def findings() -> Iterator[CheckFinding]:
    """Yield the findings of each check; nothing is started, written or sent."""
    try:
        settings = Settings()
    except GeositesError as error:
        yield failed(CheckName.SETTINGS, error.message)
        return
    except ValidationError as error:
        names = ", ".join(f"GEOSITES_{fault['loc'][0]}".upper() for fault in error.errors())
        yield failed(CheckName.SETTINGS, phrase("not valid: %(names)s", names=names))
        return
    yield ok(CheckName.SETTINGS, phrase("the settings are sound"))
    yield from _of_database(settings)
    least = settings.disk_free_mb * 1_000_000
    yield from disks.disks(written_folders(settings), least)
    yield certificate.certificate(settings.public_url, dt.datetime.now(dt.UTC))
    yield _basemap(settings.basemap)
    yield _mail(mail_server(settings))


def line(finding: CheckFinding) -> str:
    """Return a finding on one line, in the language of the command line."""
    results = {
        CheckResult.OK: say("ok"),
        CheckResult.WARNING: say("warning"),
        CheckResult.FAILED: say("FAILED"),
        CheckResult.LEFT_OUT: say("left out"),
    }
    return (
        f"{results[finding.result]}  {_names()[finding.check]}{say(': ')}{translate(finding.text)}"
    )


def mail_server(settings: Settings) -> MailServer | None:
    """Return the mail server of the settings."""
    if settings.smtp_host is None:
        return None
    password = settings.smtp_password
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        encryption=settings.smtp_encryption,
        sender=settings.smtp_sender,
        user=settings.smtp_user,
        password=None if password is None else password.get_secret_value(),
    )


def _mail(server: MailServer | None) -> CheckFinding:
    """Return whether the mail server lets us in; nothing is sent."""
    if server is None:
        return left_out(CheckName.MAIL, phrase("no mail server is set (GEOSITES_SMTP_HOST)"))
    why = reach(server)
    values = {"host": server.host, "port": server.port}
    if why is not None:
        return failed(CheckName.MAIL, phrase("%(host)s port %(port)s: %(why)s", why=why, **values))
    if server.user is not None and server.encryption == "none":
        text = phrase("%(host)s port %(port)s: the password is sent unencrypted", **values)
        return warning(CheckName.MAIL, text)
    return ok(CheckName.MAIL, phrase("%(host)s port %(port)s accepts the connection", **values))


def _names() -> dict[CheckName, str]:
    return {
        CheckName.SETTINGS: say("settings"),
        CheckName.DATABASE: say("database"),
        CheckName.RIGHTS: say("rights"),
        CheckName.DISK: say("disk"),
        CheckName.CLOCK: say("clock"),
        CheckName.JOBS: say("jobs"),
        CheckName.CERTIFICATE: say("certificate"),
        CheckName.BASEMAP: say("base map"),
        CheckName.MAIL: say("mail"),
    }


def _of_database(settings: Settings) -> Iterator[CheckFinding]:
    try:
        url = settings.database_url or _private_url(settings)
        require_reachable(url)
        if settings.service_url is not None:
            require_reachable(settings.service_url)
    except GeositesError as error:
        yield failed(CheckName.DATABASE, error.message)
        return
    now = dt.datetime.now(dt.UTC)
    yield from _asked(CheckName.DATABASE, url, database.database)
    missing = list(_asked(CheckName.RIGHTS, url, database.owner_rights))
    if not missing and settings.database_url is not None:
        served = settings.service_url or url
        missing = list(_asked(CheckName.RIGHTS, served, database.service_rights))
    yield from missing or [ok(CheckName.RIGHTS, phrase("no right is missing"))]
    yield from _asked(CheckName.CLOCK, url, lambda conn: iter([database.clock(conn)]))
    yield from _asked(CheckName.JOBS, url, lambda conn: database.regular_jobs(conn, now))


def _asked(
    check: CheckName, url: str, ask: Callable[[sa.Connection], Iterator[CheckFinding]]
) -> Iterator[CheckFinding]:
    """Yield what a check finds in a transaction of its own, which changes nothing."""
    store = Store(url, pool_size=1)
    try:
        with store.begin() as conn:
            conn.execute(sa.text("SET TRANSACTION READ ONLY"))
            yield from list(ask(conn))
    except GeositesError as error:
        yield failed(check, error.message)
    except sa.exc.DBAPIError as error:
        yield failed(check, unavailable(error.orig).message)
    finally:
        store.close()


def _private_url(settings: Settings) -> str:
    return PrivateCluster(settings.home.absolute()).url()


def _basemap(path: Path | None) -> CheckFinding:
    if path is None:
        return left_out(CheckName.BASEMAP, phrase("no base map is set (GEOSITES_BASEMAP)"))
    from geosites.web.tiles.basemap_tiles import TileFile

    try:
        TileFile.open(path)
    except GeositesError as error:
        return failed(CheckName.BASEMAP, error.message)
    return ok(CheckName.BASEMAP, phrase("the base map can be read"))
