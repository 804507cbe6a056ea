"""The exercise: a fictional but possible 2021 to 2023, built with the simulator from one seed.

Real are the territories, the sites and the public timeline. Everything else (who stood where, who
went to look, every operation whose source is "Exercise: fictional") is invented; no person, crew
or address is meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import uuid5

import geopandas as gpd
import numpy as np
import pandas as pd

from geosites import facts
from geosites.analysis.simulate import Scene
from geosites.exercise import events, journal, places, story
from geosites.exercise.events import DAYS_THAT_MATTER
from geosites.records import Closure, Operation

__all__ = ["DAYS_THAT_MATTER", "SEED", "Scenario", "scenario"]

SEED = 20221005


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Sightings as a frame in metres, operations and closures public and invented, and the truth.

    `truth` is the scene by days from 2021-01-01, `names` its places.
    """

    sightings: gpd.GeoDataFrame
    operations: tuple[Operation, ...]
    closures: tuple[Closure, ...]
    truth: Scene
    names: tuple[str, ...]


def scenario(folder: Path, seed: int = SEED) -> Scenario:
    """Return the exercise on the geographic figures of `folder` (data/geo).

    The same seed gives the same identifiers and the same content. About 25,000 sightings.
    """
    rng = np.random.default_rng(seed)
    namespace = uuid5(facts.NAMESPACE, f"exercise/{seed}")
    ground, sites = places.Ground(facts.territories(folder)), facts.sites(folder)
    cast = places.cast(rng, ground, sites)
    truth = story.truth(rng, cast)
    rows = journal.detailed(rng, journal.sightings(rng, cast, truth))
    known_operations, known_closures = facts.public_facts(folder)
    return Scenario(
        sightings=journal.frame(
            pd.concat([rows, events.reports(cast)], ignore_index=True), ground, namespace
        ),
        operations=(*known_operations, *events.operations(namespace, cast, sites)),
        closures=(*known_closures, *events.closures(namespace)),
        truth=truth,
        names=cast.names,
    )
