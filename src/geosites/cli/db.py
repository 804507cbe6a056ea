"""`geosites db`: the private database and the schema."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.archive import app as archive
from geosites.cli.archive import recover
from geosites.cli.output import AsJson, answers, bar_if_long, print_json, remarks, say
from geosites.cli.store_setup import by_command_line, store_url
from geosites.core.errors import Refused
from geosites.db import migrate
from geosites.db.postgres.connection import Store
from geosites.journal import anchors
from geosites.ops import backup as backups
from geosites.ops.private_postgres import PrivateCluster
from geosites.settings import Settings

app = typer.Typer(
    no_args_is_help=True, help="The database: start, stop, migrate, back up, restore."
)
app.add_typer(archive, name="archive")
app.command()(recover)


@app.command()
def start() -> None:
    """Start the private PostGIS, made first if need be, and print its address."""
    answers.print(_private().start(), markup=False)


@app.command()
def stop() -> None:
    """Stop the private PostGIS."""
    _private().stop()
    remarks.print(say("The database is stopped."))


@app.command()
def status(as_json: AsJson = False) -> None:
    """Tell whether the private PostGIS runs, where it lies and whose it is."""
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
    for name, value in document.items():
        answers.print(f"{name}: {value}", markup=False)


@app.command()
def url() -> None:
    """Print the address of the store, for psql, QGIS and other clients; it is started for that."""
    answers.print(store_url(Settings()), markup=False)


@app.command(name="migrate")
def migrate_() -> None:
    """Bring the schema of the store up to date."""
    store = Store(store_url(Settings()))
    with store.begin() as conn:
        before = migrate.current(conn)
        migrate.upgrade(conn)
        said = say(
            "Schema: from %(before)s to %(after)s.",
            before=before or say("nothing"),
            after=migrate.current(conn),
        )
        remarks.print(said, markup=False)
    store.close()


_File = Annotated[Path, typer.Argument(help="The backup.", dir_okay=False)]


@app.command()
def backup(file: _File, as_json: AsJson = False) -> None:
    """Write the whole store to one file, as it stands at one moment; work may go on."""
    with _opened() as store, bar_if_long() as move:
        about = backups.back_up(store, file, move)
    if as_json:
        print_json({"file": str(file), "rows": about.rows, **about.document()})
        return
    said = say(
        "%(file)s: %(rows)s rows of %(tables)s tables, schema %(schema)s.",
        file=file,
        rows=about.rows,
        tables=len(about.tables),
        schema=about.schema,
    )
    answers.print(said, markup=False)
    if about.anchor is not None:
        answers.print(about.anchor, markup=False)


@app.command()
def restore(
    file: _File,
    replace: Annotated[
        bool, typer.Option("--replace", help="Even where the store holds rows: backed up first.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of an empty store: all of it, proven the same, or nothing."""
    backups.read_about(file)  # before a store is made for what is no backup
    with _opened() as store, bar_if_long() as move:
        done = backups.restore(store, file, keep=_beside(file) if replace else None, progress=move)
    if as_json:
        print_json({"rows": done.about.rows, "kept": done.kept and str(done.kept)})
        return
    if done.kept is not None:
        said = say("What the store held before lies in %(file)s.", file=done.kept)
        remarks.print(said, markup=False)
    said = say("Restored: %(rows)s rows, as of %(made_at)s.", **_when(done.about))
    answers.print(said, markup=False)


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="A backup; without one, of the store as it is now.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Restore a backup into a scratch cluster and compare rows, digests and the journal."""
    with bar_if_long() as move:
        found = backups.verify(file, progress=move) if file else _verify_store(move)
    if as_json:
        print_json(found.document())
    else:
        _say(found, stored=file is None)
    if not found.sound:
        raise typer.Exit(1)


def _verify_store(move: backups.Progress) -> backups.Verified:
    kept = anchors.kept(anchors.anchors_file(Settings().home))
    with _opened() as store:
        return backups.verify_store(store, anchors=kept, progress=move)


def _say(found: backups.Verified, *, stored: bool) -> None:
    for difference in found.differences:
        answers.print(difference, markup=False)
    for fault in found.journal.faults if found.journal else ():
        answers.print(
            f"journal: chain {fault.chain}, entry {fault.seq}: {fault.what}", markup=False
        )
    made = _when(found.about)
    if stored and found.sound:
        said = say("The store is whole: %(rows)s rows, as of %(made_at)s.", **made)
    elif stored:
        said = say("The store is NOT whole.")
    elif found.sound:
        said = say("The backup is whole: %(rows)s rows, as of %(made_at)s.", **made)
    else:
        said = say("The backup is NOT whole.")
    answers.print(said, markup=False)


def _when(about: backups.About) -> dict[str, object]:
    return {"rows": about.rows, "made_at": about.made_at.isoformat()}


def _beside(file: Path) -> Path:
    """Return where a store that is replaced is kept: beside the backup that replaces it."""
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
        raise Refused("GEOSITES_DATABASE_URL is set: that database is not ours to start or stop")
    return PrivateCluster(settings.home.absolute())
