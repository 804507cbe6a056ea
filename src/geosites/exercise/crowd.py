"""The simulated truth of the exercise by day: one crowd, moved four times, then dispersed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from geosites import simulation
from geosites.exercise.places import Cast

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

FIRST = dt.date(2021, 1, 1)
LAST = dt.date(2023, 12, 31)
DAYS = (LAST - FIRST).days + 1

EOLE = dt.date(2021, 5, 15)
RIQUET = dt.date(2021, 6, 30)
FORCEVAL = dt.date(2021, 9, 24)
CLOSED = dt.date(2022, 10, 5)
BACK = dt.date(2023, 9, 4)
GONE_AGAIN = dt.date(2023, 9, 13)

SILENCES = (
    (dt.date(2022, 10, 5), dt.date(2022, 10, 7)),
    (dt.date(2022, 11, 24), dt.date(2022, 11, 26)),
    (dt.date(2023, 1, 16), dt.date(2023, 2, 13)),
    (dt.date(2023, 4, 18), dt.date(2023, 4, 20)),
)
"""When nobody visited Forceval after its closing: from the first day to before the second."""

DISPERSED = {
    "porte-chapelle": 0.16,
    "ney": 0.06,
    "marx-dormoy": 0.06,
    "porte-aubervilliers": 0.03,
    "stalingrad": 0.07,
    "jean-jaures": 0.05,
    "rosa-parks": 0.04,
    "quai-oise": 0.03,
    "pantin-hoche": 0.05,
    "pantin-quatre-chemins": 0.05,
    "aubervilliers-villette": 0.06,
    "front-populaire": 0.03,
    "plaine-saint-denis": 0.03,
}
"""Shares of the people of Forceval by place after 5 October 2022; the rest is gone."""

_CROWD = {
    dt.date(2021, 1, 1): 90.0,
    dt.date(2021, 5, 14): 90.0,
    dt.date(2021, 5, 15): 146.0,
    dt.date(2021, 6, 29): 146.0,
    dt.date(2021, 7, 9): 205.0,
    dt.date(2021, 9, 23): 205.0,
    dt.date(2021, 9, 24): 62.0,
    dt.date(2021, 10, 7): 62.0,
    dt.date(2021, 10, 28): 195.0,
    dt.date(2022, 10, 5): 185.0,
    dt.date(2023, 12, 31): 140.0,
}
"""Size of the crowd, mean of the hours at which patrols come.

It is inside the published counts (`published_counts.json`) except where two of them exclude each
other: 120 to 180 on 13 September 2022, 300 to 400 twelve days later.
"""

CROWD_WANDER = 0.3
"""Share of a place's drift for the crowd, so that it stays near the published counts."""

_DISPERSED_WHILE_BUSSED = 0.05


DAY_PART_FACTOR = (0.6, 0.7, 1.25, 1.1)
CROWD_BY_PART = (0.95, 0.85, 1.1, 1.05)
STALINGRAD_BY_PART = (1.1, 0.75, 0.95, 1.25)
"""How full places are by night, in the morning, in the afternoon and in the evening."""

CROWDED = ("stalingrad", "jardins-eole", "riquet-aubervilliers", "forceval")


def day(date: dt.date) -> int:
    """Return the number of a date, 0 for the first."""
    return (date - FIRST).days


def truth(rng: np.random.Generator, cast: Cast) -> simulation.Scene:
    """Return the scene by days: places that wander, and the crowd where the timeline has it."""
    base = np.repeat(cast.base[:, None], DAYS, axis=1)
    base[cast["stalingrad"]] = _crowd()
    start = simulation.scene(
        rng, cast.xy, cast.territory, DAYS, base, wander=0.15, autocorrelation=0.97, shock=0.05
    )
    start = _steadied(start, cast["stalingrad"])
    return _reactivated(_dispersed(_regrouped(start, cast), cast), cast)


def _crowd() -> Floats:
    return np.interp(np.arange(DAYS), [day(date) for date in _CROWD], list(_CROWD.values()))


def _steadied(scene: simulation.Scene, place: int) -> simulation.Scene:
    """Return the scene with the crowd, which begins at `place`, closer to the published counts."""
    heads = scene.heads.copy()
    heads[place] = _crowd() * (heads[place] / _crowd()) ** CROWD_WANDER
    return replace(scene, heads=heads)


