"""Undo an import as a whole, and redo it: each row as a new version, none is erased.

The rows of an import are known from one instant on, which its stored result records. A row that
somebody changed since is left as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import shapely
import sqlalchemy as sa

from geosites.core.closure_acts import ClosureAct, ClosureActKind, ClosureReason
from geosites.core.documents.files import KeptImport
from geosites.core.errors import Forbidden, Refused
from geosites.core.records import Closure
from geosites.db.closure import closure_withdrawal, closures, operations
from geosites.db.geography import sites
from geosites.db.schema.closures import closure
from geosites.db.schema.operations import operation
from geosites.db.schema.sightings import sighting
from geosites.db.temporal import known_at
from geosites.imports import import_results, staging, version_batches
from geosites.imports.import_progress import ImportProgress, ImportStage, Tell
from geosites.imports.import_results import ImportReference
from geosites.imports.version_batches import Replacement
from geosites.validation import FileKind
from geosites.validation.api_schemas.check_schemas import CheckVerdict

_Row = TypeVar("_Row")

_TABLES = {
    FileKind.SIGHTINGS: sighting,
    FileKind.VISITS: sighting,
    FileKind.OPERATIONS: operation,
    FileKind.CLOSURES: closure,
}


@dataclass(frozen=True, kw_only=True)
class ImportWriter:
    """The account that undoes an import: login, unit, territories (none: all) and their area.

    `inside` returns whether an area, in metres, is entirely in the account's territories.
    """

    login: str
    unit: str
    scope: Collection[str]
    inside: Callable[[shapely.Geometry], bool]


def _silent(_: ImportProgress) -> None:
    """Progress callback that does nothing."""


def take_back(
    conn: sa.Connection, reference: ImportReference, writer: ImportWriter, tell: Tell = _silent
) -> None:
    """Undo an import, so that its rows count nowhere; does nothing if it is already undone.

    `tell` is called with the progress. Raises `NotFound`, `Refused` if it cannot be undone as a
    whole, and `Forbidden` if a row is outside the account's territories.
    """
    staging.wait_for_others(conn)
    kept = import_results.get(conn, reference)
    if kept.get("taken_back"):
        return
    kind, since = FileKind(kept["kind"]), _since(kept.get("since"))
    count = kept.get("together", kept["added"])
    if since is None:
        raise Refused("this import is not taken back as a whole")
    at = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    _require_all(conn, _TABLES[kind], since, count)
    if kind is FileKind.OPERATIONS:
        _withdraw_operations(conn, since, writer, tell)
    elif kind is FileKind.CLOSURES:
        _withdraw_closures(conn, since, at, writer, tell)
    else:
        _require_scope(conn, since, writer)
        replacement = Replacement(
            since=since,
            at=at,
            verified=sa.false(),
            verdict=CheckVerdict.WITHDRAWN,
            login=writer.login,
            unit=writer.unit,
        )
        version_batches.put(conn, replacement, tell)
    import_results.change(conn, reference, {**kept, "taken_back": at.isoformat()})


def put_back(
    conn: sa.Connection, reference: ImportReference, writer: ImportWriter, tell: Tell = _silent
) -> None:
    """Let the rows of an import that was taken back count again, as they did; raises as above."""
    staging.wait_for_others(conn)
    kept = import_results.get(conn, reference)
    since, gone = _since(kept.get("since")), _since(kept.get("taken_back"))
    if since is None or gone is None:
        return
    at = conn.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    kind = FileKind(kept["kind"])
    if kind is FileKind.OPERATIONS:
        _restore_operations(conn, since, at, writer, tell)
    elif kind is FileKind.CLOSURES:
        _restore_closures(conn, since, at, writer, tell)
    else:
        _require_scope(conn, gone, writer)
        before = sighting.alias("before")
        earlier = sa.select(before.c.verified).where(
            before.c.id == sighting.c.id, sa.func.lower(before.c.known) == since
        )
        replacement = Replacement(
            since=gone,
            at=at,
            verified=earlier.scalar_subquery(),
            verdict=CheckVerdict.REOPENED,
            login=writer.login,
            unit=writer.unit,
        )
        version_batches.put(conn, replacement, tell)
    again: KeptImport = {
        **kept,
        "since": at.isoformat(),
        "together": _known_from(conn, _TABLES[kind], at),
        "taken_back": "",
    }
    import_results.change(conn, reference, again)


def still_there(conn: sa.Connection, reference: ImportReference) -> int:
    """Return how many rows of an import are as they came in."""
    kept = import_results.get(conn, reference)
    since, kind = _since(kept.get("since")), FileKind(kept["kind"])
    if since is None:
        return 0
    table = _TABLES[kind]
    chosen = [sa.func.lower(table.c.known) == since, known_at(table, None)]
    if table is sighting:
        chosen += version_batches.free()
    count = sa.select(sa.func.count()).select_from(table).where(*chosen)
    return int(conn.execute(count).scalar_one())


def _since(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _known_from(conn: sa.Connection, table: sa.Table, since: dt.datetime) -> int:
    from_then = sa.func.lower(table.c.known) == since
    count = sa.select(sa.func.count()).select_from(table).where(from_then)
    return int(conn.execute(count).scalar_one())


def _require_all(conn: sa.Connection, table: sa.Table, since: dt.datetime, count: int) -> None:
    """Refuse where more rows than those of the import are known from the same instant on."""
    if _known_from(conn, table, since) != count:
        raise Refused("this import is not taken back as a whole")


def _require_scope(conn: sa.Connection, since: dt.datetime, writer: ImportWriter) -> None:
    if not writer.scope:
        return
    outside = sa.or_(
        sighting.c.territory.is_(None), sighting.c.territory.not_in(list(writer.scope))
    )
    there = sa.exists().where(sa.func.lower(sighting.c.known) == since, outside)
    if conn.execute(sa.select(there)).scalar_one():
        raise _outside(writer)


def _require_inside(area: shapely.Geometry, writer: ImportWriter) -> None:
    if not writer.inside(area):
        raise _outside(writer)


def _outside(writer: ImportWriter) -> Forbidden:
    return Forbidden(
        "%(login)s: this lies outside your territories, in whole or in part", login=writer.login
    )


def _one_by_one(rows: Sequence[_Row], tell: Tell) -> Iterator[_Row]:
    """Yield rows, reporting before each the number of those done."""
    for done, row in enumerate(rows):
        tell(ImportProgress(stage=ImportStage.WRITING, rows=len(rows), written=done))
        yield row


def _withdraw_operations(
    conn: sa.Connection, since: dt.datetime, writer: ImportWriter, tell: Tell
) -> None:
    from_then = sa.func.lower(operation.c.known) == since
    chosen = sa.select(operation.c.id).where(from_then, known_at(operation, None))
    for identifier in _one_by_one(conn.execute(chosen).scalars().all(), tell):
        _require_inside(operations.get(conn, identifier).area, writer)
        operations.withdraw(conn, identifier, since)


def _restore_operations(
    conn: sa.Connection, since: dt.datetime, at: dt.datetime, writer: ImportWriter, tell: Tell
) -> None:
    gone = [one.operation for one in operations.withdrawn(conn) if one.since == since]
    for item in _one_by_one(gone, tell):
        _require_inside(item.area, writer)
        operations.restore(conn, item.id, since, at)


def _withdraw_closures(
    conn: sa.Connection, since: dt.datetime, at: dt.datetime, writer: ImportWriter, tell: Tell
) -> None:
    from_then = sa.func.lower(closure.c.known) == since
    chosen = sa.select(closure.c.id).where(from_then, known_at(closure, None))
    for identifier in _one_by_one(conn.execute(chosen).scalars().all(), tell):
        there = closures.get(conn, identifier)
        _require_site(conn, there.site, writer)
        closure_withdrawal.withdraw(conn, _act(there, ClosureActKind.WITHDRAWN), since, at)


def _restore_closures(
    conn: sa.Connection, since: dt.datetime, at: dt.datetime, writer: ImportWriter, tell: Tell
) -> None:
    gone = [one.closure for one in closure_withdrawal.withdrawn(conn) if one.since == since]
    for item in _one_by_one(gone, tell):
        _require_site(conn, item.site, writer)
        act = _act(item, ClosureActKind.RESTORED)
        closure_withdrawal.restore(conn, act, since, at)


def _require_site(conn: sa.Connection, slug: str, writer: ImportWriter) -> None:
    _require_inside(sites.get(conn, slug).perimeter, writer)


def _act(there: Closure, kind: ClosureActKind) -> ClosureAct:
    return ClosureAct(closure=there.id, kind=kind, reason=ClosureReason.MADE_IN_ERROR)
