"""Reports of the exercise: sightings with units, origins, hours and doubt."""

from __future__ import annotations

from uuid import UUID, uuid5

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geosites import simulation
from geosites.core import city
from geosites.core.records import CHOSEN_OF_SIGHTING, Activity, Origin, TimePrecision
from geosites.exercise import crowd
from geosites.exercise.places import SITES, Cast, ExerciseTerritories

Texts = npt.NDArray[np.object_]

DAY_PART_SHARES = (0.12, 0.28, 0.36, 0.24)

DETECTED = 0.96
"""How often a visit sees those who are there."""

CALLS_PER_DAY = 1.7
PARTNERS_PER_DAY = 1.0

UNITS = {
    # territory, or the start of its code: units and their shares of the visits
    "75118": {"PP-DSPAP-18": 0.55, "Ville-DPMP-18": 0.3, "PP-DRT": 0.15},
    "75119": {"PP-DSPAP-19": 0.6, "Ville-DPMP-19": 0.4},
    "75": {"PP-DSPAP-Paris": 0.6, "Ville-DPMP-Paris": 0.4},
    "92": {"PP-DTSP-92": 1.0},
    "93": {"PP-DTSP-93": 0.8, "PP-DRT": 0.2},
    "94": {"PP-DTSP-94": 1.0},
}
UNIT_OF = {
    Origin.CALL: "Standard-17",
    Origin.PARTNER: "Maraude-Nord",
    Origin.SURVEY: "Ville-Recensement",
}

ACTIVITIES = {
    Activity.CONSUMPTION: 0.5,
    Activity.GATHERING: 0.3,
    Activity.DEALING: 0.14,
    Activity.TRACES: 0.06,
}
TRACES_LEFT = 0.08

COLUMNS = (
    "id",
    "observed_at",
    "time_precision",
    "headcount",
    "accuracy_m",
    "duration_min",
    "origin",
    *(item.name for item in CHOSEN_OF_SIGHTING),
    "unit",
    "verified",
    "site",
    "territory",
    "geometry",
)
HOURS_LATE = {1.0: 0.85, 18.0: 0.12, 150.0: 0.03}
"""Mean hours until a sighting is reported, and the corresponding shares of sightings."""

NUMBERS = ("headcount", "accuracy_m", "duration_min")
CHOSEN = tuple(item.name for item in CHOSEN_OF_SIGHTING)
TEXTS = ("time_precision", "origin", *CHOSEN, "unit", "verified", "site")

VERIFIED = {
    # origin: shares of true, unknown, false among sightings with heads
    Origin.PATROL: (0.85, 0.15, 0.0),
    Origin.SURVEY: (1.0, 0.0, 0.0),
    Origin.PARTNER: (0.3, 0.66, 0.04),
    Origin.CALL: (0.12, 0.78, 0.1),
}

ROUND_OF_PARTS = (1, 3, 2, 0, 2, 1, 3)
"""The parts of the day in which Forceval is visited once closed, in turn."""

DAY_ONLY = 0.04
SITE_NAMED = 0.9


def sightings(rng: np.random.Generator, cast: Cast, scene: simulation.Scene) -> pd.DataFrame:
    """Return everything that patrols, surveys, callers and partners report, unsorted."""
    seen = simulation.observe(
        scene,
        rng,
        crowd.plan(rng, cast, scene),
        jitter_m=20.0,
        dispersion=np.where(np.isin(cast.names, list(SITES)), 0.04, 0.4),
        p_detect=DETECTED,
        day_parts=DAY_PART_SHARES,
        day_part_factor=crowd.fullness(cast.names),
        origins={Origin.PATROL: 0.96, Origin.SURVEY: 0.04},
    )
    visits = _rows(rng, cast, seen)
    watched = (seen.place == cast["forceval"]) & (seen.week >= crowd.day(crowd.CLOSED))
    turns = np.resize(np.array(ROUND_OF_PARTS), int(watched.sum()))
    visits.loc[watched, "part"] = turns
    answer = [
        _reported(rng, cast, scene, Origin.CALL, CALLS_PER_DAY, 45.0),
        _reported(rng, cast, scene, Origin.PARTNER, PARTNERS_PER_DAY, 30.0),
    ]
    return pd.concat([visits, *answer], ignore_index=True)


def _reported(
    rng: np.random.Generator,
    cast: Cast,
    scene: simulation.Scene,
    origin: Origin,
    per_day: float,
    jitter_m: float,
) -> pd.DataFrame:
    """Return reports that come where heads are, and only where somebody was seen."""
    noticed = np.sqrt(scene.heads)
    made = rng.poisson(noticed * (per_day / noticed.sum(axis=0)))
    seen = simulation.observe(
        scene, rng, made, jitter_m=jitter_m, dispersion=0.15, origins={origin: 1.0}
    )
    rows = _rows(rng, cast, seen)
    return rows[rows.headcount > 0]


def _rows(rng: np.random.Generator, cast: Cast, seen: simulation.SimulatedVisits) -> pd.DataFrame:
    names = np.array(cast.names, dtype=object)[seen.place]
    answer = np.isin(names, list(SITES)) & (rng.random(len(seen)) < SITE_NAMED)
    return pd.DataFrame(
        {
            "x": seen.xy[:, 0],
            "y": seen.xy[:, 1],
            "day": seen.week,
            "part": seen.day_part,
            "headcount": seen.heads,
            "origin": seen.origin.astype(object),
            "unit": _units(rng, seen),
            "site": _where(answer, names, None),
        }
    )


