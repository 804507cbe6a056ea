"""Reactivation hazard of closed sites, from the history of all of them."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from geosites import __version__
from geosites.analysis.closure import EvidenceParameters, Hazard, exposure, hazard, hazard_of
from geosites.analysis.closure.evidence import microseconds
from geosites.analysis.closure.two_state_filter import YEAR_US
from geosites.db.closure import closure_inputs, closures, reactivation_hazard
from geosites.db.postgres.connection import Store

BASIS = f"{__version__} {EvidenceParameters()} {closure_inputs.RULES}"
"""Version of the rules by which the stored values were computed."""

AT_A_TIME = 400


def closure_hazard(
    conn: sa.Connection, as_of: dt.datetime, as_known_at: dt.datetime | None = None
) -> Hazard:
    """Return the rate at which closed sites come back, learned from all until `as_of`.

    As known now it uses the stored contribution of each site, updated if anything changed; as known
    at an instant it is computed from all data known then. Both are the same computation.
    """
    if as_known_at is not None:
        closed = {item.site for item in closures.list_all(conn, as_known_at)}
        result = closure_inputs.list_all(conn, closed, as_known_at)
        return hazard_of(((item.visits, item.closures) for item in result), as_of)
    totals = reactivation_hazard.totals(conn, BASIS) or _renewed(conn)
    at = microseconds(as_of)
    returns, at_risk_us = totals.returns, totals.at_risk_us
    if at < totals.last_us:
        returns, at_risk_us = reactivation_hazard.until(conn, at)
    return hazard(returns, at_risk_us / YEAR_US)


def bring_up_to_date(store: Store, at_a_time: int = AT_A_TIME) -> None:
    """Recompute changed contributions, so that the next query need not.

    Each transaction covers a limited number of sites: a concurrent query waits for at most one of
    them, and then computes the rest.
    """
    while True:
        with store.begin() as conn:
            if reactivation_hazard.totals(conn, BASIS) is not None:
                return
            _renewed(conn, at_a_time)


def _renewed(conn: sa.Connection, most: int | None = None) -> reactivation_hazard.Totals:
    noted, slugs = reactivation_hazard.claim(conn, BASIS, most)
    result = closure_inputs.list_all(conn, slugs)
    exposures = {item.site.slug: exposure(item.visits, item.closures) for item in result}
    return reactivation_hazard.settle(conn, noted, exposures, BASIS)
