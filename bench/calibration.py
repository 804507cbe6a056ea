"""How true the displacement figures are: many studies of simulated events whose truth is known."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from geosites.analysis.displacement.design import Design
from geosites.analysis.displacement.judging import Scores, judge, rates
from geosites.analysis.displacement.trials import City, Habit, Happening, trial
from geosites.errors import NotEnoughData

SEED = 20221005
TRIALS = 500
FEWER = 200
DESIGN = Design(draws=400)
CITY = City()
HARDER = {
    "small places": City(heads=2.0),
    "places wander more": City(wander=0.5),
    "places wander for longer": City(autocorrelation=0.9),
    "few visits": City(visits=1.5),
    "few places": City(places=35),
}


def run() -> list[dict[str, Any]]:
    """Return the rows of the table: null studies, true effects, then harder cities."""
    true = [happening for happening in Happening if happening is not Happening.NOTHING]
    return [
        *(_row(habit, Happening.NOTHING) for habit in Habit),
        *(
            _row(habit, happening)
            for habit in (Habit.PLAIN, Habit.EVERYTHING)
            for happening in true
        ),
        *(
            _row(Habit.EVERYTHING, happening, name, city, FEWER)
            for name, city in HARDER.items()
            for happening in (Happening.NOTHING, Happening.HALVING, Happening.MOVE)
        ),
    ]


def _row(
    habit: Habit,
    happening: Happening,
    name: str = "standard",
    city: City = CITY,
    trials: int = TRIALS,
) -> dict[str, Any]:
    started = time.perf_counter()
    judged = [_one(number, habit, happening, city) for number in range(trials)]
    scores = rates(each for each in judged if each is not None)
    return {
        "city": name,
        "habit": habit.value,
        "truth": happening.value,
        "trials": trials,
        "refused": sum(each is None for each in judged),
        **{key: round(value, 3) for key, value in scores.items()},
        "seconds": round(time.perf_counter() - started, 1),
    }


def _one(number: int, habit: Habit, happening: Happening, city: City) -> Scores | None:
    rng = np.random.default_rng([SEED, number])
    made = trial(rng, habit, happening, city)
    try:
        return judge(made, made.study(rng, DESIGN))
    except NotEnoughData:
        return None


if __name__ == "__main__":
    for row in run():
        print(row, flush=True)
