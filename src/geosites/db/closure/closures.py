"""Closures: claims that a site is closed during a period. Those of one site never overlap.

Each change of a closure is recorded as an act, with its reason and reference. An act that changes
the closure replaces its row by a new version; the old one remains as what was known before. `at` is
the instant from which the new version is known, by default now.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from uuid import UUID

import psycopg.errors
import sqlalchemy as sa

from geosites.core.closure_acts import ClosureAct, ClosureActKind
from geosites.core.errors import Conflict, NotFound, Phrase, Refused, phrase
from geosites.core.records import Closure
from geosites.db import temporal
from geosites.db.schema.closures import closure as table
from geosites.db.schema.closures import closure_act
from geosites.db.temporal import Row, known_at

_ACT = tuple(ClosureAct.__dataclass_fields__)


def add(conn: sa.Connection, closure: Closure, at: dt.datetime | None = None) -> bool:
    """Record a closure; return False where the very same one is recorded already.

    Raises `Conflict` where another closure has the same id or overlaps for the site.
    """
    _require_room(conn, closure)
    with _told_of_overlaps(closure):
        return temporal.add(conn, table, _row(closure), at)


def correct(conn: sa.Connection, closure: Closure, at: dt.datetime | None = None) -> None:
    """Replace the closure recorded under this id; raises `Conflict` like `add`."""
    _require_room(conn, closure)
    with _told_of_overlaps(closure):
        temporal.correct(conn, table, _row(closure), at)


def declare(
    conn: sa.Connection, closure: Closure, act: ClosureAct, at: dt.datetime | None = None
) -> bool:
    """Record a closure and why; return False where the very same one is recorded already."""
    require_kind(act, ClosureActKind.DECLARED)
    if not add(conn, closure, at):
        return False
    note(conn, act, at)
    return True


def extend(
    conn: sa.Connection,
    act: ClosureAct,
    at: dt.datetime | None = None,
    review_days: int | None = None,
) -> Closure:
    """Return the closure with the later end that the act sets, None for until further notice.

    Raises `Refused` where that is not later, and `Conflict` where it meets the next closure.
    """
    require_kind(act, ClosureActKind.EXTENDED)
    before = get(conn, act.closure)
    if before.closed_until is None:
        raise Refused(
            "closure %(id)s has no end to be moved: it lasts until further notice", id=before.id
        )
    if act.until is not None and act.until <= before.closed_until:
        raise Refused(
            "closure %(id)s already lasts until %(closed_until)s: a closure is "
            "extended to a later end, or else lifted",
            id=before.id,
            closed_until=before.closed_until,
        )
    days = before.review_days if review_days is None else review_days
    return _changed(conn, replace(before, closed_until=act.until, review_days=days), act, at)


def lift(conn: sa.Connection, act: ClosureAct, at: dt.datetime | None = None) -> Closure:
    """Return the closure with the earlier end that the act sets; raises `Refused` otherwise."""
    require_kind(act, ClosureActKind.LIFTED)
    before, until = get(conn, act.closure), act.until
    if until is None:
        raise Refused("a closure is lifted at an instant")
    if until <= before.closed_from:
        raise Refused(
            "closure %(id)s only begins on %(closed_from)s",
            id=before.id,
            closed_from=before.closed_from,
        )
    if before.closed_until is not None and until >= before.closed_until:
        raise Refused(
            "closure %(id)s ends on %(closed_until)s anyway",
            id=before.id,
            closed_until=before.closed_until,
        )
    return _changed(conn, replace(before, closed_until=until), act, at)


def get(conn: sa.Connection, identifier: UUID, as_known_at: dt.datetime | None = None) -> Closure:
    """Return one closure, or raise `NotFound`."""
    result = _read(conn, table.c.id == identifier, known_at(table, as_known_at))
    if not result:
        raise NotFound("closure", str(identifier))
    return result[0]


def version(conn: sa.Connection, identifier: UUID) -> dt.datetime:
    """Return since when the current version of a closure is known; raises `NotFound`."""
    since = temporal.version(conn, table, {"id": identifier})
    if since is None:
        raise NotFound("closure", str(identifier))
    return since


def named(conn: sa.Connection, name: str, at: dt.datetime) -> Closure:
    """Return the closure of this id; of a site, the one in force at an instant or else the next.

    Raises `NotFound`.
    """
    if (identifier := _identifier(name)) is not None:
        return get(conn, identifier)
    lasting = [
        item for item in of_site(conn, name) if item.closed_until is None or item.closed_until > at
    ]
    if not lasting:
        raise NotFound("closure in force", name)
    return lasting[0]


def _identifier(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def of_site(
    conn: sa.Connection, slug: str, as_known_at: dt.datetime | None = None
) -> list[Closure]:
    """Return the closures of a site, the earliest first."""
    return _read(conn, table.c.site == slug, known_at(table, as_known_at))


def list_all(conn: sa.Connection, as_known_at: dt.datetime | None = None) -> list[Closure]:
    """Return every closure, by site, then the earliest first."""
    return _read(conn, known_at(table, as_known_at))


def acts(conn: sa.Connection, identifier: UUID) -> list[tuple[dt.datetime, ClosureAct]]:
    """Return the acts on a closure with their time, the earliest first."""
    done = sa.func.lower(closure_act.c.known)
    statement = sa.select(closure_act, done.label("done_at")).order_by(done)
    there = closure_act.c.closure == identifier, known_at(closure_act, None)
    rows = conn.execute(statement.where(*there)).mappings()
    return [(row["done_at"], ClosureAct(**{name: row[name] for name in _ACT})) for row in rows]


def _changed(
    conn: sa.Connection, closure: Closure, act: ClosureAct, at: dt.datetime | None
) -> Closure:
    correct(conn, closure, at)
    note(conn, act, at)
    return closure


def note(conn: sa.Connection, act: ClosureAct, at: dt.datetime | None) -> None:
    """Record an act on a closure, by default now."""
    row = {name: getattr(act, name) for name in _ACT}
    done = sa.func.clock_timestamp() if at is None else at
    known = sa.func.tstzrange(done, None)
    conn.execute(sa.insert(closure_act).values(**row, known=known))


def require_kind(act: ClosureAct, kind: ClosureActKind) -> None:
    """Raise `Refused` if an act is of another kind than expected."""
    if act.kind is not kind:
        raise Refused(
            "the act says that the closure is %(said)s, not %(kind)s", said=act.kind, kind=kind
        )


def _require_room(conn: sa.Connection, closure: Closure) -> None:
    for other in of_site(conn, closure.site):
        if other.id != closure.id and _overlap(other, closure):
            raise Conflict(_overlap_message(closure, other))


@contextmanager
def _told_of_overlaps(closure: Closure) -> Iterator[None]:
    """Word the conflict that only the database detects: a concurrent closure, or one known back
    then.
    """
    try:
        yield
    except sa.exc.IntegrityError as error:
        if isinstance(error.orig, psycopg.errors.ExclusionViolation):
            raise Conflict(
                "closure of %(site)s overlaps another one known at the same time",
                site=closure.site,
            ) from error
        raise


def _read(conn: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Closure]:
    order = [table.c.site, sa.func.lower(table.c.during)]
    statement = sa.select(table).where(*where).order_by(*order)
    return [record(row) for row in conn.execute(statement).mappings()]


def _overlap(one: Closure, other: Closure) -> bool:
    starts_before = other.closed_until is None or one.closed_from < other.closed_until
    return starts_before and (one.closed_until is None or other.closed_from < one.closed_until)


def _overlap_message(closure: Closure, other: Closure) -> Phrase:
    until = other.closed_until or phrase("further notice")
    return phrase(
        "closure of %(site)s from %(begin)s overlaps the one from %(start)s until %(end)s (%(id)s)",
        site=closure.site,
        begin=closure.closed_from,
        start=other.closed_from,
        end=until,
        id=other.id,
    )


def _row(closure: Closure) -> dict[str, object]:
    names = set(Closure.__dataclass_fields__) - {"closed_from", "closed_until"}
    row = {name: getattr(closure, name) for name in names}
    return {**row, "during": temporal.span(closure.closed_from, closure.closed_until)}


def record(row: Row) -> Closure:
    """Return a row of the table as a closure."""
    names = set(Closure.__dataclass_fields__) - {"closed_from", "closed_until"}
    return Closure(
        **{name: row[name] for name in names},
        closed_from=row["during"].lower,
        closed_until=row["during"].upper,
    )
