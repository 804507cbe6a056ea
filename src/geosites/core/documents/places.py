"""Locations by street and station names."""

from __future__ import annotations

from typing_extensions import TypedDict


class Whereabouts(TypedDict):
    """A street and the nearest crossing on it; or a station, how far from it and which way.

    `direction` is that of the place seen from the station: n, ne, e, se, s, sw, w or nw.
    """

    street: str | None
    crossing: str | None
    crossing_m: float | None
    station: str | None
    station_m: float | None
    direction: str | None


class WayLeg(TypedDict):
    """A stretch of a way on foot along one street; null where it has no name."""

    street: str | None
    metres: float
