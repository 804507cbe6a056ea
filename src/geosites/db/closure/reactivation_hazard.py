"""Each site's contribution to the common reactivation hazard, stored to avoid recomputation.

It is never stale. Triggers record where sightings, sites and closures change. The next query
recomputes what these changes affect, under a lock; every later query reads two rows. Values
computed with other rules than the current ones (the `basis`) count as not computed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from geosites.analysis.closure import Exposure
from geosites.db.closure.closure_inputs import NEAR_M
from geosites.db.maintenance import store_flags
from geosites.db.postgres.sql_types import AnyRow, AnySelect
from geosites.db.schema.closures import closure
from geosites.db.schema.closures import closure_risk as table
from geosites.db.schema.closures import closure_stale as stale
from geosites.db.schema.sites import site
from geosites.db.schema.store_flags import mark

MARK = "closure_risk"
_LOCK = 0x67656F01


@dataclass(frozen=True, kw_only=True)
class Totals:
    """Returns and microseconds at risk of all sites, constant from `last_us` on."""

    basis: str
    returns: int
    at_risk_us: int
    last_us: int


def totals(conn: sa.Connection, basis: str) -> Totals | None:
    """Return the sums over all sites, or None where they must be computed first."""
    written = sa.select(mark.c.value).where(mark.c.name == MARK).scalar_subquery()
    changed, text = conn.execute(sa.select(sa.exists(sa.select(stale.c.id)), written)).one()
    return None if changed else _totals(text, basis)


def until(conn: sa.Connection, at_us: int) -> tuple[int, int]:
    """Return the returns and the microseconds at risk of all sites up to an instant."""
    sums = [_exposure(row).until(at_us) for row in conn.execute(_steps())]
    return sum(returns for returns, _ in sums), sum(at_risk_us for _, at_risk_us in sums)


def claim(
    conn: sa.Connection, basis: str, most: int | None = None
) -> tuple[Sequence[int], Sequence[str]]:
    """Return the sites to compute again, `most` at a time, and the changes noted because of them.

    Until this transaction ends nobody else computes; who waits for that finds it done.
    """
    conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    if _kept(conn, basis) is None:
        _note_all(conn, basis)
    _name_sites(conn)
    chosen = sa.select(stale.c.site).distinct().order_by(stale.c.site).limit(most).subquery()
    noted = conn.execute(
        sa.select(stale.c.id, stale.c.site).join_from(stale, chosen, stale.c.site == chosen.c.site)
    ).all()
    closed = sa.select(closure.c.site).distinct()
    slugs = {site for _, site in noted}
    return [number for number, _ in noted], sorted(slugs & set(conn.execute(closed).scalars()))


def settle(
    conn: sa.Connection, noted: Sequence[int], exposures: Mapping[str, Exposure], basis: str
) -> Totals:
    """Make these the exposures of their sites, forget the changes noted, return the sums."""
    before = _kept(conn, basis) or Totals(basis=basis, returns=0, at_risk_us=0, last_us=0)
    replaced = [_whole(_exposure(row)) for row in conn.execute(_steps(list(exposures)))]
    added = [_whole(item) for item in exposures.values()]
    _put(conn, exposures)
    conn.execute(sa.delete(stale).where(_noted(noted)))
    kept = Totals(
        basis=basis,
        returns=before.returns + sum(n for n, _ in added) - sum(n for n, _ in replaced),
        at_risk_us=before.at_risk_us + sum(us for _, us in added) - sum(us for _, us in replaced),
        last_us=max([before.last_us, *(item.at[-1] for item in exposures.values() if item.at)]),
    )
    _keep(conn, kept)
    return kept


def _keep(conn: sa.Connection, kept: Totals) -> None:
    store_flags.put(conn, MARK, json.dumps(asdict(kept)))


def _kept(conn: sa.Connection, basis: str) -> Totals | None:
    return _totals(store_flags.get(conn, MARK), basis)


def _totals(written: str | None, basis: str) -> Totals | None:
    kept = None if written is None else Totals(**json.loads(written))
    return kept if kept is not None and kept.basis == basis else None


def _steps(slugs: Sequence[str] | None = None) -> AnySelect:
    steps = sa.select(table.c.step_us, table.c.step_returns, table.c.step_at_risk_us)
    chosen = table.c.site == sa.any_(sa.literal(list(slugs or ()), sa.ARRAY(sa.Text)))
    return steps if slugs is None else steps.where(chosen)


def _put(conn: sa.Connection, exposures: Mapping[str, Exposure]) -> None:
    if not exposures:
        return
    rows = [
        {
            "site": slug,
            "step_us": list(item.at),
            "step_returns": list(item.returns),
            "step_at_risk_us": list(item.at_risk_us),
        }
        for slug, item in exposures.items()
    ]
    statement = insert(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "site"}
    conn.execute(statement.on_conflict_do_update(index_elements=["site"], set_=changed), rows)


def _note_all(conn: sa.Connection, basis: str) -> None:
    """Delete all stored values, and mark every site that was ever closed."""
    conn.execute(sa.delete(table))
    conn.execute(sa.delete(stale))
    conn.execute(sa.insert(stale).from_select(["site"], sa.select(closure.c.site).distinct()))
    _keep(conn, Totals(basis=basis, returns=0, at_risk_us=0, last_us=0))


def _name_sites(conn: sa.Connection) -> None:
    """Mark ever-closed sites where something changed, instead of the changed areas."""
    noted = conn.execute(sa.select(stale.c.id).where(stale.c.area.is_not(None))).scalars().all()
    if not noted:
        return
    near = sa.func.ST_DWithin(site.c.perimeter, stale.c.area, NEAR_M)
    around = sa.select(site.c.slug).distinct().join(stale, near).where(_noted(noted))
    touched = around.where(
        sa.func.upper_inf(site.c.known), sa.exists().where(closure.c.site == site.c.slug)
    )
    conn.execute(sa.insert(stale).from_select(["site"], touched))
    conn.execute(sa.delete(stale).where(_noted(noted)))


def _noted(noted: Sequence[int]) -> sa.ColumnElement[bool]:
    return stale.c.id == sa.any_(sa.literal(list(noted), sa.ARRAY(sa.BigInteger)))


def _exposure(row: AnyRow) -> Exposure:
    at, returns, at_risk_us = map(tuple, row)
    return Exposure(at=at, returns=returns, at_risk_us=at_risk_us)


def _whole(one: Exposure) -> tuple[int, int]:
    return one.until(one.at[-1]) if one.at else (0, 0)
