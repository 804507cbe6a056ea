"""The visits and reports that may concern a site, as columns, straight from the indexes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np
import sqlalchemy as sa

from geosites.analysis.closure import Visits
from geosites.records import EFFORT
from geosites.store.schema import sighting, site
from geosites.store.versions import known_at


def of_sites(
    conn: sa.Connection,
    slugs: Sequence[str],
    *,
    near_m: float,
    accuracy_m: float,
    until: dt.datetime | None = None,
    as_known_at: dt.datetime | None = None,
) -> dict[str, Visits]:
    """Return for each site the sightings within `near_m` of it, observed up to `until`.

    A sighting is inside where its position reaches the perimeter with its accuracy, of which no
    more than `accuracy_m` is believed; it covers the site where it is inside or names it. A site
    without sightings, or unknown, has no visits.
    """
    statement = _statement(near_m, accuracy_m, until, as_known_at)
    rows = conn.execute(statement, {"slugs": list(slugs)}).all()
    found = {slug: Visits.none() for slug in slugs}
    for slug, of_site in groupby(rows, key=itemgetter(0)):
        found[slug] = _visits(list(zip(*of_site, strict=True)))
    return found


def _statement(
    near_m: float, accuracy_m: float, until: dt.datetime | None, as_known_at: dt.datetime | None
) -> sa.Select[tuple[object, ...]]:
    seen = sighting.c
    believed = sa.func.least(sa.func.coalesce(seen.accuracy_m, 0.0), accuracy_m)
    inside = sa.func.ST_Distance(seen.point, site.c.perimeter) <= believed
    return (
        sa.select(
            site.c.slug,
            sa.cast(seen.id, sa.Text),
            sa.cast(sa.func.extract("epoch", seen.observed_at) * 1_000_000, sa.BigInteger),
            seen.headcount,
            seen.verified,
            sa.cast(seen.time_precision, sa.Text),
            sa.or_(inside, sa.func.coalesce(seen.site == site.c.slug, sa.false())),
            inside,
            seen.origin.in_(EFFORT),
        )
        .select_from(site)
        .join(sighting, sa.func.ST_DWithin(seen.point, site.c.perimeter, near_m))
        .where(site.c.slug == sa.func.any(sa.bindparam("slugs", type_=sa.ARRAY(sa.Text))))
        .where(known_at(site, as_known_at), known_at(sighting, as_known_at))
        .where(seen.superseded_by.is_(None), *([seen.observed_at <= until] if until else []))
        .order_by(site.c.slug, seen.observed_at, seen.id)
    )


def _visits(columns: Sequence[Sequence[Any]]) -> Visits:
    _, ids, at, headcount, verified, precision, covers, inside, effort = columns
    return Visits(
        ids=ids,
        observed_at=np.array(at, dtype=np.int64),
        headcount=headcount,
        verified=verified,
        time_precision=precision,
        covers=covers,
        inside=inside,
        effort=effort,
    )
