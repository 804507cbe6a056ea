"""`geosites db`: the private database, its schema, its backups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.administration.audit import print_faults
from geosites.cli.console.language import say, say_many, translate
from geosites.cli.console.output import (
    AsJson,
    answers,
    bar_if_long,
    print_field,
    print_json,
    remarks,
    words,
)
from geosites.cli.console.usage import App
from geosites.cli.store.archive import app as archive
from geosites.cli.store.archive import recover
from geosites.cli.store.store_setup import by_command_line, store_url
from geosites.core.errors import Refused
from geosites.db import migrate
from geosites.db.access import missing_privileges
from geosites.db.access.role_setup_script import administrator_block
from geosites.db.postgres.connection import Store
from geosites.journal import anchors
from geosites.ops import backup as backups
from geosites.ops import postgres_upgrade
from geosites.ops.private_postgres import PrivateCluster
from geosites.settings import Settings

app = App("The database: start, stop, migrate, back up, restore.")
app.add_typer(archive, name="archive")
app.command()(recover)


@app.command()
def start() -> None:
    """Start the private database, creating it if needed, and print its address."""
    answers.print(_private().start(), markup=False)


@app.command()
def stop() -> None:
    """Stop the private database."""
    _private().stop()
    remarks.print(say("The database is stopped."))


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show whether the private database runs, its folders and its owner."""
    state = _private().status()
    document = {
        "running": state.running,
        "data": None if state.data is None else str(state.data),
        "sockets": None if state.sockets is None else str(state.sockets),
        "version": state.version,
        "owner": state.owner,
        "pid": state.pid,
    }
    if as_json:
        print_json(document)
        return
    for label, value in (
        (say("running"), say("yes") if state.running else say("no")),
        (say("data folder"), state.data),
        (say("socket folder"), state.sockets),
        (say("PostgreSQL version"), state.version),
        (say("owner"), state.owner),
        (say("process"), state.pid),
    ):
        print_field(label, say("none") if value is None else value)


@app.command()
def url() -> None:
    """Print the address of the database, for psql, QGIS and other clients; start it if needed."""
    answers.print(store_url(Settings()), markup=False)


@app.command(name="migrate")
def migrate_() -> None:
    """Migrate the schema of the database to the current version."""
    store = Store(store_url(Settings()))
    with store.begin() as conn:
        missing_privileges.require_can_migrate(conn)
        before = migrate.current(conn)
        migrate.upgrade(conn)
        message = say(
            "Schema: from %(before)s to %(after)s.",
            before=before or say("nothing"),
            after=migrate.current(conn),
        )
        remarks.print(message, markup=False)
    store.close()


@app.command(name="upgrade-postgres")
def upgrade_postgres(as_json: AsJson = False) -> None:
    """Move the private database to the newest PostgreSQL installed; stop the service first."""
    with bar_if_long() as move:
        done = postgres_upgrade.upgrade_postgres(_private(), move)
    if as_json:
        print_json(
            {
                "before": done.before,
                "after": done.after,
                "rows": done.about.rows,
                "kept": str(done.kept),
            }
        )
        return
    message = say_many(
        "PostgreSQL %(after)s holds the %(count)s row that PostgreSQL %(before)s held.",
        "PostgreSQL %(after)s holds the %(count)s rows that PostgreSQL %(before)s held.",
        done.about.rows,
        before=done.before,
        after=done.after,
    )
    answers.print(message, markup=False)
    remarks.print(
        say("The old data folder is %(folder)s: remove it.", folder=done.kept), markup=False
    )


@app.command()
def roles(
    database: Annotated[str, typer.Option(help="Name of the database.")] = "geosites",
    owner: Annotated[str, typer.Option(help="Role that owns the tables.")] = "geosites_owner",
    login: Annotated[str, typer.Option(help="Login of the running service.")] = "geosites_web",
) -> None:
    """Print the SQL that an administrator runs once for a database of your own."""
    typer.echo(administrator_block(database, owner, login, words().retold), nl=False)


