"""The hotspots of one week: connected cells with more people per visit than chance explains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import shapely

from geosites.analysis.hotspots.clusters import Hotspot, grouped, supported
from geosites.analysis.hotspots.effort_test import effort_test
from geosites.analysis.hotspots.exceedance import dispersion, exceedance
from geosites.analysis.hotspots.false_discovery_rate import q_values
from geosites.analysis.hotspots.grid import Grid, coverage
from geosites.analysis.hotspots.kernel_density import Surface, surface
from geosites.analysis.hotspots.parameters import POLICY, HotspotParameters
from geosites.analysis.hotspots.permutation_null import pooled_p
from geosites.analysis.hotspots.week_cells import Cells
from geosites.analysis.hotspots.week_visits import WeekVisits
from geosites.analysis.place_levels import standing_weights, weighing
from geosites.analysis.places import Places, assign
from geosites.analysis.visit_influence import Heaviest, heaviest, robust_standing

__all__ = [
    "POLICY",
    "Cells",
    "Hotspot",
    "HotspotParameters",
    "WeekVisits",
    "WeeklyHotspots",
    "cell_exceedance",
    "week_hotspots",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
Method = Literal["effort", "no_effort"]
_DRAWS = 5_000_000
"""Number of permuted sums: resolves p far below what any map needs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class WeeklyHotspots:
    """Result of one week. `reason` is why there is no method with effort, or no ranking, else None.

    With the method `effort` only patrols and surveys count (`counted`), and calls and partners
    (`reported`) are separate; with `no_effort` all sightings count. `heads` are people present.
    """

    method: Method
    reason: str | None
    parameters: HotspotParameters
    window: shapely.Geometry
    counted: WeekVisits
    reported: WeekVisits
    perimeters: Sequence[shapely.Geometry]
    grounds: Places
    weighs: Mask
    weights: Floats
    cells: Cells
    hotspots: tuple[Hotspot, ...]

    @property
    def visits(self) -> int:
        """Number of sightings behind the people present."""
        return len(self.counted)

    @property
    def place(self) -> Ints:
        """The place (n,) of each of them; those within a known perimeter are the site's."""
        return self.grounds.index

    @property
    def places(self) -> int:
        """How many places they were made to."""
        return len(self.grounds)

    @property
    def heads(self) -> float:
        """People present: the sum over places of the mean count per visit."""
        return float(self.weights.sum())

    @property
    def heads_counted(self) -> float:
        """The plain sum of all counts; it follows the number of visits."""
        return float(self.counted.heads.sum() + self.reported.heads.sum())

    @cached_property
    def heads_robust(self) -> float:
        """People present, with isolated counts reduced."""
        return robust_standing(self.place[self.weighs], self.counted.heads[self.weighs])

    @cached_property
    def heaviest(self) -> Heaviest | None:
        """The visit that adds most to the total."""
        among = np.flatnonzero(self.weighs)
        result = heaviest(self.place[among], self.counted.heads[among])
        return None if result is None else replace(result, visit=int(among[result.visit]))

    @property
    def surface(self) -> Surface:
        """People present per square metre, computed on access: far larger than the rest."""
        return self._surface(self.counted.xy, self.weights)

    @property
    def reported_surface(self) -> Surface:
        """The same for calls and partners only; empty without effort, where all count."""
        grounds = week_places(self.reported, self.perimeters, self.parameters)
        return self._surface(self.reported.xy, week_weights(self.reported, grounds)[1])

    @cached_property
    def observed_share(self) -> float:
        """Share of the window's ground in cells that somebody visited."""
        grid = Grid.over(self.window, self.parameters.cell_m)
        cover = coverage(self.window, grid)
        row, column = self.cells.row - grid.row0, self.cells.column - grid.column0
        on = (row >= 0) & (row < grid.rows) & (column >= 0) & (column < grid.columns)
        return float(cover[row[on], column[on]].sum() / cover.sum())

    @cached_property
    def unobserved(self) -> shapely.Geometry:
        """The area of the window in cells that nobody visited: not observed, never cold."""
        return shapely.difference(self.window, self.cells.ground)

    def _surface(self, xy: Floats, weights: Floats) -> Surface:
        settings = self.parameters
        return surface(xy, weights, self.window, settings.bandwidth_m, settings.node_m)


