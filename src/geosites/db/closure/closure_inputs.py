"""All inputs of the closure status of one site, read in two statements.

This is the most frequent query of the service: each statement is compiled once and sent as it is,
and rows become columns without a data frame in between.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter

import numpy as np
import shapely
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from geosites.analysis.closure import EvidenceParameters, PerimeterPoints, SiteVisits, ground
from geosites.core.records import EFFORT, Closure, Site, is_slug
from geosites.db.geography import sites
from geosites.db.maintenance import store_flags
from geosites.db.postgres.sql_types import AnySelect, Values, driver_of
from geosites.db.schema.closures import closure
from geosites.db.schema.sightings import sighting
from geosites.db.schema.sites import site
from geosites.db.schema.store_flags import mark
from geosites.db.temporal import known_among_many, known_at

Written = tuple[bytes, Mapping[str, object]]

NEAR_M = 200.0
"""A visit that names the site is listed from up to this far off its perimeter."""

NEARBY_M = EvidenceParameters().nearby_m
"""Maximum distance from the perimeter for people to be reported, whatever site they name."""

ACCURACY_M = 100.0
"""Maximum accuracy by which people outside still count as inside. An empty visit with a worse
accuracy is no evidence.
"""

REACH_M = 50.0
"""Maximum distance, also limited by its accuracy, for an empty visit to count as inside."""

RULES = (NEAR_M, NEARBY_M, ACCURACY_M, REACH_M)

AT_A_TIME = 200
_SITE = ("slug", "name", "precision_m", "territory", "quartier", "source")
_CLOSURE = ("id", "site", "legal_ref", "review_days", "source")
_EFFORT = [origin.value for origin in EFFORT]


@dataclass(frozen=True, kw_only=True)
class Dossier:
    """A site with its closures, the earliest first, and the relevant visits."""

    site: Site
    closures: tuple[Closure, ...]
    visits: SiteVisits
    exercise: bool


def get(
    conn: sa.Connection,
    slug: str,
    as_known_at: dt.datetime | None = None,
) -> Dossier:
    """Return the dossier of one site, or raise `NotFound`."""
    result = list(_dossiers(conn, [slug], as_known_at)) if is_slug(slug) else []
    if not result:
        sites.get(conn, slug, as_known_at)
    return result[0]


def list_all(
    conn: sa.Connection,
    slugs: Collection[str] | None = None,
    as_known_at: dt.datetime | None = None,
) -> Iterator[Dossier]:
    """Yield the dossier of every site, or of those named, by slug."""
    names = sorted(_slugs(conn, as_known_at) if slugs is None else slugs)
    for first in range(0, len(names), AT_A_TIME):
        yield from _dossiers(conn, names[first : first + AT_A_TIME], as_known_at)


def _slugs(conn: sa.Connection, as_known_at: dt.datetime | None) -> Sequence[str]:
    used = (known_at(site, as_known_at), sites.in_use(site, as_known_at))
    return conn.execute(sa.select(site.c.slug).where(*used)).scalars().all()


def _dossiers(
    conn: sa.Connection,
    slugs: Sequence[str],
    as_known_at: dt.datetime | None,
) -> Iterator[Dossier]:
    item, past = len(slugs) == 1, as_known_at is not None
    bounds = {"slug": slugs[0], "slugs": list(slugs), "known_at": as_known_at}
    heads = _rows(conn, _heads(item, past), bounds)
    seen = _rows(conn, _sightings(item, past), bounds)
    sightings_of = {slug: list(rows) for slug, rows in groupby(seen, key=itemgetter(0))}
    for slug, rows in groupby(heads, key=itemgetter(0)):
        yield _dossier(list(rows), sightings_of.get(slug, []))


def _dossier(heads: Sequence[Values], seen: Sequence[Values]) -> Dossier:
    exercise, wkb, *values = heads[0][1:]
    here = Site(**dict(zip(_SITE, values, strict=False)), perimeter=shapely.from_wkb(wkb))
    orders = [row[3 + len(_SITE) :] for row in heads if row[-1] is not None]
    return Dossier(
        site=here,
        closures=tuple(map(_closure, orders)),
        visits=_visits(list(zip(*seen, strict=True)), _ground(wkb)) if seen else SiteVisits.none(),
        exercise=exercise,
    )


def _closure(row: Values) -> Closure:
    *values, closed_until, closed_from = row
    return Closure(
        **dict(zip(_CLOSURE, values, strict=True)),
        closed_from=closed_from,
        closed_until=closed_until,
    )


@lru_cache(maxsize=2**12)
def _ground(wkb: bytes) -> PerimeterPoints:
    return ground(shapely.from_wkb(wkb))


def _visits(columns: Sequence[Values], area: PerimeterPoints) -> SiteVisits:
    _, ids, at, headcount, verified, precision, effort, covers, inside, off, x, y = columns
    return SiteVisits(
        ids=ids,
        observed_at=np.array(at, dtype=np.int64),
        headcount=headcount,
        verified=verified,
        time_precision=precision,
        covers=covers,
        inside=inside,
        effort=effort,
        off_m=[math.nan if item is None else item for item in off],
        sees=area.seen_from(np.column_stack([x, y])),
        ground=area,
    )


@cache
def _heads(one: bool, past: bool) -> Written:
    """Return the statement for: each site as known, with each of its closures as known."""
    exercise = sa.exists().where(mark.c.name == store_flags.EXERCISE)
    during = closure.c.during
    return _written(
        sa.select(
            site.c.slug,
            exercise,
            sa.func.ST_AsBinary(site.c.perimeter, type_=sa.LargeBinary),
            *(site.c[name] for name in _SITE),
            *(closure.c[name] for name in _CLOSURE),
            sa.func.upper(during),
            sa.func.lower(during),
        )
        .select_from(_chosen(one))
        .outerjoin(closure, sa.and_(closure.c.site == site.c.slug, _known(closure, past)))
        .where(_known(site, past))
        .order_by(site.c.slug, sa.func.lower(during))
    )


@cache
def _sightings(one: bool, past: bool) -> Written:
    """Return the statement for the sightings that concern each site as known, by time and id.
    People are inside if their position reaches the perimeter within its accuracy.

    An empty visit covers the ground around it if its position is known well enough and inside the
    perimeter; naming the site is no evidence. Also listed are people nearby, and sightings that are
    near and name the site.
    """
    seen = sighting.c
    off = sa.func.ST_Distance(seen.point, site.c.perimeter)
    accuracy = sa.func.coalesce(seen.accuracy_m, 0.0)
    inside = off <= sa.func.least(accuracy, ACCURACY_M)
    known_well = accuracy <= ACCURACY_M
    covers = sa.and_(known_well, off <= sa.func.least(accuracy, REACH_M))
    nearby = sa.and_(seen.headcount > 0, known_well, off <= NEARBY_M)
    return _written(
        sa.select(
            site.c.slug,
            sa.cast(seen.id, sa.Text),
            sa.cast(sa.func.extract("epoch", seen.observed_at) * 1_000_000, sa.BigInteger),
            seen.headcount,
            seen.verified,
            sa.cast(seen.time_precision, sa.Text),
            sa.cast(seen.origin, sa.Text) == sa.any_(sa.literal(_EFFORT, sa.ARRAY(sa.Text))),
            covers,
            inside,
            sa.case((known_well, off)),
            sa.func.ST_X(seen.point),
            sa.func.ST_Y(seen.point),
        )
        .select_from(_chosen(one))
        .join(sighting, sa.func.ST_DWithin(seen.point, site.c.perimeter, NEAR_M))
        .where(_known(site, past), _known(sighting, past))
        .where(seen.superseded_by.is_(None), sa.or_(seen.site == site.c.slug, inside, nearby))
        .order_by(site.c.slug, seen.observed_at, seen.id)
    )


def _chosen(one: bool) -> sa.FromClause:
    """Return the requested sites; the plan for a single one is reused."""
    if one:
        asked: sa.FromClause = sa.select(sa.bindparam("slug", type_=sa.Text)).subquery("asked")
    else:
        names = sa.func.unnest(sa.bindparam("slugs", type_=sa.ARRAY(sa.Text)))
        asked = names.table_valued("slug", name="asked").render_derived()
    return asked.join(site, site.c.slug == asked.c.slug)


def _known(table: sa.Table, past: bool) -> sa.ColumnElement[bool]:
    """Return the condition that a row is known."""
    if not past:
        return known_among_many(table, None)
    return table.c.known.op("@>")(sa.bindparam("known_at", type_=sa.DateTime(timezone=True)))


def _written(statement: AnySelect) -> Written:
    compiled = statement.compile(dialect=PGDialect_psycopg())  # type: ignore[no-untyped-call]
    return str(compiled).encode(), compiled.params


def _rows(conn: sa.Connection, written: Written, values: Mapping[str, object]) -> list[Values]:
    text, fixed = written
    driver = driver_of(conn)
    with driver.cursor(binary=True) as cursor:
        return cursor.execute(text, {**fixed, **values}).fetchall()
