"""Status history of a site."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.analysis.closure import (
    EvidenceParameters,
    Hazard,
    Nearby,
    Stretch,
    nearby_at,
    status_band,
)
from geosites.core.documents.closures import HistoryDocument
from geosites.core.records import Site
from geosites.db.closure import closure_inputs, closures
from geosites.db.closure.closure_inputs import Dossier
from geosites.services.closure_status.closure import closure_parameters
from geosites.services.closure_status.reactivation_hazard import closure_hazard

BEFORE_CLOSURE = dt.timedelta(days=60)
"""How much is shown of the time before the first closure."""


@dataclass(frozen=True, kw_only=True)
class SiteHistory:
    """Periods of constant status from `start` to before `end`, as known at an instant.

    Each period uses the visits made until then, as known now, and the hazard learned by the end: it
    is the past as seen now, not the answers given then. `nearby` are the people beside the
    perimeter just before the end.
    """

    site: Site
    start: dt.datetime
    end: dt.datetime
    band: tuple[Stretch, ...]
    nearby: Nearby | None
    hazard_per_year: float
    as_known_at: dt.datetime | None
    exercise: bool

    def document(self) -> HistoryDocument:
        """Return the history as a JSON document."""
        return {
            "site": self.site.slug,
            "name": self.site.name,
            "exercise": self.exercise,
            "start": self.start,
            "end": self.end,
            "as_known_at": self.as_known_at,
            "band": [
                {"start": item.start, "end": item.end, "status": item.status.value}
                for item in self.band
            ],
            "parameters": closure_parameters(self.hazard_per_year, EvidenceParameters()),
        }


def history(
    conn: sa.Connection,
    slug: str,
    start: dt.datetime | None,
    end: dt.datetime,
    *,
    as_known_at: dt.datetime | None = None,
) -> SiteHistory:
    """Return the status of a site over time; by default from some time before its first closure.

    Raises `NotFound` with near slugs, and `Refused` where `end` is not after `start`.
    """
    dossier = closure_inputs.get(conn, slug, as_known_at)
    learned = closure_hazard(conn, end, as_known_at)
    return _told(dossier, start or _first(dossier, end), end, learned, as_known_at)


def histories(conn: sa.Connection, start: dt.datetime, end: dt.datetime) -> Iterator[SiteHistory]:
    """Yield the status over time of every site that was ever closed, by slug."""
    learned = closure_hazard(conn, end)
    closed = {item.site for item in closures.list_all(conn)}
    for dossier in closure_inputs.list_all(conn, closed):
        yield _told(dossier, start, end, learned, None)


def _first(dossier: Dossier, end: dt.datetime) -> dt.datetime:
    begun = [item.closed_from for item in dossier.closures if item.closed_from < end]
    return min(begun, default=end) - BEFORE_CLOSURE


def _told(
    dossier: Dossier,
    start: dt.datetime,
    end: dt.datetime,
    learned: Hazard,
    as_known_at: dt.datetime | None,
) -> SiteHistory:
    band = status_band(
        dossier.visits, dossier.closures, start, end, hazard_per_year=learned.per_year
    )
    return SiteHistory(
        site=dossier.site,
        start=start,
        end=end,
        band=band,
        nearby=nearby_at(dossier.visits, dossier.closures, end),
        hazard_per_year=learned.per_year,
        as_known_at=as_known_at,
        exercise=dossier.exercise,
    )
