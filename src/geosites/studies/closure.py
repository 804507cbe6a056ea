"""Is the site still closed? Evidence with a date and an expiry."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import sqlalchemy as sa

from geosites.analysis.closure import ClosureState, Evidence, Visits, closure_state, hazard
from geosites.records import Site
from geosites.store import closures as store_closures
from geosites.store import marks, sightings, sites
from geosites.store.sightings import is_effort

NEAR_M = 200.0
"""A visit that names the site covers it from up to this far off its perimeter."""

ACCURACY_M = 100.0
"""A position worse than this is not believed to reach further than this."""


@dataclass(frozen=True, kw_only=True)
class ClosureAnswer:
    """The state of a site's closure, as of an instant and as known at another."""

    site: Site
    state: ClosureState
    as_known_at: dt.datetime | None
    exercise: bool

    def document(self) -> dict[str, Any]:
        """Return the answer as the JSON document of the contract."""
        state = self.state
        return {
            "site": self.site.slug,
            "name": self.site.name,
            "exercise": self.exercise,
            "as_of": state.as_of,
            "as_known_at": self.as_known_at,
            "status": state.status.value,
            "p_clear": state.p_clear,
            "p_clear_interval": [state.p_low, state.p_high],
            "closed_since": state.closed_since,
            "closed_until": state.closed_until,
            "legal_ref": state.legal_ref,
            "visits_since_closure": state.visits_since_closure,
            "negative_visits": state.negative_visits,
            "day_parts": [part.value for part in state.day_parts],
            "last_visit_at": state.last_visit_at,
            "last_positive_at": state.last_positive_at,
            "next_visit_due": state.next_visit_due,
            "next_day_part": state.next_day_part and state.next_day_part.value,
            "visits_needed": state.visits_needed,
            "lapses_at": state.lapses_at,
            "visit_log": state.visit_log,
            "sighting_record_p": state.record_p,
            "evidence": [_evidence(item) for item in state.evidence],
            "detection": [asdict(item) for item in state.detection],
            "parameters": {"hazard_per_year": state.hazard_per_year, **asdict(state.parameters)},
        }


def closure(
    conn: sa.Connection,
    slug: str,
    as_of: dt.datetime,
    *,
    as_known_at: dt.datetime | None = None,
) -> ClosureAnswer:
    """Return whether a site is still closed at `as_of`; raises `NotFound` with near slugs.

    `as_known_at` leaves out what was recorded, verified or corrected later.
    """
    per_year = _hazard(conn, as_of, as_known_at)
    return _answer(conn, sites.get(conn, slug, as_known_at), as_of, as_known_at, per_year)


def closures(
    conn: sa.Connection, as_of: dt.datetime, *, as_known_at: dt.datetime | None = None
) -> list[ClosureAnswer]:
    """Return the answer for every site, by slug."""
    per_year = _hazard(conn, as_of, as_known_at)
    everything = sites.everything(conn, as_known_at)
    return [_answer(conn, site, as_of, as_known_at, per_year) for site in everything]


def _hazard(conn: sa.Connection, as_of: dt.datetime, as_known_at: dt.datetime | None) -> float:
    seen, years = store_closures.reactivations(conn, as_of, ACCURACY_M, as_known_at)
    return hazard(seen, years).per_year


def _answer(
    conn: sa.Connection,
    site: Site,
    as_of: dt.datetime,
    as_known_at: dt.datetime | None,
    per_year: float,
) -> ClosureAnswer:
    seen = sightings.near(conn, site.perimeter, NEAR_M, until=as_of, as_known_at=as_known_at)
    closed = store_closures.of_site(conn, site.slug, as_known_at)
    state = closure_state(site.slug, visits_of(site, seen), closed, as_of, hazard_per_year=per_year)
    exercise = marks.is_exercise(conn)
    return ClosureAnswer(site=site, state=state, as_known_at=as_known_at, exercise=exercise)


def visits_of(site: Site, seen: gpd.GeoDataFrame) -> Visits:
    """Return sightings near a site as the visits that may tell about it."""
    distance = shapely.distance(seen.geometry.to_numpy(), site.perimeter)
    accuracy = np.minimum(np.nan_to_num(seen.accuracy_m.to_numpy()), ACCURACY_M)
    inside = distance <= accuracy
    named = (seen.site.to_numpy() == site.slug) & (distance <= NEAR_M)
    return Visits(
        ids=seen.id.tolist(),
        observed_at=seen.observed_at.astype("int64").to_numpy(),
        headcount=seen.headcount.to_numpy(),
        verified=seen.verified.to_numpy(),
        time_precision=seen.time_precision.tolist(),
        covers=inside | named,
        inside=inside,
        effort=is_effort(seen),
    )


def _evidence(item: Evidence) -> dict[str, Any]:
    return {
        "id": item.id,
        "observed_at": item.observed_at,
        "kind": item.kind.value,
        "headcount": item.headcount,
        "effect": item.p_after - item.p_before,
        "p_before": item.p_before,
        "p_after": item.p_after,
    }
