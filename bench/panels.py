"""Studies of a table of counts, places by periods, in which nobody had to go anywhere to count.

The place test, the change with its interval and the slope are those of a study of visits: a count
is one visit to its place in its period, and every place is its own territory.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geosites.analysis.displacement import Placebo, Standing
from geosites.analysis.displacement.change_intervals import Codes, HeadChange, change, co_movement
from geosites.analysis.displacement.control_places_test import Drift, drift_of
from geosites.analysis.displacement.interrupted_series import slope
from geosites.analysis.displacement.levels import Weekly, levels, typical_variance
from geosites.analysis.displacement.observed import Observed, Scattered
from geosites.analysis.displacement.result import Slope
from geosites.analysis.displacement.study import target_test
from geosites.analysis.displacement.study_design import Design, Needed

DESIGN = Design()

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Studied:
    """What one study of a panel says. `p` follows the slope where that alone would do."""

    placebo: Placebo
    change: HeadChange
    drift: Drift
    slope: Slope | None
    p: float

    @property
    def holds_none(self) -> bool:
        """Whether the interval of the change holds 0."""
        return self.change.low <= 0 <= self.change.high

    @property
    def ratio_holds_none(self) -> bool:
        """Whether the interval of the place test holds a ratio of 1."""
        return self.placebo.low <= 1 <= self.placebo.high


def studied(
    counts: Floats,
    target: Mask,
    controls: Mask,
    at: int,
    *,
    before: int,
    after: int,
    always_slope: bool = False,
    territory: Codes | None = None,
) -> Studied:
    """Return the study of an event at the beginning of period `at` of `counts` (places, periods).

    At most `before` periods before it and `after` periods after it are looked at. Controls are
    those of the places marked that carry information, as in a study of visits. The slope takes
    most of the time and can only raise p, so it is fitted where p is small, or `always_slope`.
    """
    seen = _observed(counts[:, max(at - before, 0) : at + after], target, controls, min(at, before))
    found = drift_of(seen.standing.before, seen.standing.after, seen.control)
    codes = seen.territory if territory is None else territory
    together = co_movement(seen.standing, codes, seen.control, found)
    placebo = target_test(seen, DESIGN.level, together)
    asked = always_slope or placebo.p <= DESIGN.alpha
    trend = slope(seen, DESIGN.level) if asked else None
    explained = trend is not None and trend.explains
    return Studied(
        placebo=placebo,
        change=change(seen.standing, target, found, DESIGN.level, together=together),
        drift=found,
        slope=trend,
        p=max(placebo.p, trend.p) if trend is not None and explained else placebo.p,
    )


def _observed(counts: Floats, target: Mask, controls: Mask, before: int) -> Observed:
    each = np.ones_like(counts)
    table = Weekly(heads=counts, visits=each, exposure=each, first=-before)
    early = table.weeks < 0
    held = counts.mean(axis=1) >= DESIGN.control_heads
    typical = tuple(typical_variance(table, part, held) for part in (early, ~early))
    sides = [levels(table, part, each) for part, each in zip((early, ~early), typical, strict=True)]
    size, none = len(counts), np.zeros(len(counts), dtype=bool)
    nowhere, names = np.zeros((size, 2)), np.arange(size).astype(str)
    empty = np.empty(0)
    return Observed(
        centre=nowhere,
        territory=names,
        beside=np.full(size, ""),
        distance_m=np.zeros(size),
        table=table,
        standing=Standing(before=sides[0], after=sides[1]),
        typical=(typical[0], typical[1]),
        sizes=np.zeros((size, 2, 5), dtype=np.int64),
        target=target,
        control=controls & ~target & held,
        near=none,
        near_codes=frozenset(),
        silent=frozenset(),
        needed=Needed(before=1, after=1, new=1),
        warnings=(),
        scattered=Scattered(
            centre=nowhere,
            territory=names,
            table=table,
            free=none,
            xy=np.empty((0, 2)),
            week=empty.astype(np.int64),
            heads=empty,
            exposure=empty,
        ),
        elsewhere=None,  # type: ignore[arg-type]
    )


def rates(studies: Sequence[Studied], refused: int) -> dict[str, Any]:
    """Return how often studies of nothing found something, and how their doubt compares.

    `spread` is the standard deviation of the change over what was expected, `doubt` the mean of
    the standard error that was stated for it: equal where the doubt is right.
    """
    shares = np.array([one.change.change / one.change.expected for one in studies])
    stated = np.array([one.change.se / one.change.expected for one in studies])
    return {
        "studies": len(studies),
        "refused": refused,
        "p<=.10": _share(one.p <= DESIGN.alpha for one in studies),
        "plain p<=.10": _share(one.placebo.p <= DESIGN.alpha for one in studies),
        "plain p>=.90": _share(one.placebo.p >= 1 - DESIGN.alpha for one in studies),
        "change holds 0": _share(one.holds_none for one in studies),
        "ratio holds 1": _share(one.ratio_holds_none for one in studies),
        "bias": float(shares.mean()),
        "spread": float(shares.std()),
        "doubt": float(stated.mean()),
        "level": float(np.median([one.change.before for one in studies])),
        "controls": float(np.median([one.drift.controls for one in studies])),
        "tau": float(np.median([one.drift.tau for one in studies])),
    }


def _share(found: Iterable[bool]) -> float:
    return float(np.mean(list(found)))
