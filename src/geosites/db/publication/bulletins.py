"""Issued bulletins: revisions are added, and none is ever changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from geosites.core.errors import NotFound, phrase
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.sql_types import AnySelect
from geosites.db.schema.bulletins import bulletin as table

_WEEKLY_LOCK = 0x67656F05


class Edition(StrEnum):
    """Edition of bulletins: for services that see exact places. Partners read weeks instead."""

    SERVICE = "service"


@dataclass(frozen=True, kw_only=True)
class ListedRevision:
    """One issued revision, its content left out."""

    week: IsoWeek
    revision: int
    as_known_at: dt.datetime
    issued_at: dt.datetime
    content_sha256: str


@dataclass(frozen=True, kw_only=True)
class Issue(ListedRevision):
    """One issued revision. `files_sha256` is by name of file: `fr.pdf`."""

    edition: Edition
    content: str
    files_sha256: Mapping[str, str]
    anchor: str


def lock(conn: sa.Connection, week: IsoWeek, edition: Edition) -> None:
    """Let one transaction at a time issue a bulletin, until the end of the transaction."""
    key = sa.func.hashtextextended(f"bulletin {week} {edition}", 0)
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def try_weekly_lock(conn: sa.Connection) -> bool:
    """Take the weekly job for this transaction; return False where somebody is at it."""
    return bool(conn.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_WEEKLY_LOCK))).scalar())


def add(conn: sa.Connection, issue: Issue) -> None:
    """Store a revision permanently."""
    conn.execute(
        sa.insert(table).values(
            monday=issue.week.monday,
            edition=issue.edition.value,
            revision=issue.revision,
            as_known_at=issue.as_known_at,
            issued_at=issue.issued_at,
            content=issue.content,
            content_sha256=issue.content_sha256,
            files_sha256=dict(issue.files_sha256),
            anchor=issue.anchor,
        )
    )


def get(conn: sa.Connection, week: IsoWeek, edition: Edition, revision: int) -> Issue:
    """Return one revision; raises `NotFound`."""
    statement = _of(edition).where(table.c.monday == week.monday, table.c.revision == revision)
    row = conn.execute(statement).mappings().first()
    if row is None:
        raise NotFound(
            "bulletin", phrase("%(week)s, revision %(number)s", week=str(week), number=revision)
        )
    return _issue(row)


def latest(
    conn: sa.Connection, week: IsoWeek, edition: Edition, known: dt.datetime | None = None
) -> Issue | None:
    """Return the last revision of a week, of those known at `known` if it is given, or None."""
    statement = _of(edition).where(table.c.monday == week.monday, *_until(known))
    row = conn.execute(statement.order_by(table.c.revision.desc()).limit(1)).mappings().first()
    return None if row is None else _issue(row)


def before(
    conn: sa.Connection, week: IsoWeek, edition: Edition, known: dt.datetime
) -> Issue | None:
    """Return the bulletin before that of a week: the last revision of the nearest earlier week."""
    statement = _of(edition).where(table.c.monday < week.monday, *_until(known))
    last_first = statement.order_by(table.c.monday.desc(), table.c.revision.desc())
    row = conn.execute(last_first.limit(1)).mappings().first()
    return None if row is None else _issue(row)


def issued(
    conn: sa.Connection, edition: Edition, week: IsoWeek | None = None, limit: int = 520
) -> list[ListedRevision]:
    """Return the revisions, of one week or of all, the latest week and revision first."""
    columns = ("monday", "revision", "as_known_at", "issued_at", "content_sha256")
    statement = sa.select(*(table.c[name] for name in columns)).where(table.c.edition == edition)
    if week is not None:
        statement = statement.where(table.c.monday == week.monday)
    ordered = statement.order_by(table.c.monday.desc(), table.c.revision.desc()).limit(limit)
    return [_listed(row) for row in conn.execute(ordered).mappings()]


def _of(edition: Edition) -> AnySelect:
    return sa.select(table).where(table.c.edition == edition.value)


def _until(known: dt.datetime | None) -> list[sa.ColumnElement[bool]]:
    return [] if known is None else [table.c.as_known_at <= known]


def _listed(row: sa.RowMapping) -> ListedRevision:
    names = ("revision", "as_known_at", "issued_at", "content_sha256")
    year, number, _ = row["monday"].isocalendar()
    return ListedRevision(week=IsoWeek(year, number), **{name: row[name] for name in names})


def _issue(row: sa.RowMapping) -> Issue:
    kept = {name: row[name] for name in ("content", "files_sha256", "anchor")}
    return Issue(**vars(_listed(row)), edition=Edition(row["edition"]), **kept)
