"""Confirmation questions before a report is accepted: possible values that are likely slips.

Nothing here refuses a report. Each question has a code; a report with that code among the confirmed
ones is accepted.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import shapely

from geosites.core.errors import Question, phrase
from geosites.core.records import Sighting

ROUGH_M = 200.0
"""Accuracy beyond which a position only identifies the neighbourhood."""

OLD = dt.timedelta(days=31)
"""A report of an earlier day is usual; one this old is more often a wrong month or year."""

BESIDE_M = 50.0
"""Maximum distance from the perimeter for a crew that observes the site."""


def questions(
    sighting: Sighting,
    perimeter: shapely.Geometry | None,
    *,
    now: dt.datetime,
    plausible_heads: int,
) -> Iterator[Question]:
    """Yield the questions about a sighting; `perimeter` (metres) is that of the site it names."""
    heads, accuracy_m = sighting.headcount, sighting.accuracy_m or 0.0
    if heads > plausible_heads:
        text = phrase("%(heads)s people: is the count right?", heads=heads)
        yield Question.of(code="heads", text=text)
    if sighting.observed_at < now - OLD:
        days = (now - sighting.observed_at).days
        text = phrase("This was %(days)s days ago: is the date right?", days=days)
        yield Question.of(code="old", text=text)
    if perimeter is None and accuracy_m > ROUGH_M:
        text = phrase(
            "The position is known to %(metres)s m only: tap the map or choose a site.",
            metres=round(accuracy_m),
        )
        yield Question.of(code="accuracy", text=text)
    if perimeter is not None:
        apart_m = shapely.distance(sighting.point, perimeter)
        if apart_m > accuracy_m + BESIDE_M:
            text = phrase(
                "The site and the position lie %(metres)s m apart: is it this site?",
                metres=round(apart_m),
            )
            yield Question.of(code="site", text=text)
