"""What a study answers, with its doubt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geosites.analysis.care import CareDistance
from geosites.analysis.displacement.changes import Change
from geosites.analysis.displacement.counts import Wdd
from geosites.analysis.displacement.design import Design
from geosites.analysis.displacement.observed import Elsewhere
from geosites.analysis.displacement.panel import Panel
from geosites.analysis.displacement.ratios import Drift, Placebo


class Finding(StrEnum):
    """What the places say."""

    FELL_AND_MOVED = "fell_and_moved"
    FELL_AND_NEARBY_FELL = "fell_and_nearby_fell"
    FELL_NOT_FOUND_NEARBY = "fell_not_found_nearby"
    NO_FALL_SHOWN = "no_fall_shown"


class Belief(StrEnum):
    """Which figure to believe, and why.

    The place test is always the one: it alone does not move with the patrols. The members say how
    the figures that assume constant effort stand beside it.
    """

    ALL_AGREE = "all_agree"
    PLACES_COUNTS_FOLLOW_EFFORT = "places_counts_follow_effort"
    PLACES_PANEL_DISAGREES = "places_panel_disagrees"
    PLACES_COUNTS_DISAGREE = "places_counts_disagree"


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Heads allocated from a part of the target to a territory, interval, and Frechet bounds.

    The bounds hold for every loss and gain that the counts allow for; `source` and `target` are
    territory codes, equal where people may have stayed in the territory of the target.
    """

    source: str
    target: str
    heads: float
    low: float
    high: float
    bound_low: float
    bound_high: float


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """An allocation under an assumption, never tracking; largest flow first."""

    flows: tuple[Flow, ...]
    left_or_not_found: Estimate
    arrived: Estimate


@dataclass(frozen=True, kw_only=True)
class TerritoryChange:
    """The change of one territory; `share` is of the target's fall, signed, None without a fall.

    `near` marks the territories around the target; `holds_target` the one that holds it.
    """

    code: str
    change: Change
    share: float | None
    near: bool
    holds_target: bool
    visits_before: int
    visits_after: int


@dataclass(frozen=True, kw_only=True)
class Ring:
    """The change between two distances from the target; None where nothing was observed."""

    inner_m: float
    outer_m: float
    change: Change | None


@dataclass(frozen=True, kw_only=True)
class Counts:
    """Effect sizes on counts, which assume constant effort: shown with that warning.

    `wdd` counts visits that saw somebody, `wdd_heads` weighs them by heads; both per weeks after.
    `effort_ratio`: visits per week to the target after over before, over the same at the controls;
    1 is constant effort.
    """

    wdd: Wdd
    wdd_heads: Wdd
    wdq: float | None
    wdq_reason: str | None
    effort_ratio: float


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What the study stands on."""

    visits: int
    places: int
    places_near: int
    controls: int
    elsewhere: Elsewhere


@dataclass(frozen=True, kw_only=True)
class DisplacementResult:
    """The answer of a study. Heads are heads standing: sums over places of mean heads per visit.

    `displaced`: the signed share of the target's fall found in the near territories, None unless
    the fall is shown. `spread`: by how much placebo dates widened it and the flows. `net`: the
    change over all places observed. `not_predicted`: territories without enough controls outside.
    """

    design: Design
    sample: Sample
    target: Change
    placebo: Placebo
    drift: Drift
    territories: tuple[TerritoryChange, ...]
    not_predicted: tuple[str, ...]
    rings: tuple[Ring, ...]
    spread: float
    displaced: Estimate | None
    net: Change
    allocation: Allocation | None
    care: CareDistance | None
    counts: Counts
    panel: Panel | None
    finding: Finding
    belief: Belief
