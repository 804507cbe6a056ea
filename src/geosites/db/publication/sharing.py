"""Other services and the data received from them: page by page, each exactly once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from geosites.core.documents.sharing import PeerDocument, SharedChange, SharedClosure
from geosites.core.errors import Conflict, NotFound
from geosites.db.schema.sharing import share_change, share_closure, share_peer

_STATE = ("name", "status", "closed_since", "closed_until")


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Another service: URL, verification key of its responses, file with our token.

    `since` is the cursor of the next request for changes.
    """

    name: str
    address: str
    verifier: str
    token_file: Path
    since: str | None = None


def add(conn: sa.Connection, peer: Peer) -> None:
    """Add a service to pull from; raises `Conflict` if the name is taken."""
    row = {
        "name": peer.name,
        "address": peer.address,
        "verifier": peer.verifier,
        "token_file": str(peer.token_file),
    }
    added = insert(share_peer).values(row).on_conflict_do_nothing().returning(share_peer.c.name)
    if conn.execute(added).one_or_none() is None:
        raise Conflict("the name %(name)r is taken", name=peer.name)


def remove(conn: sa.Connection, name: str) -> None:
    """Remove a service with all its data; raises `NotFound`."""
    get(conn, name)
    for table in (share_closure, share_change):
        conn.execute(sa.delete(table).where(table.c.peer == name))
    conn.execute(sa.delete(share_peer).where(share_peer.c.name == name))


def get(conn: sa.Connection, name: str) -> Peer:
    """Return a service; raises `NotFound`."""
    row = conn.execute(sa.select(share_peer).where(share_peer.c.name == name)).one_or_none()
    if row is None:
        raise NotFound("service", name, near=names(conn))
    return Peer(
        name=row.name,
        address=row.address,
        verifier=row.verifier,
        token_file=Path(row.token_file),
        since=row.since,
    )


def names(conn: sa.Connection) -> list[str]:
    """Return the names of the services."""
    return list(conn.execute(sa.select(share_peer.c.name).order_by(share_peer.c.name)).scalars())


def listed(conn: sa.Connection) -> list[PeerDocument]:
    """Return the services, each with the amount of its data."""
    told = sa.select(sa.func.count()).where(share_closure.c.peer == share_peer.c.name)
    statement = sa.select(share_peer, told.scalar_subquery().label("closures"))
    return [
        {
            "name": row.name,
            "address": row.address,
            "key": row.verifier,
            "told_at": row.told_at,
            "changes": row.places,
            "closures": row.closures,
        }
        for row in conn.execute(statement.order_by(share_peer.c.name))
    ]


def take(
    conn: sa.Connection, peer: Peer, changes: Sequence[SharedChange], following: str
) -> Peer | None:
    """Store a page of changes and advance the cursor; None if another pull did so before.

    The page is that of the request `peer.since`. Its rows and the cursor are written together, so
    that a page requested twice, by any process, is stored once.
    """
    moved = (
        sa.update(share_peer)
        .where(share_peer.c.name == peer.name)
        .where(share_peer.c.since.is_not_distinct_from(peer.since))
        .values(since=following, places=share_peer.c.places + len(changes))
        .returning(share_peer.c.places)
    )
    places = conn.execute(moved).scalar_one_or_none()
    if places is None:
        return None
    first = places - len(changes)
    rows = [
        {"peer": peer.name, "place": first + number, **item} for number, item in enumerate(changes)
    ]
    if rows:
        conn.execute(sa.insert(share_change), rows)
    return get(conn, peer.name)


def restart(conn: sa.Connection, peer: Peer) -> Peer:
    """Start again with a service that was restored elsewhere: its data is pulled again."""
    conn.execute(sa.delete(share_change).where(share_change.c.peer == peer.name))
    conn.execute(
        sa.update(share_peer).where(share_peer.c.name == peer.name).values(since=None, places=0)
    )
    return get(conn, peer.name)


def number_question(conn: sa.Connection, peer: Peer) -> int:
    """Return the number of the next request for the state of all closures."""
    asked = (
        sa.update(share_peer)
        .where(share_peer.c.name == peer.name)
        .values(asked=share_peer.c.asked + 1)
        .returning(share_peer.c.asked)
    )
    return int(conn.execute(asked).scalar_one())


def keep(
    conn: sa.Connection,
    peer: Peer,
    question: int,
    told_at: dt.datetime | None,
    rows: Sequence[Mapping[str, object]],
) -> bool:
    """Store the state of all closures; False if that of a later request is stored."""
    kept = (
        sa.update(share_peer)
        .where(share_peer.c.name == peer.name, share_peer.c.kept < question)
        .values(told_at=told_at, kept=question)
    )
    if not conn.execute(kept).rowcount:
        return False
    gone = share_closure.c.site.not_in([row["site"] for row in rows])
    conn.execute(sa.delete(share_closure).where(share_closure.c.peer == peer.name, gone))
    if rows:
        statement = insert(share_closure).values([{"peer": peer.name, **row} for row in rows])
        fresh = {name: statement.excluded[name] for name in _STATE}
        differs = sa.or_(*(share_closure.c[name].is_distinct_from(fresh[name]) for name in _STATE))
        conn.execute(
            statement.on_conflict_do_update(
                index_elements=["peer", "site"], set_=fresh, where=differs
            )
        )
    return True


def closures(conn: sa.Connection) -> list[SharedClosure]:
    """Return the closures of other services, by service and name."""
    statement = (
        sa.select(share_closure, share_peer.c.told_at)
        .join(share_peer, share_peer.c.name == share_closure.c.peer)
        .order_by(share_closure.c.peer, share_closure.c.name, share_closure.c.site)
    )
    return [
        {
            "peer": row.peer,
            "site": row.site,
            "name": row.name,
            "status": row.status,
            "closed_since": row.closed_since,
            "closed_until": row.closed_until,
            "told_at": row.told_at,
        }
        for row in conn.execute(statement)
    ]
