"""Allow-lists of document fields for partners, by territory and week.

Small counts are suppressed beforehand (see `partner_documents`). A key whose value is withheld from
partners is present with null or no rows where the interface promises the key; any other field is
absent.
"""

from __future__ import annotations

from geosites.core.documents.changes import ChangeDetail
from geosites.core.documents.closures import ClosureDocument, HistoryDocument
from geosites.core.documents.crew_detection import DetectionDocument
from geosites.core.documents.displacement import PartnerDisplacement
from geosites.core.documents.events import ListedEvent
from geosites.core.documents.published import CountDocument
from geosites.core.documents.territories import TerritoriesDocument, TerritoryDocument
from geosites.core.documents.weeks import PartnerWeek, TerritoryRow
from geosites.permissions.redaction import shared_fields as shared
from geosites.permissions.redaction.allow_list import (
    AllowList,
    blank,
    day,
    empty,
    named,
    null,
    part,
    rows,
    start_of_day,
    withheld,
)

COUNTED = AllowList(
    TerritoryRow, named("code", "name", "visits", "places", "heads", "heads_counted")
)
"""Released fields of a territory in a week."""

_CHANGE = ("before", "after", "expected", "change", "se", "low", "high", "places")
_WDD = ("estimate", "se", "z", "low", "high", "local", "displaced", "p_one_sided")
_WITHHELD = part(named("threshold", "territories", "total"))

WEEK = AllowList(
    PartnerWeek,
    {
        **named("week", "start", "end", "exercise", "as_known_at", "reason"),
        "parameters": part(shared.WEEK_PARAMETERS),
        **named("visits", "reports", "places", "heads", "heads_counted", "observed_share"),
        **withheld("imprecise", "heads_robust", "heaviest_visit"),
        "hotspots": rows(
            {
                **named("rank", "q_value", "trend", "since_week", "weeks_old", "weeks_found"),
                **named("territory", "discoveries_only"),
                **withheld("area_ha", "heads", "share", "visits", "exceedance_p", "quartier"),
                **withheld("nearest_site", "nearest_site_m", "lon", "lat"),
            }
        ),
        "territories": rows(COUNTED),
        "borders": empty,
        "withheld": _WITHHELD,
    },
)

CLOSURE = AllowList(
    ClosureDocument,
    {
        **named("site", "name", "exercise", "as_of", "as_known_at", "status", "p_clear"),
        **named("p_clear_interval", "closed_since", "closed_until", "legal_ref"),
        **named("visits_since_closure", "empty_visits", "negative_visits", "negatives_in_force"),
        **named("day_parts", "covered_share", "never_checked"),
        **dict.fromkeys(("last_visit_at", "last_positive_at"), start_of_day),
        "nearby": part({**withheld("heads", "within_m", "sightings"), "last_at": day}),
        "last_seen": part({**withheld("heads", "verified", "empty_since"), "at": day}),
        "reoccupied": part(
            {**withheld("most_heads", "sightings"), **dict.fromkeys(("first_at", "last_at"), day)}
        ),
        **dict.fromkeys(("next_visit_due", "lapses_at"), start_of_day),
        **named("next_day_part", "visits_needed", "visit_log"),
        **named("sighting_record_p"),
        "stopping": part({**shared.STOPPING, "until": start_of_day}),
        "evidence": rows(
            {
                **withheld("id", "headcount"),
                "observed_at": day,
                **named("kind", "effect", "p_before", "p_after"),
            }
        ),
        "detection": empty,
        "parameters": part(shared.CLOSURE_PARAMETERS),
    },
)

HISTORY = AllowList(
    HistoryDocument,
    {
        **named("site", "name", "exercise", "start", "end", "as_known_at"),
        "band": rows({**dict.fromkeys(("start", "end"), start_of_day), **named("status")}),
        "parameters": part(shared.CLOSURE_PARAMETERS),
    },
)

LISTED = AllowList(ListedEvent, {**shared.EVENT, **named("what", "place"), "heads_dispersed": null})
"""An event in a list."""

TERRITORY = AllowList(
    TerritoryDocument,
    {
        **named("code", "name", "level", "exercise", "as_of", "as_known_at"),
        "summary": part(
            {**named("weeks", "weeks_observed", "visits"), **withheld("heads", "share")}
        ),
        "weeks": rows(
            {
                **named("week", "visits", "places", "heads", "heads_counted", "withheld"),
                "share": null,
            }
        ),
        "sites": rows(CLOSURE),
        "events": rows(LISTED),
        "withheld": part(named("threshold")),
    },
)

TERRITORIES = AllowList(
    TerritoriesDocument,
    {
        **named("first_week", "last_week", "as_known_at", "exercise"),
        "territories": rows(
            {
                **named("code", "name", "level", "weeks", "weeks_observed", "visits"),
                **withheld("heads", "share"),
            }
        ),
    },
)

_BOUNDS = part(named("value", "low", "high"))

DETECTION = AllowList(
    DetectionDocument,
    {
        **named("start", "end", "as_known_at", "exercise", "pairs", "joint"),
        **named("method", "reason", "in_groups"),
        **withheld("contradictory", "counted", "present", "likely"),
        **dict.fromkeys(("seen", "unseen", "one_by_one", "overdispersion"), _BOUNDS),
        "parameters": part(shared.DETECTION_PARAMETERS),
    },
)
"""Shares over all scenes counted twice, and no number of people."""

PUBLISHED = AllowList(
    CountDocument,
    {
        **shared.PUBLISHED,
        "seen": part({}),
        **named("week"),
        "territories": rows(named("name", "heads")),
    },
)

DISPLACEMENT = AllowList(
    PartnerDisplacement,
    {
        "event": part(shared.EVENT),
        **named("exercise", "as_known_at"),
        "before": part(shared.WINDOW),
        "after": part(shared.WINDOW),
        **named("cut_by", "level", "finding", "belief"),
        "target": blank(*_CHANGE),
        "net": blank(*_CHANGE),
        "displaced_share": null,
        "placebo": part(shared.PLACEBO),
        **named("cautious_p"),
        **withheld("imprecise", "slope", "accounting", "panel"),
        **dict.fromkeys(("course", "new_places", "farther", "borders", "warnings", "rings"), empty),
        "wdd": blank(*_WDD),
        "wdd_heads": blank(*_WDD),
        "wdq": blank("value", "reason"),
        **named("effort_ratio", "not_predicted"),
        "territories": rows(
            {
                **named("code", "name", *_CHANGE, "near", "holds_target"),
                **named("visits_before", "visits_after"),
                "share": null,
            }
        ),
        "flows": rows(
            named("from", "to", "new", "heads", "low", "high", "bound_low", "bound_high")
        ),
        "left_or_not_found": part(named("heads", "low", "high")),
        "arrived": part(named("heads", "low", "high")),
        "care_distance_m": part(shared.CARE_DISTANCE),
        "sample": part(
            {
                **named("visits", "places", "places_near", "controls"),
                "elsewhere": part(
                    {
                        **named("places", "visits_before", "visits_after"),
                        **withheld("heads_per_visit_before", "heads_per_visit_after"),
                    }
                ),
            }
        ),
        "parameters": part(shared.DISPLACEMENT_PARAMETERS),
        "withheld": _WITHHELD,
    },
)
"""Without the target itself, single places, or sums over more than was released."""

CHANGE_DETAIL = AllowList(ChangeDetail, named("status", "name"))
"""Details of a change of a closure's state."""
