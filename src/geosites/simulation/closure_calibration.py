"""Calibration of the closure filter on simulated sites whose truth is known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from geosites.analysis.closure.evidence import DAY_US, HOUR_US, instant, microseconds
from geosites.analysis.closure.parameters import DEFAULTS, EvidenceParameters
from geosites.analysis.closure.round_sheets import StatusAt, status_series
from geosites.analysis.closure.status_table import Status
from geosites.simulation.reactivation import Instants, SimulatedSite

WITHIN_US = 7 * DAY_US

_Ask = Callable[[SimulatedSite, Instants], tuple[StatusAt, ...]]


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How true the answers were.

    `clear_share` is the share of the instants answered *confirmed closed* at which the site was
    clear, `earned_share` the same at the visits that earned this answer, its hardest moment.
    `reactivations` are those that began while the answer was *confirmed closed*; `noticed`
    counts the ones that had left it at some instant of the next 7 days.
    """

    answers: int
    confirmed: int
    clear: int
    mean_p: float
    earned: int
    earned_clear: int
    reactivations: int
    noticed: int

    @property
    def clear_share(self) -> float:
        """Share of confirmed answers that were true."""
        return self.clear / self.confirmed if self.confirmed else float("nan")

    @property
    def earned_share(self) -> float:
        """Share of confirmations that were true when they were earned."""
        return self.earned_clear / self.earned if self.earned else float("nan")

    @property
    def noticed_share(self) -> float:
        """Share of reactivations under a confirmed answer that it gave up within 7 days."""
        return self.noticed / self.reactivations if self.reactivations else float("nan")


def calibrate(
    sites: Sequence[SimulatedSite],
    until: dt.datetime,
    *,
    hazard_per_year: float = 0.5,
    parameters: EvidenceParameters = DEFAULTS,
    every_hours: int = 61,
) -> Calibration:
    """Return the calibration of answers at regular intervals from the closure until `until`.

    An interval of 61 hours covers every part of the day in turn.
    """
    end, step = microseconds(until), every_hours * HOUR_US
    ask = partial(_ask, per_year=hazard_per_year, parameters=parameters)
    tallies = [_tally(site, end, step, ask) for site in sites]
    answers, confirmed, clear, p, earned, earned_clear, reactivations, noticed = map(
        sum, zip(*tallies, strict=True)
    )
    return Calibration(
        answers=answers,
        confirmed=confirmed,
        clear=clear,
        mean_p=p / confirmed if confirmed else float("nan"),
        earned=earned,
        earned_clear=earned_clear,
        reactivations=reactivations,
        noticed=noticed,
    )


def _tally(site: SimulatedSite, until: int, step: int, ask: _Ask) -> tuple[float, ...]:
    start = microseconds(site.closure.closed_from)
    regular = np.arange(start, until, step)
    seen = site.visits.observed_at
    seen = seen[(seen > start) & (seen < until)]
    begun = site.reactivations[site.reactivations + WITHIN_US <= until]
    asked = np.unique(np.concatenate([regular, seen, seen - 1, begun, begun + WITHIN_US]))
    answers = ask(site, asked)
    confirmed = np.array([a.status is Status.CONFIRMED_CLOSED for a in answers], dtype=bool)
    p = np.array([a.p_clear for a in answers], dtype=np.float64)
    answer = np.searchsorted(asked, regular[_said(confirmed, asked, regular)])
    earned = seen[_said(confirmed, asked, seen) & ~_said(confirmed, asked, seen - 1)]
    under = begun[_said(confirmed, asked, begun)]
    return (
        regular.size,
        answer.size,
        int((~site.active_at(asked[answer])).sum()),
        float(p[answer].sum()),
        earned.size,
        int((~site.active_at(earned)).sum()),
        under.size,
        sum(not confirmed[(asked > at) & (asked <= at + WITHIN_US)].all() for at in under),
    )


def _said(confirmed: npt.NDArray[np.bool_], asked: Instants, at: Instants) -> npt.NDArray[np.bool_]:
    return confirmed[np.searchsorted(asked, at)]


def _ask(
    site: SimulatedSite, asked: Instants, per_year: float, parameters: EvidenceParameters
) -> tuple[StatusAt, ...]:
    return status_series(
        site.visits,
        [site.closure],
        [instant(at) for at in asked.tolist()],
        hazard_per_year=per_year,
        parameters=parameters,
    )
