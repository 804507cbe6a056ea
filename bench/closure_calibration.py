"""How true the closure answers are, beside two rules in use, and how long one answer takes."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from bench import closure_worlds
from geosites.analysis.closure import EvidenceParameters, closure_state, status_series
from geosites.analysis.closure.evidence import DAY_US, instant, microseconds
from geosites.simulation.closure_calibration import Calibration, calibrate
from geosites.simulation.reactivation import (
    CLOSED_AT,
    ReactivationScenario,
    SimulatedSite,
    simulate,
)

SEED = 20221005
SITES = 100
CLAIM = ReactivationScenario(sites=SITES, detection=(0.75, 0.95))
SCENARIOS = {
    "two visits a week, p .75-.95": CLAIM,
    "p .75 everywhere": replace(CLAIM, detection=(0.75, 0.75)),
    "daily visits": replace(CLAIM, days_between=1),
    "weekly visits": replace(CLAIM, days_between=7),
    "hardly seen, p .2-.6": replace(CLAIM, detection=(0.2, 0.6)),
    "no visits before": replace(CLAIM, days_before=2),
    "visits in two parts of the day": replace(CLAIM, visited_parts=(0.0, 0.0, 0.5, 0.5)),
    "9 of 10 closings fail at first": replace(CLAIM, cleared_by_closing=0.1),
    "sites return twice a year": replace(CLAIM, reactivation_per_year=2.0),
    "scenes stay half a year": replace(CLAIM, clearing_per_year=2.0),
    "false alarms as often as f says": replace(CLAIM, false_alarms_per_year=6.0),
    "nothing verified, no calls": replace(CLAIM, verified_share=0.0, calls_per_year=0.0),
}
SPARSE = replace(CLAIM, detection=(0.2, 0.95), visited_parts=(0.05, 0.05, 0.2, 0.7), days_before=20)
SLOW = replace(CLAIM, days_between=1, false_alarms_per_year=6.0)
BORROWED = (0.0, 0.25, 0.5, 1.0)
REOPENED = (0.5, 0.2, 0.1)
LEARNED = (1e9, 10.0, 3.0)
BINS = (0.0, 0.2, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0)


def run(batches: int = 2) -> list[dict[str, Any]]:
    """Return the rows of the table: calibration, choices, reliability, rules in use, speed, worlds.

    The figures in docs/calibration/closure.md are those of 2 batches of 100 sites.
    """
    chosen = [(f"borrowed {w:g}", SPARSE, EvidenceParameters(borrowed=w)) for w in BORROWED]
    chosen += [(f"reopened at {p:g}", SLOW, EvidenceParameters(prior_reopened=p)) for p in REOPENED]
    chosen += [
        (f"learned as {n:g} visits", CLAIM, EvidenceParameters(learned_visits=n)) for n in LEARNED
    ]
    return [
        *(
            _judged(name, scenario, EvidenceParameters(), batches)
            for name, scenario in SCENARIOS.items()
        ),
        *(_judged(name, scenario, parameters, batches) for name, scenario, parameters in chosen),
        *_reliability(),
        *_rules_in_use(),
        *_speed(),
        *closure_worlds.rows(),
    ]


def _judged(
    name: str, scenario: ReactivationScenario, parameters: EvidenceParameters, batches: int
) -> dict[str, Any]:
    found = [
        calibrate(_sites(scenario, batch), _until(scenario), parameters=parameters)
        for batch in range(batches)
    ]
    return {
        "bench": "closure calibration",
        "case": name,
        "sites": batches * scenario.sites,
        "confirmed": sum(one.confirmed for one in found) / sum(one.answers for one in found),
        "clear_share": _pooled(found, "clear", "confirmed"),
        "clear_share_se": _spread([one.clear_share for one in found]),
        "mean_p": float(np.mean([one.mean_p for one in found])),
        "earned_share": _pooled(found, "earned_clear", "earned"),
        "reactivations": sum(one.reactivations for one in found),
        "noticed_share": _pooled(found, "noticed", "reactivations"),
        "noticed_share_se": _spread([one.noticed_share for one in found]),
    }


def _pooled(found: list[Calibration], part: str, whole: str) -> float:
    total = sum(getattr(one, whole) for one in found)
    return sum(getattr(one, part) for one in found) / total if total else float("nan")


def _spread(shares: list[float]) -> float:
    return float(np.std(shares, ddof=1) / np.sqrt(len(shares)))


def _sites(scenario: ReactivationScenario, batch: int) -> tuple[SimulatedSite, ...]:
    return simulate(scenario, np.random.default_rng([SEED, batch]))


def _until(scenario: ReactivationScenario) -> dt.datetime:
    return CLOSED_AT + dt.timedelta(days=scenario.days_after)


def _reliability() -> list[dict[str, Any]]:
    names = ("two visits a week, p .75-.95", "false alarms as often as f says")
    return [row for name in names for row in _binned(name)]


def _binned(name: str) -> list[dict[str, Any]]:
    p, clear, _ = _answers(SCENARIOS[name])
    rows = []
    for low, high in pairwise(BINS):
        inside = (p >= low) & (p < high) & (p > 0)
        rows.append(
            {
                "bench": "closure reliability",
                "case": f"{name}: P in [{low:g}, {high:g})",
                "answers": int(inside.sum()),
                "mean_p": float(p[inside].mean()),
                "clear_share": float(clear[inside].mean()),
            }
        )
    return rows


def _rules_in_use() -> list[dict[str, Any]]:
    _, clear, last_visit_empty = _answers(CLAIM)
    return [
        {
            "bench": "closure rules in use",
            "case": "closed because it was closed",
            "answers": clear.size,
            "clear_share": float(clear.mean()),
        },
        {
            "bench": "closure rules in use",
            "case": "closed because the last visit saw nobody",
            "answers": int(last_visit_empty.sum()),
            "clear_share": float(clear[last_visit_empty].mean()),
        },
    ]


def _answers(scenario: ReactivationScenario) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    columns = [_asked(site, scenario) for batch in range(3) for site in _sites(scenario, batch)]
    p, clear, empty = (np.concatenate(column) for column in zip(*columns, strict=True))
    return p, clear, empty


def _asked(
    site: SimulatedSite, scenario: ReactivationScenario
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    start, end = microseconds(CLOSED_AT), microseconds(_until(scenario))
    asked = np.arange(start + DAY_US, end, 61 * DAY_US // 24)
    series = status_series(site.visits, [site.closure], [instant(at) for at in asked.tolist()])
    effort = np.asarray(site.visits.effort)
    at = site.visits.observed_at[effort]
    order = np.argsort(at)
    heads = np.asarray(site.visits.headcount)[effort][order]
    last = heads[np.searchsorted(at[order], asked, side="right") - 1]
    p = np.array([point.p_clear for point in series], dtype=np.float64)
    return p, ~site.active_at(asked), last == 0


def _speed() -> list[dict[str, Any]]:
    rows = []
    for days in (60, 240, 720):
        scenario = replace(CLAIM, sites=1, days_after=days)
        (site,) = simulate(scenario, np.random.default_rng(SEED))
        until = _until(scenario)
        best = min(_seconds(site, until) for _ in range(30))
        rows.append(
            {
                "bench": "closure answer",
                "case": f"{len(site.visits.ids)} visits",
                "milliseconds": 1000 * best,
            }
        )
    return rows


def _seconds(site: SimulatedSite, until: dt.datetime) -> float:
    start = time.perf_counter()
    closure_state(site.slug, site.visits, [site.closure], until)
    return time.perf_counter() - start
