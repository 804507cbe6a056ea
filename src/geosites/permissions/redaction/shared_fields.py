"""Fields that are the same for every reader: parameters, sample sizes, windows, texts."""

from __future__ import annotations

from geosites.permissions.redaction.allow_list import Fields, named, part, plain, rows

LANGUAGES = named("fr", "en")

WHEREABOUTS = part(named("street", "crossing", "crossing_m", "station", "station_m", "direction"))
"""Where a place is by streets and stations."""

WAY: Fields = {**named("leg_m", "way"), "along": rows(named("street", "metres"))}
"""How one gets to a stop."""

WEEK_PARAMETERS = named(
    "bandwidth_m", "cell_m", "significance", "alpha", "place_radius_m", "place_merge_m", "reach_m",
    "permutations", "floor_week", "floor_visits",
)  # fmt: skip

CLOSURE_PARAMETERS = named(
    "hazard_per_year", "prior_clear", "prior_reopened", "prior_a", "prior_b", "borrowed",
    "learned_visits", "one_part", "same_part", "false_alarm", "active_days", "confirmed_p",
    "probable_p", "settled_p", "min_negatives", "min_day_parts", "min_covered", "fresh_days",
    "nearby_m", "sight_m", "level",
)  # fmt: skip

STOPPING = named("error_visits", "worth_visits", "pays_from", "until")

DISPLACEMENT_PARAMETERS = named(
    "weeks_before", "weeks_after", "place_radius_m", "merge_m", "weeks_seen", "control_heads",
    "new_weeks", "new_heads", "new_share", "ring_edges_m", "event_clearance_m", "level", "alpha",
    "draws",
)  # fmt: skip

WINDOW = named("start", "end")
EVENT = named("kind", "id", "site", "at", "key")

PLACEBO = named(
    "p", "rank_p", "rank_floor", "controls", "t", "ratio", "low", "high", "drift", "tau"
)
"""The place test: ratios and probabilities, and no count of persons."""

CARE_DISTANCE = named("before", "after", "way")

PUBLISHED: Fields = {
    **named("day", "precision", "site"),
    "place": part(LANGUAGES),
    **named("low", "high", "measure", "part", "speakers"),
    "said_by": part(LANGUAGES),
    "source": plain,
    "remark": part(LANGUAGES),
    "beside": part(named("first", "last")),
}
"""Fields of a published count, which are public."""

DETECTION_PARAMETERS = named(
    "within_m", "within_min", "level", "fewest_pairs", "fewest_joint", "fewest_people", "group"
)
