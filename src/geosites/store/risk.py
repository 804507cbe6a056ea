"""What each site adds to the hazard of all, kept so that it need not be computed for each answer.

It is never stale. Triggers note where sightings, sites and closures change; who asks first computes
what these changes touch, under a lock, and everybody after reads two rows. What was computed by
other rules than those in force (the `basis`) counts as not computed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from geosites.analysis.closure import Exposure
from geosites.store import marks
from geosites.store.dossiers import NEAR_M
from geosites.store.schema import closure, mark, site
from geosites.store.schema_closures import closure_risk as table
from geosites.store.schema_closures import closure_stale as stale

MARK = "closure_risk"
_LOCK = 0x67656F01
_STEPS = {"step_us": "at", "step_returns": "returns", "step_at_risk_us": "at_risk_us"}


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Returns and microseconds at risk of all sites, as they stand from `last_us` on."""

    basis: str
    returns: int
    at_risk_us: int
    last_us: int


def totals(conn: sa.Connection, basis: str) -> Totals | None:
    """Return the sums over all sites, or None where they must be computed first."""
    written = sa.select(mark.c.value).where(mark.c.name == MARK).scalar_subquery()
    changed, text = conn.execute(sa.select(sa.exists(sa.select(stale.c.id)), written)).one()
    kept = None if changed or text is None else Totals(**json.loads(text))
    return kept if kept is not None and kept.basis == basis else None


def until(conn: sa.Connection, at_us: int) -> tuple[int, int]:
    """Return the returns and the microseconds at risk of all sites up to an instant."""
    rows = conn.execute(sa.select(*(table.c[name] for name in _STEPS)))
    sums = [_exposure(row).until(at_us) for row in rows]
    return sum(returns for returns, _ in sums), sum(at_risk_us for _, at_risk_us in sums)


def claim(conn: sa.Connection, basis: str) -> tuple[Sequence[int], Sequence[str]]:
    """Return the changes noted so far, and the sites to compute again because of them.

    Until this transaction ends nobody else computes; who waits for that finds it done.
    """
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    noted = conn.execute(sa.select(stale.c.id)).scalars().all()
    if not _follows(conn, basis):
        conn.execute(sa.delete(table))
        known = sa.func.upper_inf(closure.c.known)
        return noted, conn.execute(
            sa.select(closure.c.site).where(known).distinct()
        ).scalars().all()
    return noted, conn.execute(_touched(noted)).scalars().all()


def put(conn: sa.Connection, exposures: Mapping[str, Exposure]) -> None:
    """Make these the exposures of their sites."""
    if not exposures:
        return
    rows = [
        {"site": slug, **{name: list(getattr(one, key)) for name, key in _STEPS.items()}}
        for slug, one in exposures.items()
    ]
    statement = insert(table)
    changed = {name: statement.excluded[name] for name in _STEPS}
    conn.execute(statement.on_conflict_do_update(index_elements=["site"], set_=changed), rows)


def settle(conn: sa.Connection, noted: Sequence[int], basis: str) -> Totals:
    """Forget the changes that are computed now, and write down and return the sums."""
    conn.execute(sa.delete(stale).where(_noted(noted)))
    ends = [table.c[name][sa.func.cardinality(table.c[name])] for name in _STEPS]
    last_us, returns, at_risk_us = conn.execute(
        sa.select(sa.func.max(ends[0]), sa.func.sum(ends[1]), sa.func.sum(ends[2]))
    ).one()
    kept = Totals(
        basis=basis,
        returns=int(returns or 0),
        at_risk_us=int(at_risk_us or 0),
        last_us=last_us or 0,
    )
    marks.put(conn, MARK, json.dumps(asdict(kept)))
    return kept


def _follows(conn: sa.Connection, basis: str) -> bool:
    written = marks.get(conn, MARK)
    return written is not None and json.loads(written)["basis"] == basis


def _touched(noted: Sequence[int]) -> sa.Select[str]:
    near = sa.func.ST_DWithin(site.c.perimeter, stale.c.area, NEAR_M)
    named = sa.select(stale.c.site).where(_noted(noted), stale.c.site.is_not(None))
    around = sa.select(site.c.slug).join(stale, near).where(_noted(noted))
    touched = sa.union(named, around.where(sa.func.upper_inf(site.c.known))).subquery()
    return sa.select(touched.c.site).where(touched.c.site.in_(_closed()))


def _closed() -> sa.Select[str]:
    return sa.select(closure.c.site).where(sa.func.upper_inf(closure.c.known)).distinct()


def _noted(noted: Sequence[int]) -> sa.ColumnElement[bool]:
    return stale.c.id == sa.any_(sa.literal(list(noted), sa.ARRAY(sa.BigInteger)))


def _exposure(row: Sequence[Any]) -> Exposure:
    return Exposure(
        **{key: tuple(values) for key, values in zip(_STEPS.values(), row, strict=True)}
    )
