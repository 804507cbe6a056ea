"""Flows from the target to the territories that gained, and the part not found."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geosites.analysis.care_distance import Between
from geosites.analysis.displacement.change_intervals import change
from geosites.analysis.displacement.control_places_test import Drift
from geosites.analysis.displacement.flow_bounds import bounds_between
from geosites.analysis.displacement.levels import Floats
from geosites.analysis.displacement.observed import Observed
from geosites.analysis.displacement.result import Allocation, Estimate, Flow
from geosites.analysis.displacement.study_design import Design, Mask
from geosites.analysis.street_routing import WayKind, WayLengths

_BOUND_ERRORS = 4.0


@dataclass(frozen=True)
class Around:
    """The target's fall and the gains around it: as estimated, and redrawn.

    `fall` (), `falls` (draws,) of the target. Receivers are the near territories with known places,
    then the new places near: `gains` (receivers,), `drawn` (draws, receivers), signed; `codes`
    their territories, `new` which are new places. `members` (territories, places) are the known
    places behind the first of them. `arrived` (receivers,) is the expected gain of each
    (`allocation.believed`). `start` (2,) and `ends` (receivers, 2) are the mean positions of the
    people at the target before and at the receivers after, in metres.
    """

    source: str
    fall: float
    falls: Floats
    codes: tuple[str, ...]
    new: Mask
    gains: Floats
    drawn: Floats
    members: npt.NDArray[np.bool_]
    arrived: Floats
    start: Floats
    ends: Floats


def allocation(
    seen: Observed, found: Drift, around: Around, design: Design, spread: float
) -> Allocation:
    """Return flows that add up to what was found, and the rest.

    What was found, from 0 to the fall, is divided among those that gained in proportion to their
    gains. With one source there is nothing else to decide; that gains come from it is an
    assumption, and arrivals beyond the losses are reported separately.
    """
    point = divided(np.array([around.fall]), around.gains[None, :], around.arrived[None, :])[0]
    drawn = divided(around.falls, around.drawn, np.maximum(around.drawn, 0))
    flows = _flows(around, point, drawn, _bounds(seen, found, around, spread), design.level)
    found_again, falls = around.drawn.sum(axis=1), np.maximum(around.falls, 0)
    rest = around.fall - float(point.sum())
    return Allocation(
        flows=flows,
        left_or_not_found=_left(flows, rest, falls - drawn.sum(axis=1), around, design.level),
        arrived=estimate(
            max(float(around.gains.sum()) - around.fall, 0.0),
            np.maximum(found_again - falls, 0),
            design.level,
        ),
    )


def divided(falls: Floats, gains: Floats, arrived: Floats) -> Floats:
    """Return flows (draws, receivers): the sum of signed gains, within the fall, by `arrived`.

    By hand: a fall of 30 with gains of 12, 6 and -3 gives 15 in all; with expected gains of 8, 4
    and 0: 10, 5 and 0.
    """
    total = np.minimum(np.maximum(gains.sum(axis=1), 0), np.maximum(falls, 0))
    whole = arrived.sum(axis=1)
    share = np.divide(total, whole, out=np.zeros_like(total), where=whole > 0)
    return np.asarray(arrived * share[:, None])


def _bounds(seen: Observed, found: Drift, around: Around, spread: float) -> tuple[Floats, Floats]:
    """Return Frechet bounds (receivers,) for all losses and gains that the counts allow for.

    A territory received at least its net gain and at most the sum of its places' gains, each give
    or take four errors; a new place what its draws allow.
    """
    made = [change(seen.standing, members, found) for members in (seen.target, *around.members)]
    reach = spread * _BOUND_ERRORS * np.array([each.se for each in made])
    gap = seen.standing.after.level - seen.standing.expected(found)
    gross = around.members @ np.maximum(gap, 0)
    net = np.array([each.change for each in made[1:]])
    fresh = around.drawn[:, around.new]
    least, most = fresh.min(axis=0, initial=np.inf), fresh.max(axis=0, initial=0.0)
    losses = np.maximum(around.fall + reach[0] * np.array([[-1.0], [1.0]]), 0)
    gains = (
        np.concatenate([np.maximum(net - reach[1:], 0), np.maximum(least, 0)]),
        np.concatenate([gross + reach[1:], np.maximum(most, 0)]),
    )
    lower, upper = bounds_between(
        (losses[0], losses[1]), gains, max(losses[1].sum(), gains[1].sum())
    )
    return lower[0], upper[0]


def _flows(
    around: Around,
    point: Floats,
    drawn: Floats,
    bounds: tuple[Floats, Floats],
    level: float,
) -> tuple[Flow, ...]:
    """Return the flows, largest first: low from the draws, high from the most allowed.

    Where nothing was found on balance, those come first to which most is believed to have come.
    The most is each draw's upper Frechet bound, its fall or the receiver's gain.
    """
    most = np.minimum(np.maximum(around.falls, 0)[:, None], np.maximum(around.drawn, 0))
    low = np.quantile(drawn, (1 - level) / 2, axis=0)
    high = np.maximum(*(np.quantile(each, (1 + level) / 2, axis=0) for each in (drawn, most)))
    rows = [
        Flow(
            source=around.source,
            target=code,
            new=bool(around.new[j]),
            heads=float(point[j]),
            low=float(min(low[j], point[j])),
            high=float(max(high[j], point[j])),
            bound_low=float(min(bounds[0][j], low[j], point[j])),
            bound_high=float(max(bounds[1][j], high[j], point[j])),
            begin=(float(around.start[0]), float(around.start[1])),
            end=(float(around.ends[j, 0]), float(around.ends[j, 1])),
        )
        for j, code in enumerate(around.codes)
    ]
    return tuple(rows[j] for j in np.lexsort((-around.arrived, -point)))


def on_foot(found: Allocation, between: Between) -> Allocation:
    """Return flows with the metres on foot of each, and whether they follow streets."""
    if not found.flows:
        return found
    begin, ends = [found.flows[0].begin], [flow.end for flow in found.flows]
    ways = between(np.array(begin), np.array(ends))
    flows = tuple(
        replace(flow, metres=float(ways.metres[0, j]), way=_kind(ways, j))
        for j, flow in enumerate(found.flows)
    )
    return replace(found, flows=flows)


def _kind(ways: WayLengths, goal: int) -> WayKind:
    if ways.on_streets[0, goal]:
        return WayKind.STREETS
    return WayKind.UNREACHABLE if ways.unreachable[0, goal] else WayKind.STRAIGHT


def middle(xy: Floats, heads: Floats) -> Floats:
    """Return the mean of places (n, 2), by the heads at each where there are any."""
    return np.asarray(np.average(xy, axis=0, weights=heads if heads.sum() > 0 else None))


def _left(
    flows: tuple[Flow, ...], value: float, drawn: Floats, around: Around, level: float
) -> Estimate:
    """Return what was not found; at most the part of the fall that no flow includes with
    confidence.
    """
    least = estimate(value, drawn, level)
    most = float(np.quantile(around.falls, (1 + level) / 2)) - sum(flow.low for flow in flows)
    return Estimate(value=least.value, low=least.low, high=max(least.high, most))


def estimate(value: float, drawn: Floats, level: float) -> Estimate:
    """Return a value with the interval of its draws (draws,), extended to include the value."""
    if not len(drawn):
        return Estimate(value=float(value), low=float(value), high=float(value))
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return Estimate(value=float(value), low=float(min(low, value)), high=float(max(high, value)))
