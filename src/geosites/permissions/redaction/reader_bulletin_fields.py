"""The fields of a bulletin for those who see by cell, who read it as it was issued."""

from __future__ import annotations

from geosites.core.documents.bulletins import BulletinDocument
from geosites.core.weeks import DAY_PARTS
from geosites.permissions.redaction import reader_fields as reader
from geosites.permissions.redaction import shared_fields as shared
from geosites.permissions.redaction.allow_list import AllowList, by_week, named, part, plain, rows

_FIGURES = part(named("visits", "places", "heads", "hotspots"))
_MOVES = (
    "event", "before", "after", "cut_by", "level", "finding", "belief", "target", "net",
    "displaced_share", "placebo", "cautious_p", "slope", "accounting", "new_places", "farther",
    "borders", "warnings", "effort_ratio", "territories", "flows", "left_or_not_found", "arrived",
    "sample",
)  # fmt: skip

_LAYER = part(
    {
        **named("type", "bbox", "classes", "credit"),
        "features": rows(
            {
                "type": plain,
                "geometry": part(named("type", "coordinates")),
                "properties": part(
                    named("kind", "rank", "label", "level", "status", "sign", "code")
                ),
            }
        ),
    }
)

BULLETIN = AllowList(
    BulletinDocument,
    {
        **named("format", "edition", "week", "start", "end", "as_known_at", "exercise"),
        "hotspots": part(reader.WEEK),
        "alarms": rows(reader.ALARM),
        "changes": part(
            {
                "since": plain,
                "before": _FIGURES,
                "now": _FIGURES,
                "same_places": part(named("places", "before", "after", "change", "low", "high")),
                "hotspots_new": plain,
                "hotspots_gone": rows(
                    named("rank", "heads", "territory", "quartier", "nearest_site")
                ),
                "closures": rows(named("site", "name", "before", "now", "p_before", "p_now")),
            }
        ),
        "operations": part(
            {
                "total": plain,
                "events": rows(
                    {
                        "event": part(shared.EVENT),
                        "place": plain,
                        "answer": part({name: reader.DISPLACEMENT[name] for name in _MOVES}),
                        "cause": plain,
                    }
                ),
            }
        ),
        "closures": part({"as_of": plain, "sites": rows(reader.CLOSURE_SUMMARY)}),
        "effort": part(
            {
                "day_parts": part(named(*DAY_PARTS, "unknown")),
                "look_back_weeks": plain,
                "gaps": rows(
                    named("territory", "quartier", "nearest_site", "visits", "last_visit_at")
                ),
                "gaps_total": plain,
            }
        ),
        "figures": by_week(_FIGURES),
        "revisions": rows(named("week", "figure", "published", "now")),
        "map": part({"streets": _LAYER, "ground": _LAYER, "week": _LAYER}),
    },
)
"""What a bulletin holds, which those who see by cell read as it was issued."""