def week_hotspots(
    visits: WeekVisits,
    window: shapely.Geometry,
    rng: np.random.Generator,
    parameters: HotspotParameters = POLICY,
    perimeters: Sequence[shapely.Geometry] = (),
) -> WeeklyHotspots:
    """Return the hotspots of one week of visits inside `window`, a polygon in metres.

    `perimeters` are those of the known sites: the visits within one are one place (`assign`).
    Visits to one place within one part of one day are one observation.

    Patrols and surveys that also report nobody take the road with effort: heads are permuted among
    the visits (`effort.effort_test`), and cells with enough effort share one false discovery rate.
    A week without a single zero takes the road without: Gi* with a pooled permutation null.
    """
    method, reason = _road(visits)
    counts = visits.effort if method == "effort" else np.ones(len(visits), dtype=bool)
    counted = visits.where(counts)
    grounds = week_places(counted, perimeters, parameters)
    observation = counted.observations(grounds.index)
    weighs, weights = week_weights(counted, grounds)
    cells, cell = Cells.of(counted.xy, counted.heads, weights, parameters.cell_m)
    if len(counted) < parameters.floor_week:
        reason = f"{len(counted)} visits, and a ranking needs {parameters.floor_week}"
    elif method == "effort":
        cells = _with_effort(cells, counted, observation, rng, parameters)
    else:
        cells = _without_effort(cells, window, rng, parameters)
    cells = supported(cells, cell, observation, parameters.floor_visits)
    calls = visits.xy[~visits.effort & (visits.heads > 0)]
    return WeeklyHotspots(
        method=method,
        reason=reason,
        parameters=parameters,
        window=window,
        counted=counted,
        reported=visits.where(~counts),
        perimeters=perimeters,
        grounds=grounds,
        weighs=weighs,
        weights=weights,
        cells=cells,
        hotspots=grouped(cells, cell, counted.xy, weights, calls),
    )


def week_places(
    visits: WeekVisits,
    perimeters: Sequence[shapely.Geometry] = (),
    parameters: HotspotParameters = POLICY,
) -> Places:
    """Return the places of the visits of a week, by the perimeters of the known sites."""
    return assign(
        visits.xy,
        parameters.place_radius_m,
        merge_m=parameters.place_merge_m,
        sites=perimeters,
        accuracy_m=visits.accuracy_m,
    )


def week_weights(visits: WeekVisits, grounds: Places) -> tuple[Mask, Floats]:
    """Return which visits the level of their place rests on, and the part of it each has (n,)."""
    weighs = weighing(grounds.index, grounds.core, visits.heads)
    weights = np.zeros(len(visits))
    weights[weighs] = standing_weights(grounds.index[weighs], visits.heads[weighs])
    return weighs, weights


def _road(visits: WeekVisits) -> tuple[Method, str | None]:
    """Return the method for the week, and why effort cannot be used, if so."""
    if visits.effort_known:
        return "effort", None
    return "no_effort", (
        "no patrol or survey that saw nobody is recorded: "
        "effort is unknown, and counts follow those who report"
    )


def _with_effort(
    cells: Cells,
    counted: WeekVisits,
    observation: Ints,
    rng: np.random.Generator,
    settings: HotspotParameters,
) -> Cells:
    """Return the cells judged by permuting heads among observations."""
    test = effort_test(
        cells.centres,
        counted.xy,
        counted.heads,
        counted.strata,
        rng,
        observation=observation,
        reach_m=settings.reach_m,
        floor_visits=settings.floor_visits,
        permutations=settings.permutations,
    )
    judged = cells.judged(test.p, q_values(test.p), settings.alpha)
    cold = q_values(test.p_low) <= settings.alpha
    return replace(judged, rate=test.rate, effort=test.visits, cold=cold)


def _without_effort(
    cells: Cells, window: shapely.Geometry, rng: np.random.Generator, settings: HotspotParameters
) -> Cells:
    """Return the cells tested by permuting the cells of the window, and cells beyond with reports.

    The people reported in a cell are summed, since the number of reports is the only information.
    The false discovery rate is over all cells, not only those with reports.
    """
    grid = Grid.over(shapely.union(window, cells.ground.envelope), cells.size_m)
    at = (cells.row - grid.row0, cells.column - grid.column0)
    inside = coverage(window, grid) > 0
    inside[at] = True
    values = np.zeros(grid.shape)
    values[at] = cells.heads
    draws = min(settings.permutations, -(-_DRAWS // int(inside.sum())))
    p = pooled_p(values, np.ones((3, 3)), draws, rng, inside=inside)
    return cells.judged(p[at], q_values(p)[at], settings.alpha)


def cell_exceedance(cells: Cells, past: Sequence[WeekVisits]) -> Floats:
    """Return p (n,) of the counts in each cell at the rate of all cells.

    The classical method, shown beside the effort test: a negative binomial with the dispersion of
    counts among the effort visits of each past week, Poisson without past weeks. n visits with
    dispersion a sum to a count with dispersion a/n.
    """
    weeks = [week.heads[week.effort] for week in past]
    table = np.full((max(map(len, weeks), default=0), len(weeks)), np.nan)
    for column, heads in enumerate(weeks):
        table[: len(heads), column] = heads
    visits = np.maximum(cells.visits, 1)
    rate = cells.heads.sum() / max(1, int(cells.visits.sum()))
    return exceedance(cells.heads, rate * visits, dispersion(table) / visits)
