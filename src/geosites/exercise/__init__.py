"""The exercise: a fictional but plausible 2021 to 2023, simulated from one seed.

The territories, the sites and the public timeline are real. Everything else (who was where, who
went to look, every operation whose source is "Exercise: fictional") is invented; no real person,
crew or address is meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid5

import geopandas as gpd
import numpy as np
import pandas as pd
import sqlalchemy as sa

from geosites.core.errors import Conflict
from geosites.core.exercise_calendar import ExerciseCalendar
from geosites.core.records import Closure, Operation
from geosites.core.weeks import midnight
from geosites.db.closure import closures, operations
from geosites.db.maintenance import exercise_calendar, exercise_reset, store_flags
from geosites.db.postgres import copy
from geosites.db.reports import sightings as stored_sightings
from geosites.exercise import crowd, events, patrol_log, places
from geosites.exercise.events import DAYS_THAT_MATTER
from geosites.imports import geography
from geosites.reference_data.sites import read_sites
from geosites.reference_data.territories import read_territories
from geosites.reference_data.timeline import NAMESPACE, read_public_facts
from geosites.simulation import Scene

__all__ = ["DAYS_THAT_MATTER", "SEED", "Exercise", "load", "scenario"]

SEED = 20221005


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """Sightings as a frame in metres, operations and closures public and invented, and the truth.

    `received_at` has a value per sighting: when it reached the service. `truth` is the scene by
    days from 2021-01-01, `names` its places.
    """

    sightings: gpd.GeoDataFrame
    received_at: pd.DatetimeIndex
    operations: tuple[Operation, ...]
    closures: tuple[Closure, ...]
    truth: Scene
    names: tuple[str, ...]


def scenario(folder: Path, seed: int = SEED) -> Exercise:
    """Return the exercise on the geographic figures of `folder` (data/geo).

    The same seed gives the same identifiers and the same content. About 25,000 sightings.
    """
    rng = np.random.default_rng(seed)
    namespace = uuid5(NAMESPACE, f"exercise/{seed}")
    ground, sites = places.ExerciseTerritories(read_territories(folder)), read_sites(folder)
    cast = places.cast(rng, ground, sites)
    truth = crowd.truth(rng, cast)
    rows = patrol_log.detailed(rng, patrol_log.sightings(rng, cast, truth))
    rows = pd.concat([rows, events.reports(cast)], ignore_index=True)
    seen = patrol_log.frame(rows, ground, namespace)
    known_operations, known_closures = read_public_facts(folder)
    return Exercise(
        sightings=seen,
        received_at=patrol_log.received(rng, seen),
        operations=(*known_operations, *events.operations(namespace, cast, sites)),
        closures=(*known_closures, *events.closures(namespace)),
        truth=truth,
        names=cast.names,
    )


def load(conn: sa.Connection, folder: Path | None = None, seed: int = SEED) -> int:
    """Load the exercise into a store without sightings, and mark it; return the number of
    sightings.

    The geography and the public facts are included. Each row is known from the day it could have
    been known, so that queries as of that day work (only if the geography was not loaded before).
    Raises `Conflict` if there are sightings already: fiction is never mixed with observations.
    """
    if stored_sightings.span(conn, rejected=True) is not None:
        raise Conflict("the store holds sightings already, and the exercise is fiction")
    answer = scenario(folder or geography.folder(), seed)
    geography.load(conn, folder, at=midnight(crowd.FIRST))
    for operation in answer.operations:
        operations.add(conn, operation, operation.ended_at)
    for closure in answer.closures:
        closures.add(conn, closure, closure.closed_from)
    store_flags.put(conn, store_flags.EXERCISE, f"seed {seed}")
    exercise_calendar.put(conn, ExerciseCalendar(end=crowd.LAST))
    added = copy.add_sightings(conn, answer.sightings, answer.received_at)
    exercise_reset.note_loaded(conn)
    return added
