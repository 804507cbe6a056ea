"""Retention: erase expired rows, coarsen old positions, and certify both.

Only the owner of the tables can do this; the running service cannot. A certificate has the number
of rows erased, their period, and a digest of their ids, which reveals nothing about them.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from geosites.core.precision import HALF_DIAGONAL_M
from geosites.db import journal, journal_entries
from geosites.db.postgres.sql_types import AnyColumn
from geosites.db.reports.notes import table as notes
from geosites.db.schema import journal as kept
from geosites.db.schema.alarms import alarm_message
from geosites.db.schema.changes import change
from geosites.db.schema.checks import sighting_check
from geosites.db.schema.closures import closure, closure_act
from geosites.db.schema.duplicates import sighting_judgement
from geosites.db.schema.operations import operation
from geosites.db.schema.sharing import share_change
from geosites.db.schema.sightings import sighting
from geosites.db.visibility import cell_centre

ERASED, COARSENED = "erased", "coarsened"


@dataclass(frozen=True, kw_only=True)
class Periods:
    """Retention periods in months by type of row, and the age at which positions become coarse."""

    sightings: int
    operations: int
    closures: int
    messages: int
    journal: int
    exact_positions: int


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """A retention certificate: table, period of its rows, rule, and a digest of their ids."""

    made_at: dt.datetime
    table_name: str
    action: str
    rule: str
    before: dt.datetime
    rows: int
    first_at: dt.datetime | None
    last_at: dt.datetime | None
    digest: str

    def document(self) -> dict[str, object]:
        """Return the certificate as JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule:
    """Rows of a table are erased once `instant` is before its retention period."""

    table: sa.Table
    names: tuple[str, ...]
    instant: AnyColumn
    months: int
    only: tuple[sa.ColumnElement[bool], ...] = ()

    @property
    def said(self) -> str:
        """The rule in words."""
        return f"kept {self.months} months"


def run(conn: sa.Connection, periods: Periods, now: dt.datetime) -> list[Certificate]:
    """Erase and coarsen due rows, and return a certificate for each table that lost some.

    Each certificate is stored with the journal, and journaled.
    """
    conn.execute(sa.select(sa.func.set_config("geosites.retention", "on", True)))
    made = [_erase(conn, rule, _before(conn, now, rule.months)) for rule in rules(periods)]
    before = _before(conn, now, periods.exact_positions)
    made.append(_coarsen(conn, before, f"exact for {periods.exact_positions} months"))
    before = _before(conn, now, periods.journal)
    made.append(_prune(conn, before, f"kept {periods.journal} months"))
    conn.execute(sa.select(sa.func.set_config("geosites.retention", "off", True)))
    return [_certify(conn, item) for item in made if item["rows"]]


def rules(periods: Periods) -> list[Rule]:
    """Return the rules of erasure. A closure without an end is kept, and so are its acts."""
    gone = ~sa.exists().where(closure.c.id == closure_act.c.closure)
    months = periods.closures
    return [
        Rule(
            table=sighting,
            names=("id",),
            instant=sighting.c.observed_at,
            months=periods.sightings,
        ),
        Rule(
            table=notes,
            names=("sighting",),
            instant=sa.func.lower(notes.c.known),
            months=periods.sightings,
        ),
        Rule(
            table=sighting_judgement,
            names=("sighting", "other"),
            instant=sa.func.lower(sighting_judgement.c.known),
            months=periods.sightings,
        ),
        Rule(
            table=sighting_check,
            names=("sighting",),
            instant=sa.func.lower(sighting_check.c.known),
            months=periods.sightings,
        ),
        Rule(
            table=operation,
            names=("id",),
            instant=sa.func.upper(operation.c.during),
            months=periods.operations,
        ),
        Rule(table=closure, names=("id",), instant=sa.func.upper(closure.c.during), months=months),
        Rule(
            table=closure_act,
            names=("closure",),
            instant=sa.func.lower(closure_act.c.known),
            months=months,
            only=(gone,),
        ),
        Rule(
            table=alarm_message,
            names=("id",),
            instant=alarm_message.c.ended_at,
            months=periods.messages,
        ),
        Rule(table=change, names=("number",), instant=change.c.at, months=periods.messages),
        Rule(
            table=share_change,
            names=("peer", "place"),
            instant=share_change.c.taken_at,
            months=periods.messages,
        ),
    ]


def certificates(conn: sa.Connection) -> list[Certificate]:
    """Return every certificate, the newest first."""
    table = kept.certificate
    columns = [table.c[name] for name in Certificate.__dataclass_fields__]
    rows = conn.execute(sa.select(*columns).order_by(table.c.made_at.desc(), table.c.id.desc()))
    return [Certificate(**row._mapping) for row in rows]