def _units(rng: np.random.Generator, seen: simulation.SimulatedVisits) -> Texts:
    units = np.empty(len(seen), dtype=object)
    for code in np.unique(seen.territory):
        here = seen.territory == code
        shares = UNITS.get(code) or UNITS[code[:2]]
        units[here] = rng.choice(list(shares), size=int(here.sum()), p=list(shares.values()))
    for origin, unit in UNIT_OF.items():
        units[seen.origin == origin] = unit
    return units


def detailed(rng: np.random.Generator, rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with their hours, accuracy, length, activity and verification."""
    exact = rows.origin.isin([Origin.PATROL, Origin.SURVEY]) | (rng.random(len(rows)) > DAY_ONLY)
    minutes = np.where(exact, rows.part * 360 + rng.integers(0, 360, len(rows)), 0)
    return rows.assign(
        time_precision=np.where(exact, TimePrecision.INSTANT.value, TimePrecision.DAY.value),
        observed_at=instants(rows.day.to_numpy(), minutes),
        accuracy_m=_accuracy(rng, rows),
        duration_min=_durations(rng, rows),
        activity=_activities(rng, rows.headcount.to_numpy()),
        verified=_verified(rng, rows),
    )


def frame(rows: pd.DataFrame, ground: ExerciseTerritories, namespace: UUID) -> gpd.GeoDataFrame:
    """Return rows as a frame of sightings: by time, numbered, each with its territory."""
    rows = rows.reindex(columns=rows.columns.union(list(CHOSEN), sort=False))
    rows = rows.sort_values("observed_at", kind="stable", ignore_index=True)
    xy = rows[["x", "y"]].to_numpy(dtype=np.float64)
    return gpd.GeoDataFrame(
        {
            "id": _text([str(uuid5(namespace, str(n))) for n in range(len(rows))]),
            "observed_at": rows.observed_at,
            **{name: rows[name] for name in NUMBERS},
            **{name: _text(rows[name]) for name in TEXTS},
            "territory": _text(ground.holding(xy)),
        },
        geometry=gpd.points_from_xy(xy[:, 0], xy[:, 1]),
        crs=city.metric(),
    )[list(COLUMNS)]


def _text(values: npt.ArrayLike) -> pd.Series[str]:
    """Return values as a column of objects, None where there is none."""
    objects = np.array(values, dtype=object)
    objects[pd.isna(objects)] = None
    return pd.Series(objects, dtype="object")


def received(rng: np.random.Generator, seen: gpd.GeoDataFrame) -> pd.DatetimeIndex:
    """Return when each sighting reached the service: mostly within the shift, some weeks late."""
    hours = rng.choice(list(HOURS_LATE), size=len(seen), p=list(HOURS_LATE.values()))
    late = np.round(rng.exponential(hours) * 60).astype("m8[m]")
    duration = np.nan_to_num(seen.duration_min.to_numpy()).astype("m8[m]")
    return pd.DatetimeIndex(seen.observed_at + duration + late)


def instants(day: npt.NDArray[np.int64], minutes: npt.NDArray[np.int64]) -> pd.DatetimeIndex:
    """Return UTC instants of minutes after midnight in Paris; the missing hour moves on by one."""
    start = np.datetime64(crowd.FIRST, "m")
    local = pd.DatetimeIndex(start + day * np.timedelta64(1440, "m") + minutes.astype("m8[m]"))
    aware = local.tz_localize(
        city.zone(), ambiguous=np.ones(len(local), dtype=bool), nonexistent=pd.Timedelta(hours=1)
    )
    return aware.tz_convert("UTC").as_unit("us")


def _accuracy(rng: np.random.Generator, rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    own = rng.choice([5.0, 10.0, 20.0, 50.0], size=len(rows), p=[0.3, 0.4, 0.2, 0.1])
    answer = rng.choice([50.0, 100.0], size=len(rows))
    accuracy = np.where(rows.origin == Origin.CALL, answer, own)
    return np.where(rng.random(len(rows)) < 0.08, np.nan, accuracy)


def _durations(rng: np.random.Generator, rows: pd.DataFrame) -> npt.NDArray[np.float64]:
    minutes = np.maximum(np.round(rng.gamma(3.0, 6.0, len(rows))), 2.0)
    return np.where(rows.origin == Origin.CALL, np.nan, minutes)


def _activities(rng: np.random.Generator, heads: npt.NDArray[np.int64]) -> Texts:
    names = [kind.value for kind in ACTIVITIES]
    kinds = rng.choice(names, size=len(heads), p=list(ACTIVITIES.values())).astype(object)
    left = np.full(len(heads), Activity.TRACES.value, dtype=object)
    left = _where(rng.random(len(heads)) < TRACES_LEFT, left, None)
    return _where(heads > 0, kinds, left)


def _where(chosen: npt.NDArray[np.bool_], one: Texts, other: Texts | None) -> Texts:
    return np.asarray(np.where(chosen, one, np.asarray(other, dtype=object)), dtype=object)


def _verified(rng: np.random.Generator, rows: pd.DataFrame) -> Texts:
    states = np.array([True, None, False], dtype=object)
    verified = np.full(len(rows), None, dtype=object)
    for origin, shares in VERIFIED.items():
        here = ((rows.origin == origin) & (rows.headcount > 0)).to_numpy()
        verified[here] = states[rng.choice(3, size=int(here.sum()), p=shares)]
    return verified
