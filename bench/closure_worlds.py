"""Five worlds in which P(clear) is judged, by two simulators that were written apart.

A scene is seen as before the closure (.75, .5, .3), hides after it (.75, then .3), or comes back at
night only while one visit in ten is made at night. The first simulator (`analysis.reactivation`)
makes patrols that come every two or three days, calls and false alarms, scenes that are cleared
after two months. The second (`analysis.simulate.site_log`) makes visits at random, on the same days
of each week or in clumps, scenes that stay or go, that are back at once or build up over a month.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np

from geosites.analysis.closure import EvidenceParameters, SiteVisits, Status, status_series
from geosites.analysis.closure.evidence import DAY_US, instant, microseconds
from geosites.core import city
from geosites.core.records import Closure
from geosites.simulation import SiteLog, site_log
from geosites.simulation.reactivation import CLOSED_AT, ReactivationScenario, simulate

SEED = 20261129
TRIALS = 200
EVERY_DAYS = 61 / 24
AFTER_DAYS = 150
DAY_PATROLS = (0.1, 0.3, 0.3, 0.3)
BINS = (0.5, 0.8, 0.9, 0.95, 0.99, 1.0)
PATROLS = ReactivationScenario(sites=1, days_after=AFTER_DAYS, visited_parts=DAY_PATROLS)
SCENARIOS = {
    "detection .75": replace(PATROLS, detection=(0.75, 0.75)),
    "detection .5": replace(PATROLS, detection=(0.5, 0.5)),
    "detection .3": replace(PATROLS, detection=(0.3, 0.3)),
    "hiding": replace(PATROLS, detection=(0.75, 0.75), detection_after=(0.3, 0.3)),
    "night": replace(PATROLS, detection=(0.75, 0.75), returns_in=(0,)),
}
LOGS: dict[str, dict[str, Any]] = {
    "detection .75": {"p_detect": 0.75},
    "detection .5": {"p_detect": 0.5},
    "detection .3": {"p_detect": 0.3},
    "hiding": {"p_detect": 0.75, "p_after": 0.3},
    "night": {"p_detect": 0.75, "returns_in": 0},
}
VARIANTS: dict[str, dict[str, Any]] = {
    "random": {"episode_days": 60.0},
    "weekly round": {"rhythm": "weekly", "episode_days": 60.0},
    "clumped": {"rhythm": "clumped", "episode_days": 60.0},
    "every hour alike": {"parts": (0.25,) * 4, "episode_days": 60.0},
    "gradual": {"builds_up_days": 30.0, "episode_days": 60.0},
    "scenes stay": {"episode_days": 1e6},
}
ONE_PART: dict[str, Any] = {"parts": (0.0, 0.0, 1.0, 0.0), "episode_days": 60.0}
"""All visits in the afternoon: no closure can be confirmed. Told apart from the variants."""
WORLDS = tuple(SCENARIOS)
DEFAULTS = EvidenceParameters()


@dataclass(frozen=True)
class Answers:
    """What was answered, asked again and again, and whether the site was clear."""

    p: np.ndarray
    status: np.ndarray
    clear: np.ndarray

    def shown(self) -> np.ndarray:
        """Return where a probability is shown: nothing speaks against the closure."""
        return ~np.isin(self.status, [Status.REOPENED, Status.CONTRADICTED])


def rows(trials: int = TRIALS) -> Iterator[dict[str, Any]]:
    """Yield the reliability of each world: by bin of the P that is shown, and of the statuses."""
    for world in WORLDS:
        yield from _told("patrols", world, patrols(world, trials))
        for variant in VARIANTS:
            yield from _told(variant, world, logs(world, variant, trials))
        yield from _told("all together", world, pooled(world, trials))
        yield from _told("afternoons only", world, logs(world, "afternoons only", trials))


def _told(kind: str, world: str, found: Answers) -> Iterator[dict[str, Any]]:
    case = f"{world}, {kind}"
    for low, high in pairwise(BINS):
        last = high == BINS[-1]
        inside = found.shown() & (found.p >= low) & ((found.p < high) | last)
        count = int(inside.sum())
        yield {
            "bench": "closure worlds, reliability",
            "case": f"{case}: P in [{low:g}, {high:g}{']' if last else ')'}",
            "answers": count,
            "mean_p": float(found.p[inside].mean()) if count else float("nan"),
            "clear_share": float(found.clear[inside].mean()) if count else float("nan"),
        }
    for status in (Status.CONFIRMED_CLOSED, Status.PROBABLY_CLOSED, Status.REOPENED):
        inside = found.status == status
        yield {
            "bench": "closure worlds, statuses",
            "case": f"{case}: {status}",
            "share": float(inside.mean()),
            "clear_share": float(found.clear[inside].mean()) if inside.any() else float("nan"),
        }


@cache
def patrols(world: str, trials: int, parameters: EvidenceParameters = DEFAULTS) -> Answers:
    """Return the answers in a world of the first simulator."""
    number = WORLDS.index(world)
    sites = (
        simulate(SCENARIOS[world], np.random.default_rng([SEED, 1, number, trial]))[0]
        for trial in range(trials)
    )
    asked = _asked()
    return _together(
        [
            (_answers(site.visits, site.closure, asked, parameters), ~site.active_at(asked))
            for site in sites
        ]
    )


@cache
def logs(
    world: str, variant: str, trials: int, parameters: EvidenceParameters = DEFAULTS
) -> Answers:
    """Return the answers in a world of the second simulator."""
    variants = {**VARIANTS, "afternoons only": ONE_PART}
    number = WORLDS.index(world), list(variants).index(variant)
    options = {"days_before": 120.0, "days_after": float(AFTER_DAYS), "parts": DAY_PATROLS}
    options |= {**LOGS[world], **variants[variant]}
    asked = _asked()
    days = (asked - microseconds(_MIDNIGHT)) / DAY_US
    closure = Closure(id=UUID(int=1), site="log", closed_from=CLOSED_AT)
    found = []
    for trial in range(trials):
        log = site_log(np.random.default_rng([SEED, 2, *number, trial]), **options)
        answers = _answers(_visits(log), closure, asked, parameters)
        found.append((answers, ~log.active_at(days)))
    return _together(found)


def pooled(world: str, trials: int) -> Answers:
    """Return the answers in a world of the second simulator, of all variants together."""
    found = [logs(world, variant, trials) for variant in VARIANTS]
    return Answers(
        p=np.concatenate([one.p for one in found]),
        status=np.concatenate([one.status for one in found]),
        clear=np.concatenate([one.clear for one in found]),
    )


_FIRST = CLOSED_AT.astimezone(city.zone()).date()
_MIDNIGHT = dt.datetime.combine(_FIRST, dt.time(), city.zone())


def _at(day: np.ndarray) -> np.ndarray:
    """Return days since the midnight before the closure as microseconds, on Paris clocks."""
    begin = dt.datetime.combine(_FIRST, dt.time())
    told = (begin + dt.timedelta(days=float(one)) for one in day)
    return np.array([microseconds(one.replace(tzinfo=city.zone())) for one in told], dtype=np.int64)


def _visits(log: SiteLog) -> SiteVisits:
    count = log.day.size
    verified = np.full(count, None, dtype=object)
    verified[log.verified] = True
    return SiteVisits(
        ids=[str(row) for row in range(count)],
        observed_at=_at(log.day),
        headcount=log.heads,
        verified=verified,
        time_precision=["instant"] * count,
        covers=np.ones(count, dtype=bool),
        inside=np.ones(count, dtype=bool),
    )


def _asked() -> np.ndarray:
    start = microseconds(CLOSED_AT)
    days = np.arange(EVERY_DAYS, AFTER_DAYS, EVERY_DAYS)
    return start + (days * DAY_US).astype(np.int64)


def _answers(
    visits: SiteVisits, closure: Closure, asked: np.ndarray, parameters: EvidenceParameters
) -> list[tuple[float, Status]]:
    instants = [instant(at) for at in asked.tolist()]
    series = status_series(visits, [closure], instants, parameters=parameters)
    return [(float(one.p_clear or 0.0), one.status) for one in series]


def _together(found: list[tuple[list[tuple[float, Status]], np.ndarray]]) -> Answers:
    told = [one for answers, _ in found for one in answers]
    return Answers(
        p=np.array([p for p, _ in told]),
        status=np.array([status for _, status in told], dtype=object),
        clear=np.concatenate([clear for _, clear in found]),
    )
