"""Reactivation hazard: how often closed sites become active again, from all histories."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from scipy.special import gammaincinv

from geosites.analysis.closure.evidence import SiteVisits, closed_spans, events, microseconds
from geosites.analysis.closure.parameters import DEFAULTS, EvidenceParameters
from geosites.analysis.closure.state import path_of
from geosites.analysis.closure.status_at_instant import Path
from geosites.analysis.closure.two_state_filter import YEAR_US
from geosites.core.errors import Refused
from geosites.core.records import Closure

PRIOR_REACTIVATIONS = 1.0
PRIOR_SITE_YEARS = 2.0
PRIOR_PER_YEAR = PRIOR_REACTIVATIONS / PRIOR_SITE_YEARS
_END_OF_TIME_US = microseconds(dt.datetime.max.replace(tzinfo=dt.UTC))


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


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """Contribution of one site to the history of all sites, as steps in time order.

    Up to and including each instant of `at` (microseconds) the site came back `returns` times in
    `at_risk_us` microseconds at risk. It is at risk from the visit by which it was confirmed closed
    until its next verified positive, or else until the last visit that saw nobody. Before a site is
    confirmed, people seen again may never have left. Time without visits is not time at risk:
    silence cannot lower the hazard, and so cannot raise P(clear).
    """

    at: tuple[int, ...] = ()
    returns: tuple[int, ...] = ()
    at_risk_us: tuple[int, ...] = ()

    def until(self, at: int) -> tuple[int, int]:
        """Return how often the site came back, and its microseconds at risk, by an instant."""
        steps = bisect_right(self.at, at)
        return (self.returns[steps - 1], self.at_risk_us[steps - 1]) if steps else (0, 0)


def exposure(
    visits: SiteVisits, closures: Sequence[Closure], parameters: EvidenceParameters = DEFAULTS
) -> Exposure:
    """Return a site's contribution to the history of all, over all its visits and closures."""
    steps = sorted(step for path in _paths(visits, closures, parameters) for step in _steps(path))
    return Exposure(
        at=tuple(at for at, _, _ in steps),
        returns=tuple(accumulate(returned for _, returned, _ in steps)),
        at_risk_us=tuple(accumulate(at_risk for _, _, at_risk in steps)),
    )


def hazard_of(
    sites: Iterable[tuple[SiteVisits, Sequence[Closure]]],
    until: dt.datetime,
    parameters: EvidenceParameters = DEFAULTS,
) -> Hazard:
    """Return the hazard from the visits and closures of all sites, known up to an instant."""
    at = microseconds(until)
    histories = [exposure(visits, closures, parameters).until(at) for visits, closures in sites]
    returns, at_risk_us = (sum(column) for column in zip((0, 0), *histories, strict=True))
    return hazard(returns, at_risk_us / YEAR_US)


def _paths(
    visits: SiteVisits, closures: Sequence[Closure], parameters: EvidenceParameters
) -> Iterator[Path]:
    result = events(visits, _END_OF_TIME_US)
    for start, end in closed_spans(closures):
        seen = [event for event in result if event.at < end]
        yield path_of(start, seen, closures, PRIOR_PER_YEAR, parameters, visits.ground)[0]


def _steps(path: Path) -> Iterator[tuple[int, int, int]]:
    counted_to: int | None = None
    for point in path.points:
        if point.reopened and counted_to is not None:
            yield point.at, 1, point.at - counted_to
            counted_to = None
        elif counted_to is not None and point.last_negative is not None:
            yield point.at, 0, point.last_negative - counted_to
            counted_to = point.last_negative
        elif path.confirmed(point):
            counted_to = point.at
