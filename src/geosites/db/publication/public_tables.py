"""Released public tables: permanent, and charged to the privacy budget of their year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import sqlalchemy as sa

from geosites.core.documents.public_tables import PublicRow
from geosites.core.errors import NotFound, Refused
from geosites.core.quarters import Quarter
from geosites.db.schema.public_tables import public_table as table

_LOCK = sa.func.hashtextextended("public_table", 0)


@dataclass(frozen=True, kw_only=True)
class PublicRelease:
    """One released table; `rows` hold noisy counts."""

    quarter: Quarter
    revision: int
    epsilon: Fraction
    budget: Fraction
    released_at: dt.datetime
    rows: Sequence[PublicRow]


def lock(conn: sa.Connection) -> None:
    """Let one transaction at a time release a table, until its end."""
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def spent(conn: sa.Connection, year: int) -> Fraction:
    """Return the epsilons of all releases of quarters of a year, added up."""
    of_year = sa.func.extract("year", table.c.quarter) == year
    total = sa.select(sa.func.coalesce(sa.func.sum(table.c.epsilon), 0)).where(of_year)
    return Fraction(conn.execute(total).scalar_one())


def budget(conn: sa.Connection, year: int, asked: Fraction) -> Fraction:
    """Return the budget of a year: the smallest ever set for it, or the given one."""
    of_year = sa.func.extract("year", table.c.quarter) == year
    named = conn.execute(sa.select(sa.func.min(table.c.budget)).where(of_year)).scalar_one()
    return asked if named is None else min(Fraction(named), asked)


def add(conn: sa.Connection, release: PublicRelease, beside: Fraction = Fraction(0)) -> None:
    """Store a release permanently; raises `Refused` if it exceeds the budget of its year.

    `beside` was spent by releases of that year that are not in the store.
    """
    values = {
        "quarter": release.quarter.months[0],
        "revision": release.revision,
        "epsilon": _decimal(release.epsilon),
        "budget": _decimal(release.budget),
        "released_at": release.released_at,
        "rows": list(release.rows),
    }
    year = release.quarter.year
    allowed, used = budget(conn, year, release.budget), spent(conn, year) + beside
    if used + release.epsilon > allowed:
        raise Refused(
            "the privacy budget of %(year)s does not allow it: %(spent)s of %(budget)s spent, "
            "%(epsilon)s asked",
            year=year,
            spent=_decimal(used),
            budget=_decimal(allowed),
            epsilon=_decimal(release.epsilon),
        )
    conn.execute(sa.insert(table).values(values))


def latest(conn: sa.Connection, quarter: Quarter) -> PublicRelease:
    """Return the last release of a quarter, or raise `NotFound`."""
    found = releases(conn, quarter)
    if not found:
        raise NotFound("public table", str(quarter))
    return found[-1]


def releases(conn: sa.Connection, quarter: Quarter | None = None) -> list[PublicRelease]:
    """Return the releases, of one quarter or of all, the oldest quarter and revision first."""
    statement = sa.select(table).order_by(table.c.quarter, table.c.revision)
    if quarter is not None:
        statement = statement.where(table.c.quarter == quarter.months[0])
    return [_release(row) for row in conn.execute(statement).mappings()]


def _release(row: sa.RowMapping) -> PublicRelease:
    return PublicRelease(
        quarter=Quarter.of_day(row["quarter"]),
        revision=row["revision"],
        epsilon=Fraction(row["epsilon"]),
        budget=Fraction(row["budget"]),
        released_at=row["released_at"],
        rows=row["rows"],
    )


def _decimal(value: Fraction) -> str:
    """Return a fraction of thousandths as text: 1/2 gives `0.5`; raises `Refused` for a finer."""
    if (value * 1000).denominator != 1:
        raise Refused("epsilon and budget have at most three decimals")
    return f"{float(value):.3f}".rstrip("0").rstrip(".")
