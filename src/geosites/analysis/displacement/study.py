"""A displacement study of one event, from visits to estimates with intervals."""

from __future__ import annotations

import numpy as np
import shapely

from geosites.analysis.care_distance import CareDistance, head_weighted_m
from geosites.analysis.displacement.allocation import movement
from geosites.analysis.displacement.area_changes import (
    farther,
    rings,
    risen,
    territories,
    yardsticks,
)
from geosites.analysis.displacement.change_intervals import change, co_movement
from geosites.analysis.displacement.control_places_test import (
    SMALL,
    Drift,
    Placebo,
    drift_of,
    log_ratios,
    place_test,
)
from geosites.analysis.displacement.count_comparison import crude_counts
from geosites.analysis.displacement.flows import on_foot
from geosites.analysis.displacement.hours_changed_warning import hours_changed
from geosites.analysis.displacement.interrupted_series import either, slope, with_target
from geosites.analysis.displacement.negative_binomial_panel import Panel, panel
from geosites.analysis.displacement.new_places import new_places
from geosites.analysis.displacement.observed import Observed, observe
from geosites.analysis.displacement.placebo_dates import placebo_spread
from geosites.analysis.displacement.result import (
    BorderPlace,
    Counts,
    DisplacementResult,
    Estimate,
    Finding,
    PreferredFigure,
    Sample,
    Slope,
)
from geosites.analysis.displacement.study_design import Design, EffortVisits, Surroundings
from geosites.analysis.displacement.weekly_course import course
from geosites.analysis.street_routing import NO_STREETS

NOWHERE = Surroundings()
STANDARD = Design()


def study(
    visits: EffortVisits,
    target: shapely.Geometry,
    around: Surroundings = NOWHERE,
    design: Design = STANDARD,
    *,
    rng: np.random.Generator,
) -> DisplacementResult:
    """Return the displacement study of an event at `target` (metres), by place, ring and territory.

    Raises `NotEnoughData` if target or six controls were not visited on both sides of the event.
    """
    seen = observe(visits, target, around, design)
    controls = seen.controls_for(seen.target)
    result = drift_of(seen.standing.before, seen.standing.after, controls)
    together = co_movement(seen.standing, seen.territory, controls, result)
    hit = change(seen.standing, seen.target, result, design.level, together=together)
    placebo = target_test(seen, design.level, together)
    spread = placebo_spread(seen)
    new = new_places(seen, result, design, rng)
    own = yardsticks(seen)
    moves = movement(seen, result, own, new, design, spread, rng)
    between = NO_STREETS.between if around.care is None else around.care.between
    trend = slope(seen, design.level)
    net = change(seen.standing, np.ones_like(seen.target), result, design.level, controls)
    fell, p = _followed(placebo.p, trend)
    if trend is not None and trend.explains:
        trend = either(trend, hit, result.quantile_df, design.level)
        net = with_target(net, hit, trend, result.quantile_df, design.level)
    displaced = moves.displaced if p <= design.alpha and hit.high < 0 else None
    rows = territories(seen, own, hit if displaced else None, design)
    counts = crude_counts(seen, design)
    second = _panel(seen, design)
    return DisplacementResult(
        design=design,
        sample=_sample(seen, result),
        target=hit,
        placebo=placebo,
        slope=trend,
        course=course(seen),
        cautious_p=p,
        drift=result,
        territories=rows,
        farther=farther(rows),
        not_predicted=tuple(sorted({*map(str, seen.territory)} - own.keys())),
        rings=rings(seen, result, design),
        spread=spread,
        displaced=displaced,
        accounting=moves.accounting,
        new_places=new.places,
        borders=_borders(seen),
        warnings=(*seen.warnings, *hours_changed(seen)),
        net=net,
        allocation=None if moves.allocation is None else on_foot(moves.allocation, between),
        care=_care(seen, around),
        counts=counts,
        panel=second,
        finding=_finding(fell, p, displaced, risen(rows, new), design),
        belief=_belief(placebo, counts, second, design),
    )


