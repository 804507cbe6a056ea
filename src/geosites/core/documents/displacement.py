"""Displacement documents: what changed, and where, after an event."""

from __future__ import annotations

import datetime as dt
from typing import NotRequired, final

from typing_extensions import TypedDict

from geosites.core.documents.displacement_figures import (
    AccountFigures,
    CareDistanceFigures,
    ChangeFigures,
    CourseRow,
    DisplacementParameters,
    EstimateFigures,
    FlowRow,
    HeadsEstimate,
    NewPlaceRow,
    NothingOfChange,
    RingRow,
    SampleFigures,
    SplitPlaceRow,
    TerritoryChangeRow,
    WarningRow,
    Window,
)
from geosites.core.documents.displacement_statistics import (
    PanelFigures,
    PlaceboFigures,
    SlopeFigures,
    WddFigures,
    WdqFigures,
)
from geosites.core.documents.events import EventDocument
from geosites.core.documents.numbers import Measured
from geosites.core.documents.weeks import WithheldCounts


class Untold(TypedDict):
    """The parts of a study that bulletins issued before them do not hold."""

    cautious_p: Measured | None
    slope: SlopeFigures | None
    accounting: AccountFigures | None
    new_places: list[NewPlaceRow]
    farther: list[TerritoryChangeRow]
    borders: list[SplitPlaceRow]
    warnings: list[WarningRow]
    flows: list[FlowRow]


class DisplacementSummary(Untold):
    """The part of a study in a bulletin; second estimates are only on its own page."""

    event: EventDocument
    before: Window
    after: Window
    cut_by: list[str]
    level: float
    finding: str
    belief: str
    target: ChangeFigures | NothingOfChange
    net: ChangeFigures | NothingOfChange
    displaced_share: EstimateFigures | None
    placebo: PlaceboFigures
    effort_ratio: Measured | None
    territories: list[TerritoryChangeRow]
    left_or_not_found: HeadsEstimate | None
    arrived: HeadsEstimate | None
    sample: SampleFigures


@final
class DisplacementDocument(DisplacementSummary):
    """What changed, and where, after an event.

    For an account with a scope, `scope` names its territories and others are left out.
    """

    exercise: bool
    as_known_at: dt.datetime | None
    imprecise: int | None
    course: list[CourseRow]
    wdd: WddFigures | NothingOfWdd
    wdd_heads: WddFigures | NothingOfWdd
    wdq: WdqFigures | NothingOfWdq
    panel: PanelFigures | None
    not_predicted: list[str]
    rings: list[RingRow]
    care_distance_m: CareDistanceFigures
    parameters: DisplacementParameters
    scope: NotRequired[list[str]]


class NothingOfWdd(TypedDict):
    """The keys of a weighted displacement difference, withheld from partners and out of scope."""

    estimate: None
    se: None
    z: None
    low: None
    high: None
    local: None
    displaced: None
    p_one_sided: None


class NothingOfWdq(TypedDict):
    """The keys of a weighted displacement quotient, withheld from partners and out of scope."""

    value: None
    reason: None


class PartnerChangeRow(TypedDict):
    """The change of one territory, in whole heads; all of its figures are null if withheld."""

    code: str
    name: str
    before: int | None
    after: int | None
    expected: Measured | None
    change: Measured | None
    se: Measured | None
    low: Measured | None
    high: Measured | None
    places: int
    share: None
    near: bool
    holds_target: bool
    visits_before: int
    visits_after: int


class PartnerHeads(TypedDict):
    """Heads with their interval, in whole heads; null if withheld."""

    heads: int | None
    low: int | None
    high: int | None


class PartnerElsewhere(TypedDict):
    """Scattered visits; their rates, which times visits are counts, are null."""

    places: int
    visits_before: int
    visits_after: int
    heads_per_visit_before: None
    heads_per_visit_after: None


class PartnerSample(TypedDict):
    """The data behind a study."""

    visits: int
    places: int
    places_near: int
    controls: int
    elsewhere: PartnerElsewhere


@final
class PartnerDisplacement(TypedDict):
    """A displacement study by territory, as released, without the target itself.

    Fields introduced after its release are absent.
    """

    event: EventDocument
    exercise: bool
    as_known_at: dt.datetime | None
    before: Window
    after: Window
    cut_by: list[str]
    level: float
    finding: str
    belief: str
    target: NothingOfChange
    net: NothingOfChange
    displaced_share: None
    placebo: PlaceboFigures
    imprecise: NotRequired[None]
    cautious_p: NotRequired[Measured]
    slope: NotRequired[None]
    accounting: NotRequired[None]
    panel: NotRequired[None]
    course: NotRequired[list[CourseRow]]
    new_places: NotRequired[list[NewPlaceRow]]
    farther: NotRequired[list[PartnerChangeRow]]
    borders: NotRequired[list[SplitPlaceRow]]
    warnings: NotRequired[list[WarningRow]]
    rings: NotRequired[list[RingRow]]
    wdd: NothingOfWdd
    wdd_heads: NotRequired[NothingOfWdd]
    wdq: NothingOfWdq
    effort_ratio: NotRequired[Measured | None]
    not_predicted: NotRequired[list[str]]
    territories: list[PartnerChangeRow]
    flows: list[FlowRow]
    left_or_not_found: PartnerHeads | None
    arrived: PartnerHeads | None
    care_distance_m: CareDistanceFigures
    sample: PartnerSample
    parameters: DisplacementParameters
    withheld: WithheldCounts
    scope: NotRequired[list[str]]


AnyDisplacement = DisplacementDocument | PartnerDisplacement
"""A displacement study as its reader may see it; `withheld` distinguishes the two types."""