_File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup file.")]


@app.command()
def backup(file: _File, as_json: AsJson = False) -> None:
    """Back up the whole database to one file, as of one moment; the service may go on."""
    _refuse_folder(file)
    with _opened() as store, bar_if_long() as move:
        about = backups.back_up(store, file, move)
    if as_json:
        print_json({"file": str(file), "rows": about.rows, **about.document()})
        return
    message = say_many(
        "%(file)s: %(count)s row of %(tables)s tables, schema %(schema)s.",
        "%(file)s: %(count)s rows of %(tables)s tables, schema %(schema)s.",
        about.rows,
        file=file,
        tables=len(about.tables),
        schema=about.schema,
    )
    answers.print(message, markup=False)
    if about.anchor is not None:
        answers.print(about.anchor, markup=False)


@app.command()
def restore(
    file: _File,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace", help="Replace a database that holds rows; it is backed up first."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into an empty database: complete and compared, or not at all."""
    _refuse_folder(file)
    backups.read_about(file)  # refuse a file that is not a backup before a database is created
    with _opened() as store, bar_if_long() as move:
        done = backups.restore(store, file, keep=_beside(file) if replace else None, progress=move)
    if as_json:
        print_json({"rows": done.about.rows, "kept": done.kept and str(done.kept)})
        return
    if done.kept is not None:
        message = say("The previous content of the database is in %(file)s.", file=done.kept)
        remarks.print(message, markup=False)
    answers.print(say("Restored: %(state)s.", state=_state(done.about)), markup=False)


@app.command()
def verify(
    file: Annotated[
        Path | None,
        typer.Argument(help="A backup file; by default a new backup of the database."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into a scratch database and compare rows, digests and the journal."""
    with bar_if_long() as move:
        result = backups.verify(file, progress=move) if file else _verify_store(move)
    if as_json:
        print_json(result.document())
    else:
        _print_result(result, stored=file is None)
    if not result.sound:
        raise typer.Exit(1)


def _verify_store(move: backups.Progress) -> backups.Verified:
    kept = anchors.kept(anchors.anchors_file(Settings().home))
    with _opened() as store:
        return backups.verify_store(store, anchors=kept, progress=move)


def _print_result(result: backups.Verified, *, stored: bool) -> None:
    for difference in result.differences:
        answers.print(translate(difference), markup=False)
    if result.journal is not None:
        print_faults(result.journal)
    state = _state(result.about)
    if stored and result.sound:
        message = say("The database is complete: %(state)s.", state=state)
    elif stored:
        message = say("The database is NOT complete.")
    elif result.sound:
        message = say("The backup is complete: %(state)s.", state=state)
    else:
        message = say("The backup is NOT complete.")
    answers.print(message, markup=False)


def _state(about: backups.BackupManifest) -> str:
    return say_many(
        "%(count)s row, as of %(when)s",
        "%(count)s rows, as of %(when)s",
        about.rows,
        when=words().instant(about.made_at),
    )


def _refuse_folder(file: Path) -> None:
    if file.is_dir():
        raise typer.BadParameter(say("%(path)s is a folder", path=file))


def _beside(file: Path) -> Path:
    """Return the backup file for the replaced database, beside the backup that replaces it."""
    now = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    return file.with_name(f"{file.stem}-replaced-{now}{file.suffix}")


@contextmanager
def _opened() -> Iterator[Store]:
    store = Store(store_url(Settings()), pool_size=2, said=by_command_line())
    try:
        yield store
    finally:
        store.close()


def _private() -> PrivateCluster:
    settings = Settings()
    if settings.database_url is not None:
        raise Refused(
            "GEOSITES_DATABASE_URL is set: geosites neither starts nor stops that database"
        )
    return PrivateCluster(settings.home.absolute())
