"""Oracle estimates: the best a study could do if it knew which place each visit saw.

Where a study misses the truth, these show whether the visits would have allowed for more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from geosites.analysis.displacement.allocation import believed
from geosites.analysis.place_levels import level
from geosites.simulation.displacement_trials import Trial

_DOUBT = 0.05
_LEAST_HEADS = 1.0

Floats = npt.NDArray[np.float64]


def target_level(trial: Trial) -> float:
    """Return the level of the target before, by its true visits and the true ratio of hours."""
    seen = trial.world.seen
    own = (seen.place == trial.target) & (seen.week < trial.event_week)
    return float(
        level(np.zeros(own.sum(), dtype=np.int64), seen.week[own], _by_hour(trial)[own])[0]
    )


def receivers(trial: Trial) -> tuple[list[str], set[str]]:
    """Return the territories around that seem to have received, the largest first, and those
    farther away.

    The rule is that of the study, with the true place of each visit and the true wander of places.
    A territory farther away is one whose gain stands out of all that are looked at, as it must in
    a study: at one and two thirds of its error, as if it were the only one, half of the oracles
    would name one that received nothing.
    """
    gap, error = _gaps(trial)
    territory = trial.truth.territory.astype(str)
    others = np.arange(len(gap)) != trial.target
    near = np.isin(territory, sorted(map(str, trial.around.near or ())))
    around = near & others & (territory != territory[trial.target])
    gained = believed(gap, error, -float(gap[trial.target]))
    heads = {code: float(gained[around & (territory == code)].sum()) for code in territory[around]}
    codes = np.unique(territory[~near])
    bound = -float(special.ndtri(_DOUBT / max(len(codes), 1)))
    rose = {str(code) for code in codes if _rose(gap, error, ~near & (territory == code), bound)}
    return sorted((code for code in heads if heads[code] > 0), key=lambda code: -heads[code]), rose


def _rose(gap: Floats, error: Floats, places: npt.NDArray[np.bool_], bound: float) -> bool:
    return bool(gap[places].sum() > bound * np.sqrt((error[places] ** 2).sum()))


def _gaps(trial: Trial) -> tuple[Floats, Floats]:
    """Return by how much each place (places,) differs after the event, and the error of that."""
    seen = trial.world.seen
    before, noise_before = _levels(trial, seen.week < trial.event_week)
    later = (seen.week >= trial.after.start) & (seen.week < trial.after.stop)
    after, noise_after = _levels(trial, later)
    held = (before >= _LEAST_HEADS) & (after > 0)
    drift = float(np.exp(np.median(np.log(after[held] / before[held]))))
    wander = (before * drift * _wander(trial)) ** 2
    return after - drift * before, np.sqrt(drift**2 * noise_before + noise_after + wander)


def _levels(trial: Trial, when: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return the level of each place, and the variance of it, by its true visits; 0 without any."""
    size, seen = trial.truth.places, trial.world.seen
    own = when & (seen.place >= 0)
    place, heads = seen.place[own], _by_hour(trial)[own]
    found = np.zeros(size)
    found[: int(place.max(initial=-1)) + 1] = np.nan_to_num(level(place, seen.week[own], heads))
    visits = np.maximum(np.bincount(place, minlength=size), 1)
    mean = np.bincount(place, heads, size) / visits
    square = np.bincount(place, heads**2, size) / visits
    return found, np.maximum(square - mean**2, 0) / visits


def _wander(trial: Trial) -> float:
    """Return the true drift of the places' log levels without an event."""
    heads = trial.without.heads
    before, after = heads[:, trial.before].mean(axis=1), heads[:, trial.after].mean(axis=1)
    held = (before >= _LEAST_HEADS) & (after > 0)
    return float(np.std(np.log(after[held] / before[held])))


def _by_hour(trial: Trial) -> Floats:
    """Return the heads of each visit as a mean hour would have shown them."""
    seen, factor = trial.world.seen, np.asarray(trial.world.plan.counting.day_factor)
    return np.asarray(seen.heads / (factor / factor.mean())[seen.day_part], dtype=np.float64)
