"""`geosites db`: the private database and the schema."""

from __future__ import annotations

import typer

from geosites.cli.opening import store_url
from geosites.cli.output import AsJson, answers, print_json, remarks
from geosites.embedded import PrivateCluster
from geosites.errors import Refused
from geosites.render.words import Words
from geosites.settings import Settings
from geosites.store import migrate
from geosites.store.connection import Store

app = typer.Typer(no_args_is_help=True, help="The database: start, stop, look, migrate.")


@app.command()
def start() -> None:
    """Start the private PostGIS, made first if need be, and print its address."""
    answers.print(_private().start(), markup=False)


@app.command()
def stop() -> None:
    """Stop the private PostGIS."""
    _private().stop()
    remarks.print(Words(Settings().language).say("The database is stopped."))


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
        words = Words(Settings().language)
        said = words.say(
            "Schema: from %(before)s to %(after)s.",
            before=before or words.say("nothing"),
            after=migrate.current(conn),
        )
        remarks.print(said, markup=False)
    store.close()


def _private() -> PrivateCluster:
    settings = Settings()
    if settings.database_url is not None:
        raise Refused("GEOSITES_DATABASE_URL is set: that database is not ours to start or stop")
    return PrivateCluster(settings.home.absolute())