def _regrouped(scene: simulation.Scene, cast: Cast) -> simulation.Scene:
    stalingrad, eole = cast["stalingrad"], cast["jardins-eole"]
    riquet, forceval = cast["riquet-aubervilliers"], cast["forceval"]
    scene = simulation.move(scene, day(EOLE), stalingrad, {eole: 0.92})
    scene = simulation.move(scene, day(RIQUET), eole, {riquet: 0.93}, gone=0.03)
    for source in (riquet, eole):
        lost = _DISPERSED_WHILE_BUSSED
        scene = simulation.move(scene, day(FORCEVAL), source, {forceval: 1 - lost}, gone=lost)
    return scene


def _dispersed(scene: simulation.Scene, cast: Cast) -> simulation.Scene:
    shares = {cast[name]: share for name, share in DISPERSED.items()}
    gone = 1 - sum(shares.values())
    return simulation.move(scene, day(CLOSED), cast["forceval"], shares, gone=gone)


def _reactivated(scene: simulation.Scene, cast: Cast) -> simulation.Scene:
    forceval, chapelle = cast["forceval"], cast["porte-chapelle"]
    scene = simulation.move(scene, day(BACK), chapelle, {forceval: 0.25})
    return simulation.move(scene, day(GONE_AGAIN), forceval, {chapelle: 1.0})


def fullness(names: Sequence[str]) -> Floats:
    """Return the relative levels of named places by part of the day, (P, D, 4).

    The place of the crowd is occupied at all hours. Stalingrad before the regrouping is a place of
    evening and night: by day, said the mayor of the 19e, the same people are in the 18e.
    """
    parts = np.tile(np.array(DAY_PART_FACTOR), (len(names), DAYS, 1))
    parts[np.isin(names, CROWDED)] = CROWD_BY_PART
    parts[names.index("stalingrad"), : day(EOLE)] = STALINGRAD_BY_PART
    return parts


def plan(rng: np.random.Generator, cast: Cast, scene: simulation.Scene) -> Ints:
    """Return how many visits patrols make to each place on each day, (P, D).

    Effort is uneven between places, lower at weekends and in August, a tenth of it follows the
    heads, and it shifts with the scene. Rounds never miss a week. Forceval is visited on
    Mondays, Wednesdays and Saturdays at least once it is closed, but for the silences.
    """
    made = rng.poisson(simulation.follow_heads(scene, _effort(rng, cast), 0.1))
    _add_rounds(rng, made, cast.rounds)
    _watch(made[cast["forceval"]])
    return made


def _effort(rng: np.random.Generator, cast: Cast) -> Floats:
    uneven = simulation.uneven_effort(rng, len(cast.names), DAYS, 1.0, across=0.0, within=0.4)
    effort = uneven * cast.visits_per_week[:, None] / 7 * _calendar()
    moved = [cast[name] for name in ("porte-chapelle", "ney", "marx-dormoy")]
    effort = simulation.shift_effort(effort, day(FORCEVAL), [cast["forceval"]], 1.4)
    return simulation.shift_effort(effort, day(CLOSED), moved, 1.5)


def _calendar() -> Floats:
    dates = [FIRST + dt.timedelta(days=n) for n in range(DAYS)]
    weekend = np.array([date.weekday() >= 5 for date in dates])
    august = np.array([date.month == 8 for date in dates])
    return np.where(weekend, 0.75, 1.1) * np.where(august, 0.7, 1.0)


def _add_rounds(rng: np.random.Generator, made: Ints, rounds: npt.NDArray[np.bool_]) -> None:
    """Add a visit in every ISO week in which a place on a round has none."""
    start = (7 - FIRST.weekday()) % 7
    whole = (DAYS - start) // 7 * 7
    weeks = made[rounds, start : start + whole].reshape(int(rounds.sum()), -1, 7)
    place, week = np.nonzero(weeks.sum(axis=2) == 0)
    weeks[place, week, rng.integers(0, 7, len(place))] = 1
    made[rounds, start : start + whole] = weeks.reshape(int(rounds.sum()), whole)


def _watch(made: Ints) -> None:
    for date in (CLOSED + dt.timedelta(days=n) for n in range((LAST - CLOSED).days + 1)):
        if date.weekday() in {0, 2, 5}:
            made[day(date)] = max(made[day(date)], 1)
    for first, end in SILENCES:
        made[day(first) : day(end)] = 0
