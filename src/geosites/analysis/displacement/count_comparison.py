"""Before-after counts at target, rings and controls, for the effect sizes on counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from geosites.analysis.displacement.effect_sizes import Wdd, harm_weighted, wdd, wdq
from geosites.analysis.displacement.levels import Floats
from geosites.analysis.displacement.observed import SIZES, Observed
from geosites.analysis.displacement.result import Counts
from geosites.analysis.displacement.study_design import Design, Mask

HEADS_PER_SIZE = (2.0, 8.0, 25.0, 75.0)
"""Number of people represented by a sighting of each size class in the weighted difference."""

_NO_FALL = "the target did not improve against the controls: there is nothing to be displaced"
_NO_EVENTS = "the controls saw nobody before or after: no share can be taken of them"
_NO_RING = "no place between the target and the controls was visited before and after"


def crude_counts(seen: Observed, design: Design) -> Counts:
    """Return WDD, heads-weighted WDD and WDQ on visits that saw somebody.

    Half of the controls is compared with the target, the other half with the rings, each scaled to
    as many places; the weeks before are scaled to the weeks after.
    """
    zones = _zones(seen, design)
    names = [f"{heads:g}+" for heads in SIZES]
    effects = {name: _wdd(seen, zones, [size + 1], design) for size, name in enumerate(names)}
    quotient, reason = _wdq(seen, zones, design)
    return Counts(
        wdd=_wdd(seen, zones, range(1, len(SIZES) + 1), design),
        wdd_heads=harm_weighted(
            effects, dict(zip(names, HEADS_PER_SIZE, strict=True)), 1 - design.level
        ),
        wdq=quotient,
        wdq_reason=reason,
        effort_ratio=_effort_ratio(seen, zones),
    )


def _zones(seen: Observed, design: Design) -> dict[str, Mask]:
    """Return the places of each zone; controls are dealt in turn by distance."""
    order = np.flatnonzero(seen.control)[np.argsort(seen.distance_m[seen.control], kind="stable")]
    places = np.arange(len(seen.control))
    return {
        "treated": seen.target,
        "control": np.isin(places, order[::2]),
        "disp_treated": seen.ring(design.ring_edges_m[0], design.reach_m),
        "disp_control": np.isin(places, order[1::2]),
    }


def _pair(seen: Observed, zone: Mask, sizes: Sequence[int]) -> tuple[float, float]:
    before, after = seen.sizes[zone][:, :, list(sizes)].sum(axis=(0, 2))
    return float(before), float(after)


def _wdd(seen: Observed, zones: dict[str, Mask], sizes: Sequence[int], design: Design) -> Wdd:
    pairs = {name: _pair(seen, zone, sizes) for name, zone in zones.items()}
    ringed = bool(zones["disp_treated"].any())
    size = {name: float(zone.sum()) for name, zone in zones.items()}
    return wdd(
        pairs["treated"],
        pairs["control"],
        pairs["disp_treated"] if ringed else None,
        pairs["disp_control"] if ringed else None,
        time_weights=(design.weeks_before / design.weeks_after, 1.0),
        area_weights={
            "control": size["control"] / size["treated"],
            "disp_control": size["disp_control"] / max(size["disp_treated"], 1.0),
        },
        alpha=1 - design.level,
    )


def _wdq(seen: Observed, zones: dict[str, Mask], design: Design) -> tuple[float | None, str | None]:
    if not zones["disp_treated"].any():
        return None, _NO_RING
    weeks = np.array([design.weeks_before, design.weeks_after], dtype=np.float64)
    rates: list[Floats] = [
        np.array(_pair(seen, zones[name], range(1, len(SIZES) + 1))) / weeks
        for name in ("treated", "disp_treated", "control")
    ]
    if rates[2].min() <= 0:
        return None, _NO_EVENTS
    quotient = wdq(*(rate.tolist() for rate in rates))
    return quotient, _NO_FALL if quotient is None else None


def _effort_ratio(seen: Observed, zones: dict[str, Mask]) -> float:
    """Return the change of visits to the target relative to the controls; 1 is constant."""
    everyone = range(len(SIZES) + 1)
    before, after = _pair(seen, zones["treated"], everyone)
    old, new = _pair(seen, seen.control, everyone)
    return (after / before) / (new / old)
