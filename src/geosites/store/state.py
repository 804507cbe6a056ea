"""A fingerprint of what answers rest on: it changes whenever an answer could."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from geosites.store.schema import RECORDED, mark, sighting, sighting_week
from geosites.store.schema_closures import closure_act

_SMALL = (*(table for table in RECORDED if table is not sighting), closure_act)
"""Tables of hundreds of rows; each row version counts by the transaction that wrote it."""

_DERIVED = "closure_risk"
"""A mark that is computed from the rest, and says nothing of its own."""


def fingerprint(conn: sa.Connection, until: dt.date | None = None) -> tuple[int, ...] | None:
    """Return numbers that change with every recorded row that is added, closed or erased.

    Sightings count by their weeks, those that begin after `until` left out: what is told as of an
    instant does not rest on what was seen later. None within a transaction that has written
    something: what it sees may never come to be.
    """
    week = sighting_week.c
    seen = sa.select(sa.func.coalesce(sa.func.sum(week.revision), 0))
    if until is not None:
        seen = seen.where(week.monday <= until)
    columns = [seen.scalar_subquery(), *(_versions(table) for table in (*_SMALL, mark))]
    wrote = sa.func.pg_current_xact_id_if_assigned().is_not(None)
    first, *numbers = conn.execute(sa.select(wrote, *columns)).one()
    return None if first else tuple(int(number) for number in numbers)


def _versions(table: sa.Table) -> sa.ScalarSelect[int]:
    """Return the sum of a hash of each row version: where it lies, and who wrote it."""
    name = table.name
    place = sa.func.concat(sa.literal_column(f"{name}.ctid"), sa.literal_column(f"{name}.xmin"))
    total = sa.func.coalesce(sa.func.sum(sa.func.hashtextextended(place, 0)), 0)
    statement = sa.select(total).select_from(table)
    if table is mark:
        statement = statement.where(mark.c.name != _DERIVED)
    return statement.scalar_subquery()
