"""`geosites share`: other services from which closure statuses are fetched."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from geosites.cli.console.language import say, say_many
from geosites.cli.console.output import AsJson, answers, print_json, remarks, words
from geosites.cli.console.usage import App
from geosites.cli.publication.share_setup import share_key
from geosites.cli.store.store_setup import open_store
from geosites.core.documents.sharing import PeerDocument
from geosites.core.errors import GeositesError, Refused
from geosites.core.job_schedule import ServiceJob
from geosites.db.postgres.connection import Store
from geosites.db.publication import sharing
from geosites.db.publication.sharing import Peer
from geosites.journal.signed_notes import VerifierKey
from geosites.ops.job_runs import recorded
from geosites.presentation.labels import closure_status
from geosites.settings import Settings
from geosites.sharing.pull_job import PullResults, pull_all
from geosites.sharing.pull_service import PullCounts, read_token, require_address

app = App("Sharing with other services: add, pull, list, remove; the key of this one.")

Name = Annotated[str, typer.Argument(help="What the other service is called here: dept-93.")]


@app.command()
def key() -> None:
    """Print the key by which other services know the answers of this one."""
    answers.print(str(share_key(Settings()).verifier), markup=False, soft_wrap=True)


@app.command()
def add(
    name: Name,
    address: Annotated[str, typer.Argument(help="Its public address: https://…")],
    verifier: Annotated[str, typer.Option("--key", help="Its key, as `geosites share key` said.")],
    token_file: Annotated[Path, typer.Option(help="File with the token that it gave us.")],
) -> None:
    """Ask another service from now on; nothing is asked yet."""
    read_token(token_file)
    peer = Peer(
        name=name,
        address=require_address(address),
        verifier=str(VerifierKey.parse(verifier)),
        token_file=token_file.absolute(),
    )
    with open_store(Settings()) as store, store.begin() as conn:
        sharing.add(conn, peer)


@app.command()
def remove(name: Name) -> None:
    """Stop asking a service, and forget what it shared."""
    with open_store(Settings()) as store, store.begin() as conn:
        sharing.remove(conn, name)


@app.command(name="pull")
def pull_(
    name: Annotated[
        str | None, typer.Argument(help="The service to ask; by default all of them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch what other services share. For a timer; exit 1 if one does not answer."""
    with open_store(Settings()) as store:
        results = _pulled(store, _asked(store, name), every=name is None)
    failed = {one: words().sentence(error.message) for one, error in results.failed.items()}
    if as_json:
        taken = {one: vars(counts) for one, counts in results.taken.items()}
        print_json({"taken": taken, "failed": failed})
    else:
        for one, counts in results.taken.items():
            answers.print(_line(one, counts), markup=False)
        for one, reason in failed.items():
            remarks.print(f"{one}{say(': ')}{reason}", markup=False)
    if failed:
        raise typer.Exit(1)


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List the services that are asked, and the closures that they told."""
    with open_store(Settings()) as store, store.begin() as conn:
        peers, closures = sharing.listed(conn), sharing.closures(conn)
    if as_json:
        print_json({"services": peers, "closures": closures})
        return
    if not peers:
        remarks.print(say("No other service is asked."))
    for peer in peers:
        answers.print(f"{peer['name']}  {peer['address']}  {_told(peer)}", markup=False)
        for item in closures:
            if item["peer"] == peer["name"]:
                word = closure_status(words(), item["status"]).word
                answers.print(f"    {item['name']}{say(': ')}{word}", markup=False)


def _pulled(store: Store, names: Sequence[str], *, every: bool) -> PullResults:
    """Pull from some services; a run over all of them (`every`) is recorded with its outcome."""
    if not every:
        return pull_all(store, names)
    results = PullResults()
    with suppress(GeositesError), recorded(store, ServiceJob.SHARE):
        results = pull_all(store, names)
        for error in results.failed.values():
            raise error
    return results


def _asked(store: Store, name: str | None) -> list[str]:
    with store.begin() as conn:
        if name is not None:
            return [sharing.get(conn, name).name]
        found = sharing.names(conn)
    if not found:
        raise Refused("no other service is asked")
    return found


def _told(peer: PeerDocument) -> str:
    if peer["told_at"] is None:
        return say("not asked yet")
    return say("as of %(instant)s", instant=words().instant(peer["told_at"]))


def _line(name: str, counts: PullCounts) -> str:
    changes = say_many("%(count)s change", "%(count)s changes", counts.changes)
    closures = say_many("%(count)s closure", "%(count)s closures", counts.closures or 0)
    return f"{name}{say(': ')}{changes}, {closures}"
