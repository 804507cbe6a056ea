"""Result types of a displacement study, with their uncertainty."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from geosites.analysis.care_distance import CareDistance
from geosites.analysis.displacement.change_intervals import HeadChange
from geosites.analysis.displacement.control_places_test import Drift, Placebo
from geosites.analysis.displacement.effect_sizes import Wdd
from geosites.analysis.displacement.negative_binomial_panel import Panel
from geosites.analysis.displacement.study_design import Design
from geosites.analysis.street_routing import WayKind


class Finding(StrEnum):
    """The overall finding of a study."""

    FELL_AND_MOVED = "fell_and_moved"
    FELL_UNDER_WAY = "fell_under_way"
    FELL_AND_NEARBY_FELL = "fell_and_nearby_fell"
    FELL_NOT_FOUND_NEARBY = "fell_not_found_nearby"
    NO_FALL_SHOWN = "no_fall_shown"


class PreferredFigure(StrEnum):
    """Which figure to rely on, and why.

    It is always the place test, the only one independent of patrols. The members describe how the
    figures that assume constant effort compare.
    """

    ALL_AGREE = "all_agree"
    PLACES_COUNTS_FOLLOW_EFFORT = "places_counts_follow_effort"
    PLACES_PANEL_DISAGREES = "places_panel_disagrees"
    PLACES_COUNTS_DISAGREE = "places_counts_disagree"


@dataclass(frozen=True, kw_only=True)
class Elsewhere:
    """Scattered visits, outside the places seen in both periods: a rate, never people present."""

    places: int
    visits_before: int
    visits_after: int
    heads_per_visit_before: float | None
    heads_per_visit_after: float | None


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Flow:
    """People allocated from the target to a territory or a new place, interval, Frechet bounds.

    The bounds hold for every loss and gain that the counts allow for; `source` and `target` are
    territory codes, equal where people may have stayed in the territory of the target. `new`: to a
    new place there, otherwise to the known places of the territory. `begin` and `end` are the mean
    positions at the target and at the destination, in metres; `metres` is the walking distance
    between them, computed as `way` says.
    """

    source: str
    target: str
    new: bool
    heads: float
    low: float
    high: float
    bound_low: float
    bound_high: float
    begin: tuple[float, float]
    end: tuple[float, float]
    metres: float | None = None
    way: WayKind | None = None


@dataclass(frozen=True, kw_only=True)
class NewPlace:
    """A place visited after the event and not before: it is in no other sum.

    `heads` is the gain with its interval, `stands` the people present now, `before` the level
    before from scattered visits within reach; `before_known` is false where there were none.
    """

    xy: tuple[float, float]
    territory: str
    heads: float
    low: float
    high: float
    stands: float
    weeks_seen: int
    near: bool
    before: Estimate
    before_known: bool


@dataclass(frozen=True, kw_only=True)
class Accounting:
    """Where the fall of the target is found: fall = found_nearby + new_places + not_found.

    `found_nearby` is the signed change at the known places of the near territories, `new_places`
    the gain at new places there; `not_found` is the rest, below 0 where more arrived than left. The
    intervals come from the same redrawn counts.
    """

    fall: float
    found_nearby: float
    new_places: float
    not_found: float
    intervals: dict[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class Slope:
    """The estimate that extrapolates the target's slope before the event.

    `before` and `controls` are changes per week before the event in logs (-0.03: 3 % fewer each
    week); `estimate` is the effect in people beyond the slope, `p` one-sided for a fall. `ratio` is
    the level relative to the prediction of the slope. `step_p` tests the change without a slope,
    with the same noise. `explains`: a slope fits the weeks of the target better; `low` and `high`
    then cover both cases with equal weight, otherwise the case with a slope. The text then follows
    the more cautious p. `df` are the degrees of freedom of the slope's own interval.
    """

    before: float
    controls: float
    estimate: float
    low: float
    high: float
    p: float
    step_p: float
    ratio: float
    df: int
    explains: bool


@dataclass(frozen=True, kw_only=True)
class CourseWeek:
    """People at the target in one week from the event, None if not visited, and the comparable.

    `comparable` is the target's level before times the median relative level of the controls.
    """

    week: int
    heads: float | None
    comparable: float | None


@dataclass(frozen=True, kw_only=True)
class BorderPlace:
    """A place whose visits fall into two territories; its people count in the first."""

    xy: tuple[float, float]
    territories: tuple[str, str]
    before: float
    after: float


@dataclass(frozen=True, kw_only=True)
class Caveat:
    """Why a figure may mislead: a code, and the unit or territory concerned.

    `zeros_missing`, `zeros_begun`: the shares of empty visits before and after the event.
    `hours_changed`: the level of the target after, as patrols saw it and at the hours of before.
    """

    code: str
    unit: str | None = None
    territory: str | None = None
    before: float | None = None
    after: float | None = None


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
    change: HeadChange
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
    change: HeadChange | None


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
    """The data behind the study."""

    visits: int
    places: int
    places_near: int
    controls: int
    elsewhere: Elsewhere


@dataclass(frozen=True, kw_only=True)
class DisplacementResult:
    """The result of a study. Heads are people present: sums over places of the mean count per
    visit.

    `cautious_p`: the p that the text follows: that of the step, or of the step beside a slope if
    that is larger and `explains` is true; of the place test if there are too few weeks for a slope.
    `displaced`: the signed share of the target's fall found in the near territories, new places
    included, None unless the fall is significant. `spread`: the factor by which placebo dates
    widened it and the flows. `net`: the change over all known places observed. `farther`:
    territories that are not near and rose significantly. `not_predicted`: territories without
    enough controls outside.
    """

    design: Design
    sample: Sample
    target: HeadChange
    placebo: Placebo
    slope: Slope | None
    course: tuple[CourseWeek, ...]
    cautious_p: float
    drift: Drift
    territories: tuple[TerritoryChange, ...]
    farther: tuple[TerritoryChange, ...]
    not_predicted: tuple[str, ...]
    rings: tuple[Ring, ...]
    spread: float
    displaced: Estimate | None
    accounting: Accounting
    new_places: tuple[NewPlace, ...]
    borders: tuple[BorderPlace, ...]
    warnings: tuple[Caveat, ...]
    net: HeadChange
    allocation: Allocation | None
    care: CareDistance | None
    counts: Counts
    panel: Panel | None
    finding: Finding
    belief: PreferredFigure
