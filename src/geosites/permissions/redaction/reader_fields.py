"""Allow-lists of document fields for readers by cell, and for accounts with a scope.

These readers get single places, no finer than a cell, and the rows of the territories in their
scope (see `authorized_queries`). A field that is not listed here goes only to a principal who sees
everything everywhere.
"""

from __future__ import annotations

from geosites.core.documents.alarms import AlarmDocument
from geosites.core.documents.changes import ChangeDetail
from geosites.core.documents.closures import ClosureDocument, ClosureSummary, HistoryDocument
from geosites.core.documents.crew_detection import DetectionDocument
from geosites.core.documents.displacement import DisplacementDocument
from geosites.core.documents.events import ListedEvent
from geosites.core.documents.published import CountDocument
from geosites.core.documents.round_plan import RoundPlanDocument
from geosites.core.documents.rounds import RoundsDocument
from geosites.core.documents.territories import TerritoriesDocument, TerritoryDocument
from geosites.core.documents.weeks import WeekDocument
from geosites.permissions.redaction import shared_fields as shared
from geosites.permissions.redaction.allow_list import (
    AllowList,
    Fields,
    empty,
    named,
    null,
    part,
    plain,
    rows,
    withheld,
)

_PLACE = ("quartier", "lon", "lat")
_CHANGE = ("before", "after", "expected", "change", "se", "low", "high", "places")
_WDD = ("estimate", "se", "z", "low", "high", "local", "displaced", "p_one_sided")
_HEADS = ("heads", "low", "high")
_ESTIMATE = part(named("value", "low", "high"))

_SPOT: Fields = {
    **named(
        "rank", "area_ha", "heads", "share", "visits", "q_value", "trend", "since_week",
        "weeks_old", "weeks_found", "territory", "nearest_site", "nearest_site_m",
        "discoveries_only", "exceedance_p", *_PLACE,
    ),
    "whereabouts": shared.WHEREABOUTS,
}  # fmt: skip

WEEK = AllowList(WeekDocument, {
    **named("week", "start", "end", "exercise", "as_known_at", "reason", "scope"),
    "parameters": part(shared.WEEK_PARAMETERS),
    **named("visits", "reports", "imprecise", "places", "heads", "heads_robust", "heads_counted"),
    "heaviest_visit": part(
        named(
            "heads", "adds", "share", "visits", "day", "day_part", "territory", "nearest_site",
            "nearest_site_m", *_PLACE,
        )
    ),
    **named("observed_share"),
    "seen_share": part(named("pairs", "joint", "method", "value", "low", "high")),
    "hotspots": rows(_SPOT),
    "territories": rows(named("code", "name", "visits", "places", "heads", "heads_counted")),
    "borders": rows(
        {"territories": rows(named("code", "name")), **named("heads", "visits", *_PLACE)}
    ),
    "occupied": rows(
        {
            **named("heads", "visits", "least", "most", "hotspot", *_PLACE),
            "territory": part(named("code", "name")),
            "whereabouts": shared.WHEREABOUTS,
        }
    ),
})  # fmt: skip

_CLOSED = named(
    "site", "name", "as_of", "status", "p_clear", "p_clear_interval", "closed_since",
    "closed_until", "legal_ref", "visits_since_closure", "empty_visits", "negative_visits",
    "negatives_in_force", "day_parts", "covered_share", "never_checked", "last_visit_at",
    "last_positive_at", "next_visit_due", "next_day_part", "visits_needed", "lapses_at",
    "visit_log", "sighting_record_p",
)  # fmt: skip
_NEARBY = part(named("heads", "within_m", "last_at", "sightings"))
_LAST_SEEN = part(named("heads", "at", "verified", "empty_since"))
_REOCCUPIED = part(named("first_at", "last_at", "most_heads", "sightings"))
CLOSURE_SUMMARY = AllowList(
    ClosureSummary,
    {**_CLOSED, "nearby": _NEARBY, "last_seen": _LAST_SEEN, "reoccupied": _REOCCUPIED},
)

CLOSURE = AllowList(
    ClosureDocument,
    {
        **CLOSURE_SUMMARY,
        **named("exercise", "as_known_at"),
        "stopping": part(shared.STOPPING),
        "evidence": rows(
            named("id", "observed_at", "kind", "headcount", "effect", "p_before", "p_after")
        ),
        "detection": rows(named("day_part", "visits", "seen", "p")),
        "parameters": part(shared.CLOSURE_PARAMETERS),
    },
)

HISTORY = AllowList(
    HistoryDocument,
    {
        **named("site", "name", "exercise", "start", "end", "as_known_at"),
        "band": rows(named("start", "end", "status")),
        "parameters": part(shared.CLOSURE_PARAMETERS),
    },
)

LISTED = AllowList(ListedEvent, {**shared.EVENT, **named("what", "place", "heads_dispersed")})

TERRITORY = AllowList(
    TerritoryDocument,
    {
        **named("code", "name", "level", "exercise", "as_of", "as_known_at"),
        "summary": part(named("weeks", "weeks_observed", "visits", "heads", "share")),
        "weeks": rows(
            named("week", "visits", "places", "heads", "heads_counted", "share", "low", "high")
        ),
        "sites": rows(CLOSURE),
        "events": rows(LISTED),
    },
)

TERRITORIES = AllowList(
    TerritoriesDocument,
    {
        **named("first_week", "last_week", "as_known_at", "exercise"),
        "territories": rows(
            named("code", "name", "level", "weeks", "weeks_observed", "visits", "heads", "share")
        ),
    },
)

