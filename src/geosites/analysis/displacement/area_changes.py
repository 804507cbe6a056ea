"""The change of each territory and ring, and which changes are significant."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np
from scipy import special

from geosites.analysis.displacement.change_intervals import (
    HeadChange,
    Yardstick,
    change,
    co_movement,
)
from geosites.analysis.displacement.control_places_test import Drift, drift_of
from geosites.analysis.displacement.new_places import NewPlaces
from geosites.analysis.displacement.observed import Observed
from geosites.analysis.displacement.result import Ring, TerritoryChange
from geosites.analysis.displacement.study_design import MIN_CONTROLS, Design, Mask

_FARTHER_P = 0.05
_NEAR_P = 0.01


def yardsticks(seen: Observed) -> dict[str, Yardstick]:
    """Return the controls of each territory: those outside it.

    Territories without six controls outside, and those that no longer report empty visits, have
    none.
    """
    result = {}
    codes, territory = np.unique(seen.territory, return_inverse=True)
    for number, code in enumerate(codes):
        controls = seen.control & (territory != number)
        if controls.sum() >= MIN_CONTROLS and code not in seen.silent:
            drift = drift_of(seen.standing.before, seen.standing.after, controls)
            together = co_movement(seen.standing, territory, controls, drift)
            result[str(code)] = Yardstick(drift=drift, together=together)
    return result


def territories(
    seen: Observed, own: Mapping[str, Yardstick], hit: HeadChange | None, design: Design
) -> tuple[TerritoryChange, ...]:
    """Return the change of each territory that has controls in `own`.

    `hit` is the fall of the target, of which each change is given as a share; None if there is no
    significant fall.
    """
    rows = []
    for code, judged in own.items():
        members = seen.territory == code
        made = change(seen.standing, members, judged.drift, design.level, together=judged.together)
        rows.append(_row(seen, code, members, made, hit))
    return tuple(rows)


def farther(rows: tuple[TerritoryChange, ...]) -> tuple[TerritoryChange, ...]:
    """Return the territories beyond the near ones that rose significantly.

    Corrected for multiple tests: one-sided p below 0.05 over their number (Bonferroni), on the
    error of the change.
    """
    others = [row for row in rows if not row.near and not row.holds_target]
    clear = _standing_out([row.change for row in others], _FARTHER_P)
    result = [row for row in others if row.change in clear]
    return tuple(sorted(result, key=lambda row: -row.change.change))


def _row(
    seen: Observed, code: str, members: Mask, made: HeadChange, hit: HeadChange | None
) -> TerritoryChange:
    standing = seen.standing
    return TerritoryChange(
        code=code,
        change=made,
        share=made.change / -hit.change if hit is not None else None,
        near=bool((members & seen.near).any()),
        holds_target=bool((members & seen.target).any()),
        visits_before=int(standing.before.visits[members].sum()),
        visits_after=int(standing.after.visits[members].sum()),
    )


def rings(seen: Observed, found: Drift, design: Design) -> tuple[Ring, ...]:
    """Return the change between each two distances from the target."""
    rings = []
    for inner, outer in pairwise(design.ring_edges_m):
        members = seen.ring(inner, outer)
        made = change(seen.standing, members, found, design.level) if members.any() else None
        rings.append(Ring(inner_m=inner, outer_m=outer, change=made))
    return tuple(rings)


def risen(rows: tuple[TerritoryChange, ...], new: NewPlaces) -> bool:
    """Return whether people gathered nearby: at a new place, or significantly in one territory.

    The sum over all near territories may hide the gain of one of them. A slope at the target does
    not explain such a gain.
    """
    near = [row.change for row in rows if row.near and not row.holds_target]
    return bool(new.near.any()) or bool(_standing_out(near, _NEAR_P))


def _standing_out(changes: list[HeadChange], p: float) -> list[HeadChange]:
    """Return the significant rises among all `changes`, each tested at p over their number."""
    bound = -float(special.ndtri(p / max(len(changes), 1)))
    return [made for made in changes if made.change > bound * made.se]
