"""Convert the figures of a displacement study to API documents."""

from __future__ import annotations

from geosites.analysis.care_distance import CareDistance
from geosites.analysis.displacement import (
    Accounting,
    BorderPlace,
    Design,
    Estimate,
    Flow,
    HeadChange,
    NewPlace,
    Panel,
    Placebo,
    Ring,
    Sample,
    Slope,
    Wdd,
)
from geosites.analysis.displacement.result import CourseWeek
from geosites.core import crs
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
    RingRow,
    SampleFigures,
    SplitPlaceRow,
)
from geosites.core.documents.displacement_statistics import (
    PanelFigures,
    PlaceboFigures,
    SlopeFigures,
    WddFigures,
)
from geosites.core.precision import cell_middles

CAVEATS = {
    "zeros_missing": "visits that saw nobody are no longer reported after the event "
    "(unit %(unit)s, territory %(territory)s): %(before).0f %% before, %(after).0f %% after",
    "zeros_begun": "visits that saw nobody are reported only since the event "
    "(territory %(territory)s): %(before).0f %% before, %(after).0f %% after",
    "hours_changed": "visits to the target changed their hours: %(before).0f heads as seen after, "
    "%(after).0f at the hours of before",
}
"""English texts of warnings, by the figures of their row."""


def change(found: HeadChange) -> ChangeFigures:
    """Return people present before and after, and the change with its interval."""
    return {
        "before": found.before,
        "after": found.after,
        "expected": found.expected,
        "change": found.change,
        "se": found.se,
        "low": found.low,
        "high": found.high,
        "places": found.places,
    }


def estimate(found: Estimate) -> EstimateFigures:
    """Return a number with its interval."""
    return {"value": found.value, "low": found.low, "high": found.high}


def heads(found: Estimate) -> HeadsEstimate:
    """Return heads with their interval."""
    return {"heads": found.value, "low": found.low, "high": found.high}


def placebo(found: Placebo) -> PlaceboFigures:
    """Return the place test."""
    return {
        "p": found.p,
        "rank_p": found.rank_p,
        "rank_floor": found.rank_floor,
        "controls": found.controls,
        "t": found.t,
        "ratio": found.ratio,
        "low": found.low,
        "high": found.high,
        "drift": found.drift,
        "tau": found.tau,
    }


def slope(found: Slope) -> SlopeFigures:
    """Return the estimate beyond the slope before the event."""
    return {
        "before": found.before,
        "controls": found.controls,
        "estimate": found.estimate,
        "low": found.low,
        "high": found.high,
        "p": found.p,
        "ratio": found.ratio,
        "explains": found.explains,
    }


def course(found: CourseWeek) -> CourseRow:
    """Return one week of the target."""
    return {"week": found.week, "heads": found.heads, "comparable": found.comparable}


def account(found: Accounting) -> AccountFigures:
    """Return where the fall is found, each part with its interval."""
    parts = found.intervals
    return {
        "fall": found.fall,
        "found_nearby": found.found_nearby,
        "new_places": found.new_places,
        "not_found": found.not_found,
        "intervals": {
            "fall": estimate(parts["fall"]),
            "found_nearby": estimate(parts["found_nearby"]),
            "new_places": estimate(parts["new_places"]),
            "not_found": estimate(parts["not_found"]),
        },
    }


def wdd(found: Wdd) -> WddFigures:
    """Return a weighted displacement difference."""
    return {
        "estimate": found.estimate,
        "se": found.se,
        "z": found.z,
        "low": found.low,
        "high": found.high,
        "local": found.local,
        "displaced": found.displaced,
        "p_one_sided": found.p_one_sided,
    }


def panel(found: Panel) -> PanelFigures:
    """Return the target's ratio in the panel model."""
    return {
        "ratio": found.ratio,
        "low": found.low,
        "high": found.high,
        "p": found.p,
        "dispersion": found.dispersion,
    }


def ring(found: Ring) -> RingRow:
    """Return the change between two distances from the target."""
    made = None if found.change is None else change(found.change)
    return {"inner_m": found.inner_m, "outer_m": found.outer_m, "change": made}


def flow(found: Flow) -> FlowRow:
    """Return heads allocated from one territory to another."""
    return {
        "from": found.source,
        "to": found.target,
        "new": found.new,
        "heads": found.heads,
        "low": found.low,
        "high": found.high,
        "bound_low": found.bound_low,
        "bound_high": found.bound_high,
        "metres": found.metres,
        "way": found.way.value if found.way else None,
    }


def care(found: CareDistance | None) -> CareDistanceFigures:
    """Return the distance to care places; null if none was open or nobody was seen."""
    if found is None:
        return {"before": None, "after": None, "way": None}
    return {"before": found.before, "after": found.after, "way": found.kind.value}


def sample(found: Sample) -> SampleFigures:
    """Return the data behind a study."""
    beside = found.elsewhere
    return {
        "visits": found.visits,
        "places": found.places,
        "places_near": found.places_near,
        "controls": found.controls,
        "elsewhere": {
            "places": beside.places,
            "visits_before": beside.visits_before,
            "visits_after": beside.visits_after,
            "heads_per_visit_before": beside.heads_per_visit_before,
            "heads_per_visit_after": beside.heads_per_visit_after,
        },
    }


def design(chosen: Design) -> DisplacementParameters:
    """Return the choices behind a study."""
    return {
        "weeks_before": chosen.weeks_before,
        "weeks_after": chosen.weeks_after,
        "place_radius_m": chosen.place_radius_m,
        "merge_m": chosen.merge_m,
        "weeks_seen": list(chosen.weeks_seen),
        "control_heads": chosen.control_heads,
        "new_weeks": chosen.new_weeks,
        "new_heads": chosen.new_heads,
        "new_share": chosen.new_share,
        "ring_edges_m": list(chosen.ring_edges_m),
        "event_clearance_m": chosen.event_clearance_m,
        "level": chosen.level,
        "alpha": chosen.alpha,
        "draws": chosen.draws,
    }


def new_place(place: NewPlace, territory_name: str) -> NewPlaceRow:
    """Return a new place, at the middle of its cell."""
    lon, lat = _lonlat(place.xy)
    return {
        "territory": place.territory,
        "territory_name": territory_name,
        "heads": place.heads,
        "low": place.low,
        "high": place.high,
        "stands": place.stands,
        "weeks_seen": place.weeks_seen,
        "near": place.near,
        "before": estimate(place.before),
        "before_known": place.before_known,
        "lon": lon,
        "lat": lat,
    }


def border(place: BorderPlace) -> SplitPlaceRow:
    """Return a place on a border, at the middle of its cell."""
    lon, lat = _lonlat(place.xy)
    return {
        "territories": list(place.territories),
        "before": place.before,
        "after": place.after,
        "lon": lon,
        "lat": lat,
    }


def _lonlat(xy: tuple[float, float]) -> tuple[float, float]:
    """Return the middle of the 100 m cell of a point: no finer than places are shown to anyone."""
    lon, lat = crs.to_geographic(cell_middles([xy]))[0]
    return float(lon), float(lat)
