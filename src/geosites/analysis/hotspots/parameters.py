"""Hotspot parameters fixed by policy: bandwidth, grid, radii, minimum samples, tests."""

from __future__ import annotations

from dataclasses import dataclass

from geosites.analysis.places import PLACE_MERGE_M, PLACE_RADIUS_M

HEADS_POWER = 2 / 3
"""Counts enter the test of hotspots by this power, so that one crowd does not outweigh the rest."""


@dataclass(frozen=True, kw_only=True)
class HotspotParameters:
    """Parameters fixed by policy, the same every week, and part of every result.

    `floor_week` visits are needed for any ranking, `floor_visits` effective visits around a cell to
    test it, and as many inside a hotspot to report it.
    """

    bandwidth_m: float = 200.0
    node_m: float = 25.0
    cell_m: float = 100.0
    place_radius_m: float = PLACE_RADIUS_M
    place_merge_m: float = PLACE_MERGE_M
    reach_m: float = 150.0
    floor_week: int = 30
    floor_visits: float = 5.0
    permutations: int = 999
    alpha: float = 0.05


POLICY = HotspotParameters()
