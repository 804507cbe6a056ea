"""What planned visits tell beside the present order: seasons in two cities, fewer visits planned.

The present order is the daily sheet of due sites and otherwise patrols by habit (uneven over the
places as in `geosites.simulation`, lognormal with a deviation of .8; one visit in ten goes
anywhere). Planned are 70 % of its visits, by two crews on five days under shift length and walking
distance. Both go on from the same 26 weeks. See `docs/calibration/rounds.md`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bench.round_seasons import CITIES, Planner, SeasonResult, history, season, total_error
from bench.table import Promise, Table

SEED = 20261129
TRIALS = 200
VISITS, PLANNED = 100, 70
TOTAL_SEED = 20261130
TOTAL_TRIALS = 800
"""Seasons by which the tail of the total's error is judged.

The logarithm of the ratio of two 90 % quantiles has a standard error of 1.17 / sqrt(seasons), by
paired bootstrap of the first 112 odd seasons. So 200 seasons tell 14 % at most from nothing; with
800 a plan whose tail is 6 % worse keeps the promise in one of ten benches.
"""

DRAWS = 4000
FOLLOW = 0.0
COLUMNS = (
    "city", "order", "seasons", "visits a week", "P(clear) width", "confirmed", "Brier",
    "study width", "no study", "study holds", "total q90", "total rmse", "mean error",
    "total width", "total holds", "counted q90", "counted rmse", "cells never begun at",
    "cells never seen",
)  # fmt: skip


def run(trials: int = TRIALS, follow: float = FOLLOW, totals: int = TOTAL_TRIALS) -> Table:
    """Return a row for each city and order, with the promises on what is planned."""
    rows, promises = [], []
    for name in CITIES:
        both, planners = seasons(name, trials, follow)
        rows += [_row(name, "present", both[0], []), _row(name, "planned", both[1], planners)]
        promises += _promises(name, *both, planners)
        promises.append(tail_promise(name, *total_errors(name, totals)))
    note = (
        f"{trials} seasons each, {VISITS} visits a week beside {PLANNED}; the 90 % quantile of the "
        f"total's error over {totals}"
    )
    return Table(
        name="rounds", note=note, columns=COLUMNS, rows=tuple(rows), promises=tuple(promises)
    )


def seasons(
    name: str, trials: int, follow: float = FOLLOW
) -> tuple[tuple[list[SeasonResult], list[SeasonResult]], list[Planner]]:
    """Return the results of both orders, season by season, and the planners."""
    present: list[SeasonResult] = []
    planned: list[SeasonResult] = []
    planners: list[Planner] = []
    for trial in range(trials):
        rng = np.random.default_rng([SEED, trial])
        town = CITIES[name](rng, VISITS, follow)
        before = history(town, rng, VISITS)
        planner = Planner.of(town)
        draws = [np.random.default_rng([SEED, trial, order]) for order in (1, 2)]
        present.append(season(town, before, draws[0], VISITS, None))
        planned.append(season(town, before, draws[1], PLANNED, planner))
        planners.append(planner)
    return (present, planned), planners


Errors = npt.NDArray[np.float64]


def total_errors(name: str, trials: int) -> tuple[Errors, Errors]:
    """Return the errors of the total in seasons of their own, in the present order and planned."""
    errors = np.empty((2, trials))
    for trial in range(trials):
        rng = np.random.default_rng([TOTAL_SEED, trial])
        town = CITIES[name](rng, VISITS, FOLLOW)
        before = history(town, rng, VISITS)
        orders = ((1, VISITS, None), (2, PLANNED, Planner.of(town)))
        for order, visits, planner in orders:
            draw = np.random.default_rng([TOTAL_SEED, trial, order])
            errors[order - 1, trial] = total_error(town, before, draw, visits, planner)
    return errors[0], errors[1]


def tail_promise(city: str, present: Errors, planned: Errors) -> Promise:
    """Return the promise on the 90 % quantile of errors, with its 90 % interval over seasons."""
    chosen = np.random.default_rng(1).integers(len(present), size=(DRAWS, len(present)))
    tails = (np.quantile(abs(errors)[chosen], 0.9, axis=1) for errors in (planned, present))
    low, high = np.quantile(np.divide(*tails), (0.05, 0.95))
    ratio = float(np.quantile(abs(planned), 0.9) / np.quantile(abs(present), 0.9))
    return Promise(
        what=f"{city}: errors of the total (q90) of {len(present)} seasons, planned over present, "
        f"{low:.2f} to {high:.2f} by chance",
        promised="<= 1",
        measured=ratio,
        kept=bool(ratio <= 1.005),
    )


def _of(results: list[SeasonResult], name: str) -> np.ndarray:
    return np.array([getattr(one, name) for one in results], dtype=np.float64)


def q90(results: list[SeasonResult], error: str = "total_error") -> float:
    """Return half the width of the interval that holds 90 % of the errors of the total."""
    return float(np.quantile(abs(_of(results, error)), 0.9))


def rmse(results: list[SeasonResult], error: str = "total_error") -> float:
    """Return the root of the mean square of the errors of the total."""
    return float(np.sqrt((_of(results, error) ** 2).mean()))


def study_width(results: list[SeasonResult]) -> float:
    """Return the mean width of the study's interval, over the seasons in which there is one."""
    return float(np.nanmean(_of(results, "study")))


def _row(
    city: str, order: str, results: list[SeasonResult], planners: list[Planner]
) -> tuple[object, ...]:
    study = _of(results, "study")
    return (
        city,
        order,
        len(results),
        float(_of(results, "visits").mean()),
        float(_of(results, "closure").mean()),
        float(_of(results, "confirmed").mean()),
        float(_of(results, "brier").mean()),
        study_width(results),
        float(np.isnan(study).mean()),
        float(np.nanmean(_of(results, "study_holds"))),
        q90(results),
        rmse(results),
        float(_of(results, "total_error").mean()),
        float(_of(results, "total_width").mean()),
        float(_of(results, "total_holds").mean()),
        q90(results, "counted_error"),
        rmse(results, "counted_error"),
        _never(planners, "begun"),
        _never(planners, "seen"),
    )


def _never(planners: list[Planner], what: str) -> int | None:
    """Return how many cells were never visited in any season."""
    if not planners:
        return None
    return int((sum(getattr(planner, what) for planner in planners) == 0).sum())


def _promises(
    city: str, present: list[SeasonResult], planned: list[SeasonResult], planners: list[Planner]
) -> list[Promise]:
    ratios = {
        "visits": _of(planned, "visits").mean() / _of(present, "visits").mean(),
        "width of P(clear)": _of(planned, "closure").mean() / _of(present, "closure").mean(),
        "width of the study": study_width(planned) / study_width(present),
        "errors of the total (rmse)": rmse(planned) / rmse(present),
        "told width of the total": _of(planned, "total_width").mean()
        / _of(present, "total_width").mean(),
    }
    least = {name: 0.7 if name == "visits" else 1.0 for name in ratios}
    kept = [
        Promise(
            what=f"{city}: {name}, planned over present",
            promised=f"<= {least[name]:g}",
            measured=float(ratio),
            kept=bool(ratio <= least[name] + 0.005),
        )
        for name, ratio in ratios.items()
    ]
    never = _never(planners, "begun") or 0
    return [
        *kept,
        Promise(
            what=f"{city}: cells at which no round ever began",
            promised="0",
            measured=float(never),
            kept=never == 0,
        ),
    ]