def _before(conn: sa.Connection, now: dt.datetime, months: int) -> dt.datetime:
    statement = sa.select(
        sa.cast(now, sa.DateTime(timezone=True)) - sa.func.make_interval(0, months)
    )
    result: dt.datetime = conn.execute(statement).scalar_one()
    return result


def _erase(conn: sa.Connection, rule: Rule, before: dt.datetime) -> dict[str, object]:
    due = sa.delete(rule.table).where(rule.instant < before, *rule.only)
    answer = _told(conn, due, [rule.table.c[name] for name in rule.names], rule.instant)
    return {
        "table_name": rule.table.name,
        "action": ERASED,
        "rule": rule.said,
        "before": before,
        **answer,
    }


def _coarsen(conn: sa.Connection, before: dt.datetime, rule: str) -> dict[str, object]:
    """Move old positions to the centre of their 100 m cell, with the corresponding accuracy."""
    table = sighting
    centre = cell_centre(table.c.point)
    exact = sa.func.ST_Distance(table.c.point, centre) > 0
    due = (
        sa.update(table)
        .where(table.c.observed_at < before, exact)
        .values(point=centre, accuracy_m=sa.func.greatest(table.c.accuracy_m, HALF_DIAGONAL_M))
    )
    answer = _told(conn, due, [table.c.id], table.c.observed_at)
    return {
        "table_name": table.name,
        "action": COARSENED,
        "rule": rule,
        "before": before,
        **answer,
    }


def _prune(conn: sa.Connection, before: dt.datetime, rule: str) -> dict[str, object]:
    """Erase the beginning of each journal chain; the rest is verified from a checkpoint."""
    table = kept.entry
    first_kept = sa.func.min(table.c.seq).filter(table.c.at >= before)
    last = sa.func.coalesce(first_kept, sa.func.max(table.c.seq) + 1) - 1
    ends = sa.select(table.c.chain, last.label("seq")).group_by(table.c.chain).subquery()
    end = sa.and_(table.c.chain == ends.c.chain, table.c.seq == ends.c.seq)
    marks = sa.select(table.c.chain, table.c.seq, table.c.hash, sa.func.clock_timestamp())
    columns = ["chain", "seq", "hash", "made_at"]
    conn.execute(sa.insert(kept.checkpoint).from_select(columns, marks.join(ends, end)))
    latest = {mark.chain: mark for mark in journal_entries.checkpoints(conn)}
    done = kept.checkpoint.alias()
    due = sa.delete(table).where(
        sa.exists().where(done.c.chain == table.c.chain, done.c.seq >= table.c.seq)
    )
    answer = _told(conn, due, [table.c.chain, table.c.seq], table.c.at)
    if answer["rows"]:
        journal.erased(conn, "journal.entry", [mark.attested for mark in latest.values()])
    return {
        "table_name": "journal.entry",
        "action": ERASED,
        "rule": rule,
        "before": before,
        **answer,
    }


def _told(
    conn: sa.Connection,
    due: sa.Delete | sa.Update,
    names: list[AnyColumn],
    instant: AnyColumn,
) -> dict[str, object]:
    """Do it, and return how many rows it met, their first and last instant, and a digest.

    The digest is that of the journal: SHA-256 over the SHA-256 of names with the same beginning.
    """
    name = sa.func.concat_ws(" ", *names).collate("C").label("name")
    gone = due.returning(name, instant.label("at")).cte("gone")
    message = sa.func.string_agg(gone.c.name, sa.text("',' ORDER BY name"))
    parts = (
        sa.select(
            sa.func.left(gone.c.name, 2).label("bucket"),
            sa.func.count().label("rows"),
            sa.func.min(gone.c.at).label("first_at"),
            sa.func.max(gone.c.at).label("last_at"),
            sa.func.sha256(sa.func.convert_to(message, "UTF8")).label("part"),
        )
        .group_by(sa.text("1"))
        .cte("parts")
    )
    whole = sa.func.string_agg(parts.c.part, sa.text("'' ORDER BY bucket"))
    statement = sa.select(
        sa.cast(sa.func.coalesce(sa.func.sum(parts.c.rows), 0), sa.BigInteger).label("rows"),
        sa.func.min(parts.c.first_at).label("first_at"),
        sa.func.max(parts.c.last_at).label("last_at"),
        sa.func.coalesce(sa.func.encode(sa.func.sha256(whole), "hex"), "").label("digest"),
    )
    return dict(conn.execute(statement).mappings().one())


def _certify(conn: sa.Connection, made: dict[str, object]) -> Certificate:
    table = kept.certificate
    columns = [table.c[name] for name in Certificate.__dataclass_fields__]
    row = conn.execute(sa.insert(table).values(**made).returning(*columns)).mappings().one()
    message = f"{made['action']} {made['table_name']} {made['rows']} {made['digest']}"
    journal.erased(conn, "certificate", [message])
    return Certificate(**row)
