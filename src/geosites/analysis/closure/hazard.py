"""How often closed sites come back: learned from the history of all of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scipy.special import gammaincinv

from geosites.analysis.closure.belief import YEAR_US
from geosites.analysis.closure.evidence import (
    Event,
    EvidenceKind,
    Visits,
    closed_spans,
    events,
    microseconds,
)
from geosites.errors import Refused
from geosites.records import Closure

PRIOR_REACTIVATIONS = 1.0
PRIOR_SITE_YEARS = 2.0


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """Reactivations a year and site, with a 90 % interval, and the history it rests on."""

    per_year: float
    low: float
    high: float
    reactivations: int
    site_years: float


def hazard(reactivations: int, site_years: float) -> Hazard:
    """Return the rate at which clear sites become active, from all sites' history.

    Gamma-Poisson: the prior is one reactivation in 2 site-years, the posterior mean
    (1 + k) / (2 + T). Nothing known gives .5 a year; 3 in 14 site-years give 4 / 16 = .25.
    """
    if reactivations < 0 or site_years < 0:
        raise Refused(f"{reactivations} reactivations in {site_years} site-years cannot be")
    shape, rate = PRIOR_REACTIVATIONS + reactivations, PRIOR_SITE_YEARS + site_years
    return Hazard(
        per_year=shape / rate,
        low=float(gammaincinv(shape, 0.05)) / rate,
        high=float(gammaincinv(shape, 0.95)) / rate,
        reactivations=reactivations,
        site_years=site_years,
    )


def hazard_of(sites: Iterable[tuple[Visits, Sequence[Closure]]], until: dt.datetime) -> Hazard:
    """Return the hazard from the visits and closures of all sites, known up to an instant.

    A site is at risk from the first visit under closure that saw nobody until the last one before
    a verified positive, the end of the closure, or `until`. Time in which nobody came is no risk
    time, so that silence cannot make the hazard fall.
    """
    end = microseconds(until)
    counts = [
        _history(events(visits, end), closed_spans(closures, end)) for visits, closures in sites
    ]
    return hazard(sum(k for k, _ in counts), sum(us for _, us in counts) / YEAR_US)


def _history(found: Sequence[Event], spans: Sequence[tuple[int, float]]) -> tuple[int, int]:
    reactivations, at_risk = 0, 0
    for start, end in spans:
        clear_from = clear_until = None
        for event in (e for e in found if start <= e.at < end):
            if event.kind is EvidenceKind.NEGATIVE:
                clear_from = event.at if clear_from is None else clear_from
                clear_until = event.at
            elif event.kind is EvidenceKind.VERIFIED_POSITIVE and clear_from is not None:
                reactivations += 1
                at_risk += event.at - clear_from
                clear_from = clear_until = None
        if clear_from is not None and clear_until is not None:
            at_risk += clear_until - clear_from
    return reactivations, at_risk
