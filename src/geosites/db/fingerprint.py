"""Fingerprint of the data behind an answer: it changes whenever the answer could."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from geosites.db.geography import ground, street_map
from geosites.db.postgres.compiled import Compiled
from geosites.db.schema.closures import closure_act
from geosites.db.schema.recorded_tables import RECORDED
from geosites.db.schema.sightings import sighting, sighting_week
from geosites.db.schema.sites import site, site_use
from geosites.db.schema.store_flags import mark
from geosites.db.schema.territories import territory

_SMALL = (
    *(table for table in RECORDED if table is not sighting),
    closure_act,
    ground.loaded,
    street_map.loaded,
)
"""Tables of hundreds of rows; each row version counts by the transaction that wrote it."""

_DERIVED = "closure_risk"
"""A flag that is derived from other data, and left out."""


def fingerprint(conn: sa.Connection, until: dt.date | None = None) -> str | None:
    """Return a text that changes with every recorded row that is added, closed or erased.

    Sightings are included by week, without weeks that begin after `until`: answers as of an instant
    do not depend on later sightings. None within a transaction that has written something, since
    its view may never be committed.
    """
    result: str | None = _FINGERPRINT.row(conn, until=until or dt.date.max)[0]
    return result


def of_names(conn: sa.Connection) -> str:
    """Return a text that changes with streets, map background, territories and sites."""
    result: str = _OF_NAMES.row(conn)[0]
    return result


def of_doors(conn: sa.Connection) -> str:
    """Return a text that changes with the context of reports: territories, sites, flags."""
    result: str = _OF_DOORS.row(conn)[0]
    return result


def _seen() -> sa.ScalarSelect[int]:
    """Return the sum of the revisions of all weeks that begin by `until`."""
    week = sighting_week.c
    total = sa.func.coalesce(sa.func.sum(week.revision), 0)
    begun = week.monday <= sa.bindparam("until", type_=sa.Date)
    return sa.select(total).where(begun).scalar_subquery()


def _versions(table: sa.Table) -> sa.ScalarSelect[int]:
    """Return the sum of a hash of each row version (ctid and xmin)."""
    name = table.name
    place = sa.func.concat(sa.literal_column(f"{name}.ctid"), sa.literal_column(f"{name}.xmin"))
    total = sa.func.coalesce(sa.func.sum(sa.func.hashtextextended(place, 0)), 0)
    statement = sa.select(total).select_from(table)
    if table is mark:
        statement = statement.where(mark.c.name != _DERIVED)
    return statement.scalar_subquery()


_WROTE_NOTHING = sa.func.pg_current_xact_id_if_assigned(type_=sa.Text).is_(None)
_NUMBERS = sa.func.concat_ws(" ", _seen(), *(_versions(table) for table in (*_SMALL, mark)))
_FINGERPRINT = Compiled.once(sa.select(sa.case((_WROTE_NOTHING, _NUMBERS))))
"""Used by nearly every request, so it is built once."""

_NAMED = (ground.loaded, street_map.loaded, site, site_use, territory)
_OF_NAMES = Compiled.once(sa.select(sa.func.concat_ws(" ", *map(_versions, _NAMED))))
_OF_DOORS = Compiled.once(
    sa.select(sa.func.concat_ws(" ", *map(_versions, (site, territory, mark))))
)
