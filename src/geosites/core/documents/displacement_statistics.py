"""The tests and models by which a fall is told from chance, as documents give them."""

from __future__ import annotations

from typing_extensions import TypedDict

from geosites.core.documents.numbers import Measured


class PlaceboFigures(TypedDict):
    """The place test: `p` for a fall at least this large, `rank_p` its rank among the controls."""

    p: Measured
    rank_p: Measured
    rank_floor: Measured
    controls: int
    t: Measured
    ratio: Measured
    low: Measured
    high: Measured
    drift: Measured
    tau: Measured


class SlopeFigures(TypedDict):
    """The estimate that lets the target go on as it went before the event."""

    before: Measured
    controls: Measured
    estimate: Measured
    low: Measured
    high: Measured
    p: Measured
    ratio: Measured
    explains: bool


class WddFigures(TypedDict):
    """A weighted displacement difference with its normal interval."""

    estimate: Measured
    se: Measured
    z: Measured
    low: Measured
    high: Measured
    local: Measured
    displaced: Measured
    p_one_sided: Measured


class WdqFigures(TypedDict):
    """The weighted displacement quotient, or why there is none."""

    value: Measured | None
    reason: str | None


class PanelFigures(TypedDict):
    """What is left of the target by a panel model, with its interval."""

    ratio: Measured
    low: Measured
    high: Measured
    p: Measured
    dispersion: Measured
