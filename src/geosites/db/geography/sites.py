"""Sites: the named places to which closures and evidence refer."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Iterator, Mapping
from functools import reduce

import shapely
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from geosites.core.errors import Conflict, NotFound, phrase
from geosites.core.records import Site, is_slug
from geosites.db import temporal
from geosites.db.schema.sites import site as table
from geosites.db.schema.sites import site_slug
from geosites.db.schema.sites import site_use as use
from geosites.db.temporal import Row, known_at

_REFERRING: Mapping[str, str] = {
    "sighting": phrase("sightings"),
    "operation": phrase("operations"),
    "closure": phrase("closures"),
    "closure_risk": phrase("statistics of closures"),
    "alarm_status": phrase("states of alarms"),
    "alarm_message": phrase("alarm messages"),
}
"""Labels of the tables that refer to a site."""


def add(conn: sa.Connection, site: Site, at: dt.datetime | None = None) -> None:
    """Record a new site; raises `Conflict` where the slug is taken."""
    if site.slug in slugs(conn):
        raise Conflict("site %(slug)s is recorded already", slug=site.slug)
    put(conn, site, at)


def put(conn: sa.Connection, site: Site, at: dt.datetime | None = None) -> bool:
    """Record `site` under its slug; return False if nothing changed."""
    conn.execute(insert(site_slug).values(slug=site.slug).on_conflict_do_nothing())
    return temporal.put(conn, table, row(site), at)


def remove(conn: sa.Connection, slug: str, at: dt.datetime | None = None) -> None:
    """Remove a site from `at` on; earlier states remain.

    Raises `NotFound`, and `Conflict` if something recorded refers to the site.
    """
    get(conn, slug)
    result = [
        phrase("%(what)s (%(count)s)", what=_REFERRING.get(name, name), count=count)
        for name, count in _references(conn, slug)
        if count
    ]
    if result:
        message = reduce(lambda one, more: phrase("%(one)s, %(more)s", one=one, more=more), result)
        raise Conflict(
            "site %(slug)s cannot be removed, this refers to it: %(what)s", slug=slug, what=message
        )
    temporal.close(conn, table, {"slug": slug}, at)


def _references(conn: sa.Connection, slug: str) -> Iterator[tuple[str, int]]:
    """Yield every table that refers to sites, and its number of current rows for this one."""
    from geosites.db.schema.all_tables import metadata  # takes long, and this alone needs them all

    for other in metadata.sorted_tables:
        names = [item.parent for item in other.foreign_keys if item.column.table is site_slug]
        if other in (table, use) or not names:
            continue
        where = [sa.or_(*(name == slug for name in names))]
        if "known" in other.c:
            where.append(known_at(other, None))
        count = sa.select(sa.func.count()).select_from(other).where(*where)
        yield other.name, int(conn.execute(count).scalar_one())


def get(conn: sa.Connection, slug: str, as_known_at: dt.datetime | None = None) -> Site:
    """Return one site, or raise `NotFound` with the nearest slugs."""
    statement = sa.select(table).where(table.c.slug == slug, known_at(table, as_known_at))
    found = conn.execute(statement).mappings().first() if is_slug(slug) else None
    if found is None:
        raise NotFound("site", slug, _near(slug, slugs(conn)))
    return record(found)


def list_all(
    conn: sa.Connection, as_known_at: dt.datetime | None = None, *, retired: bool = False
) -> list[Site]:
    """Return every site in use, by slug; those that were `retired` as well where they are named."""
    chosen = sa.true() if retired else in_use(table, as_known_at)
    statement = sa.select(table).where(known_at(table, as_known_at), chosen)
    statement = statement.order_by(table.c.slug)
    return [record(found) for found in conn.execute(statement).mappings()]


def in_use(one: sa.FromClause, as_known_at: dt.datetime | None = None) -> sa.ColumnElement[bool]:
    """Return the condition under which a row of sites is one in use, as known at an instant."""
    gone = sa.exists().where(
        use.c.slug == one.c.slug, known_at(use, as_known_at), use.c.retired.is_(True)
    )
    return ~gone


def revision(conn: sa.Connection) -> int:
    """Return a number that rises with every site that is added, corrected or removed."""
    closed = sa.func.count().filter(sa.not_(known_at(table, None)))
    statement = sa.select(sa.func.count() + closed).select_from(table)
    return int(conn.execute(statement).scalar_one())


def slugs(conn: sa.Connection) -> frozenset[str]:
    """Return the slugs of the sites known now."""
    return frozenset(conn.execute(sa.select(table.c.slug).where(known_at(table, None))).scalars())


def perimeters(conn: sa.Connection) -> dict[str, shapely.Geometry]:
    """Return the perimeter (metres) of each site known now, by slug."""
    statement = sa.select(table.c.slug, table.c.perimeter).where(known_at(table, None))
    return {row.slug: temporal.shape(row.perimeter) for row in conn.execute(statement)}


def _near(slug: str, known: frozenset[str]) -> list[str]:
    holding = sorted(name for name in known if slug.lower() in name)
    return difflib.get_close_matches(slug.lower(), sorted(known), n=3, cutoff=0.5) or holding[:3]


def row(site: Site) -> dict[str, object]:
    """Return a site as a row of the table."""
    values = {name: getattr(site, name) for name in Site.__dataclass_fields__}
    if isinstance(site.perimeter, shapely.Polygon):
        values["perimeter"] = shapely.MultiPolygon([site.perimeter])
    return values


def record(found: Row) -> Site:
    """Return a row of the table as a site."""
    values = {name: found[name] for name in Site.__dataclass_fields__}
    return Site(**{**values, "perimeter": temporal.shape(found["perimeter"])})


def ever(conn: sa.Connection) -> frozenset[str]:
    """Return every slug that a site ever had."""
    return frozenset(conn.execute(sa.select(site_slug.c.slug)).scalars())