_BOUNDS = part(named("value", "low", "high"))

DETECTION = AllowList(DetectionDocument, {
    **named("start", "end", "as_known_at", "exercise", "pairs", "joint", "contradictory"),
    **named("counted", "method", "reason", "likely", "in_groups"),
    **dict.fromkeys(("seen", "unseen", "present", "one_by_one", "overdispersion"), _BOUNDS),
    "parameters": part(shared.DETECTION_PARAMETERS),
})  # fmt: skip

_HALF_DAY = part(named("visits", "heads", "inside"))

PUBLISHED = AllowList(
    CountDocument,
    {
        **shared.PUBLISHED,
        "seen": part({"day": _HALF_DAY, "night": _HALF_DAY}),
    },
)

ALARM = AllowList(AlarmDocument, named(
    "week", "weeks", "heads", "expected", "p", "places", "radius_m", "territory", "nearest_site",
    *_PLACE,
))  # fmt: skip

ROUNDS = AllowList(RoundsDocument, {
    **named("as_of", "due_by", "exercise"),
    "rounds": rows(
        {
            **named("day_part", "length_m"),
            "stops": rows(
                {
                    **named("site", "name", "territory", "quartier", "status", "p_clear"),
                    **named("visits_needed", "due", "last_visit_at"),
                    "stopping": part(shared.STOPPING),
                    **shared.WAY,
                    "whereabouts": shared.WHEREABOUTS,
                }
            ),
        }
    ),
})  # fmt: skip

ROUND_PLAN = AllowList(RoundPlanDocument, {
    **named("as_of", "exercise", "day_part", "crews", "shift_min", "visit_min"),
    "rounds": rows(
        {
            **named("crew", "length_m", "minutes"),
            "stops": rows(
                {
                    **named(
                        "site", "name", "territory", "quartier", "lon", "lat",
                        "arrives_min", "ridden", "days_seen", "status", "p_clear", "due",
                    ),
                    "stopping": part(shared.STOPPING),
                    **shared.WAY,
                    "whereabouts": shared.WHEREABOUTS,
                    "why": rows(
                        {**named("code", "share"), **withheld("event", "role", "weeks", "needed")}
                    ),
                }
            ),
        }
    ),
    "missed": rows(named("site", "name", "due")),
    "studies": empty,
    "studies_left_out": null,
    "standing": null,
    "chance": part({
        **named("cells", "cell_m", "days", "rounds", "least", "median"),
        **named("listed", "seen", "drawn_on", "without"),
        "classes": rows(named("least", "cells")),
    }),
})  # fmt: skip

_ROW: Fields = named(
    "code", "name", *_CHANGE, "share", "near", "holds_target", "visits_before", "visits_after"
)
_ACCOUNT = ("fall", "found_nearby", "new_places", "not_found")

DISPLACEMENT = AllowList(DisplacementDocument, {
    "event": part(shared.EVENT),
    **named("exercise", "as_known_at", "imprecise", "scope"),
    "before": part(shared.WINDOW),
    "after": part(shared.WINDOW),
    **named("cut_by", "level", "finding", "belief"),
    "target": part(named(*_CHANGE)),
    "net": part(named(*_CHANGE)),
    "displaced_share": _ESTIMATE,
    "placebo": part(shared.PLACEBO),
    "cautious_p": plain,
    "slope": part(
        named("before", "controls", "estimate", "low", "high", "p", "ratio", "explains")
    ),
    "course": rows(named("week", "heads", "comparable")),
    "accounting": part(
        {**named(*_ACCOUNT), "intervals": part(dict.fromkeys(_ACCOUNT, _ESTIMATE))}
    ),
    "new_places": rows(
        {
            **named("territory", "territory_name", *_HEADS),
            **named("stands", "weeks_seen", "near", "before_known"),
            "before": _ESTIMATE,
            **named("lon", "lat"),
        }
    ),
    "farther": rows(_ROW),
    "borders": rows(named("territories", "before", "after", "lon", "lat")),
    "warnings": rows(named("code", "unit", "territory", "before", "after", "name", "text")),
    "wdd": part(named(*_WDD)),
    "wdd_heads": part(named(*_WDD)),
    "wdq": part(named("value", "reason")),
    "effort_ratio": plain,
    "panel": part(named("ratio", "low", "high", "p", "dispersion")),
    "territories": rows(_ROW),
    "not_predicted": plain,
    "rings": rows({**named("inner_m", "outer_m"), "change": part(named(*_CHANGE))}),
    "flows": rows(
        named("from", "to", "new", *_HEADS, "bound_low", "bound_high", "metres", "way")
    ),
    "left_or_not_found": part(named(*_HEADS)),
    "arrived": part(named(*_HEADS)),
    "care_distance_m": part(shared.CARE_DISTANCE),
    "sample": part(
        {
            **named("visits", "places", "places_near", "controls"),
            "elsewhere": part(
                named(
                    "places", "visits_before", "visits_after", "heads_per_visit_before",
                    "heads_per_visit_after",
                )
            ),
        }
    ),
    "parameters": part(shared.DISPLACEMENT_PARAMETERS),
})  # fmt: skip

CHANGE_DETAIL = AllowList(ChangeDetail, named("status", "name", "rank", "quartier"))
"""What goes along with the change of a closure's state, and with a new hotspot."""