def target_test(seen: Observed, level: float, together: float = 0.0) -> Placebo:
    """Return the place test of the whole target: its places summed, as one place.

    `together` is the variance by which several places of one territory move together.
    """
    before, after = seen.standing.before, seen.standing.after
    hit = seen.target
    old, new = before.level[hit].sum() + SMALL, after.level[hit].sum() + SMALL
    spread = np.hypot(_root(before.se[hit]) / old, _root(after.se[hit]) / new)
    if hit.sum() > 1:
        spread = np.hypot(spread, np.sqrt(together))
    ratio, se = log_ratios(before, after)
    controls = seen.controls_for(hit)
    shares = before.level[hit] / max(before.level[hit].sum(), 1e-12)
    return place_test(
        float(np.log(new / old)),
        float(spread),
        ratio[controls],
        se[controls],
        level=level,
        spread=float((shares**2).sum()) if shares.any() else 1.0,
    )


def _root(errors: np.ndarray) -> float:
    return float(np.sqrt((errors**2).sum()))


def _borders(seen: Observed) -> tuple[BorderPlace, ...]:
    """Return the places of the target and around it whose visits fall into two territories."""
    before, after = seen.standing.before.level, seen.standing.after.level
    return tuple(
        BorderPlace(
            xy=(float(seen.centre[place, 0]), float(seen.centre[place, 1])),
            territories=(str(seen.territory[place]), str(seen.beside[place])),
            before=float(before[place]),
            after=float(after[place]),
        )
        for place in np.flatnonzero((seen.beside != "") & (seen.near | seen.target))
    )


def _sample(seen: Observed, found: Drift) -> Sample:
    elsewhere = seen.elsewhere.visits_before + seen.elsewhere.visits_after
    return Sample(
        visits=int(seen.table.visits.sum()) + elsewhere,
        places=len(seen.territory),
        places_near=int(seen.near.sum()),
        controls=found.controls,
        elsewhere=seen.elsewhere,
    )


def _panel(seen: Observed, design: Design) -> Panel | None:
    """Return the second opinion on the target and its controls, rings left out."""
    kept = seen.target | seen.controls_for(seen.target)
    heads, visits = seen.table.heads[kept], seen.table.visits[kept]
    return panel(heads, visits, ~seen.before, seen.target[kept], design.level)


def _care(seen: Observed, around: Surroundings) -> CareDistance | None:
    """Return the distance to care places from the people at the target and around it."""
    if around.care is None:
        return None
    members = seen.target | seen.near
    ways, weeks = around.care.between(seen.centre[members], around.care.xy), seen.table.weeks
    before, after = (
        head_weighted_m(ways.metres, side.level[members], around.care, weeks[period])
        for side, period in (
            (seen.standing.before, seen.before),
            (seen.standing.after, ~seen.before),
        )
    )
    return CareDistance(before=before, after=after, kind=ways.kind)


def _followed(plain: float, trend: Slope | None) -> tuple[float, float]:
    """Return the p of the fall, and the cautious one.

    If the slope before would explain it, the fall is reported as under way before the event.
    """
    if trend is None:
        return plain, plain
    if not trend.explains or trend.p <= trend.step_p:
        return trend.step_p, trend.step_p
    return min(plain, trend.step_p), trend.p


def _finding(
    fell: float, p: float, displaced: Estimate | None, risen: bool, design: Design
) -> Finding:
    """Return the finding behind the text: `fell` is the p of the fall, `p` the cautious one."""
    if fell > design.alpha:
        return Finding.NO_FALL_SHOWN
    if p > design.alpha and not risen:
        return Finding.FELL_UNDER_WAY
    if risen or (displaced is not None and displaced.low > 0):
        return Finding.FELL_AND_MOVED
    if displaced is not None and displaced.high < 0:
        return Finding.FELL_AND_NEARBY_FELL
    return Finding.FELL_NOT_FOUND_NEARBY


def _belief(
    placebo: Placebo, counts: Counts, second: Panel | None, design: Design
) -> PreferredFigure:
    fell = placebo.p <= design.alpha
    if (counts.wdd.p_one_sided <= design.alpha) != fell:
        shifted = not 0.8 <= counts.effort_ratio <= 1.25
        return (
            PreferredFigure.PLACES_COUNTS_FOLLOW_EFFORT
            if shifted
            else PreferredFigure.PLACES_COUNTS_DISAGREE
        )
    if second is not None and (second.p <= design.alpha) != fell:
        return PreferredFigure.PLACES_PANEL_DISAGREES
    return PreferredFigure.ALL_AGREE
