"""Backfilled statistics by week and territory, valid until the week changes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from geosites.core.weeks import IsoWeek
from geosites.db.geography import sites
from geosites.db.reports import sightings
from geosites.db.schema.conventions import metadata
from geosites.db.temporal import Row

table = sa.Table(
    "week_statistic",
    metadata,
    sa.Column("territory", sa.Text, sa.ForeignKey("territory_code.code"), primary_key=True),
    sa.Column("monday", sa.Date, primary_key=True),
    sa.Column("visits", sa.Integer, nullable=False),
    sa.Column("positive", sa.Integer, nullable=False),
    sa.Column("places", sa.Integer, nullable=False),
    sa.Column("heads", sa.Float, nullable=False),
    sa.Column("low", sa.Float, nullable=False),
    sa.Column("high", sa.Float, nullable=False),
    sa.Column("heads_counted", sa.BigInteger, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
)
"""Computed, and can be computed again; `revision` is that of the week's sightings at the time."""


def revisions(conn: sa.Connection, weeks: Sequence[IsoWeek]) -> dict[dt.date, int]:
    """Return the revision of each week, to be read before its sightings.

    It changes with the sites too: a visit within a known perimeter belongs to the site's place.
    """
    mondays = [week.monday for week in weeks]
    known = sites.revision(conn)
    return {
        monday: seen + known
        for monday, seen in zip(mondays, sightings.counted(conn, mondays), strict=True)
    }


def put(conn: sa.Connection, rows: Sequence[Row], revised: Mapping[dt.date, int]) -> None:
    """Replace the statistics of the weeks of `revised` by `rows`."""
    conn.execute(sa.delete(table).where(table.c.monday.in_(list(revised))))
    if rows:
        values = [{**row, "revision": revised[row["monday"]]} for row in rows]
        conn.execute(sa.insert(table), values)


def course(
    conn: sa.Connection, territory: str, weeks: Sequence[IsoWeek]
) -> dict[IsoWeek, tuple[float, float]]:
    """Return the 90 % interval of people present in a territory, if it is still valid."""
    revised = revisions(conn, weeks)
    statement = sa.select(table).where(
        table.c.territory == territory, table.c.monday.in_(list(revised))
    )
    return {
        IsoWeek.of_day(row.monday): (row.low, row.high)
        for row in conn.execute(statement)
        if revised[row.monday] == row.revision
    }
