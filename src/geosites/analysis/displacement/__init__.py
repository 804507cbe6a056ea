"""Displacement: did an operation or closure reduce a scene or move it, or is this unknown?

`study` answers for one event from visits, including empty ones; the effect sizes on counts (`wdd`,
`wdq`, ...) are included because they are established in the field.
"""

from geosites.analysis.care_distance import Care, CareDistance
from geosites.analysis.displacement.change_intervals import HeadChange, Standing, change
from geosites.analysis.displacement.control_places_test import Drift, Placebo, drift, place_test
from geosites.analysis.displacement.effect_sizes import (
    RateRatio,
    Success,
    Wdd,
    did_log_irr,
    e_test,
    harm_weighted,
    success,
    wdd,
    wdq,
)
from geosites.analysis.displacement.negative_binomial_panel import Panel, panel
from geosites.analysis.displacement.result import (
    Accounting,
    Allocation,
    BorderPlace,
    Caveat,
    Counts,
    DisplacementResult,
    Estimate,
    Finding,
    Flow,
    NewPlace,
    PreferredFigure,
    Ring,
    Sample,
    Slope,
    TerritoryChange,
)
from geosites.analysis.displacement.study import study
from geosites.analysis.displacement.study_design import (
    Design,
    EffortVisits,
    Surroundings,
    weeks_since_last,
    weeks_until_next,
)

__all__ = [
    "Accounting",
    "Allocation",
    "BorderPlace",
    "Care",
    "CareDistance",
    "Caveat",
    "Counts",
    "Design",
    "DisplacementResult",
    "Drift",
    "EffortVisits",
    "Estimate",
    "Finding",
    "Flow",
    "HeadChange",
    "NewPlace",
    "Panel",
    "Placebo",
    "PreferredFigure",
    "RateRatio",
    "Ring",
    "Sample",
    "Slope",
    "Standing",
    "Success",
    "Surroundings",
    "TerritoryChange",
    "Wdd",
    "change",
    "did_log_irr",
    "drift",
    "e_test",
    "harm_weighted",
    "panel",
    "place_test",
    "study",
    "success",
    "wdd",
    "wdq",
    "weeks_since_last",
    "weeks_until_next",
]
