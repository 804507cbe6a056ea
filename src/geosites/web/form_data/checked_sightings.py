"""Checking one sighting: the data shown to the coordinator, and the correction form."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from uuid import UUID

import shapely
import sqlalchemy as sa

from geosites.core.crs import to_geographic
from geosites.core.errors import NotFound, phrase
from geosites.core.precision import cell_middles
from geosites.core.records import Sighting, Site
from geosites.db.geography import territories
from geosites.db.reports import sighting_checks
from geosites.db.reports.sighting_checks import CheckLine
from geosites.permissions.masking import in_scope
from geosites.permissions.report_scope import require_place
from geosites.presentation.formatting import Words
from geosites.validation import SightingIn
from geosites.web.form_data.forms import (
    Mistaken,
    TypedForm,
    clock_text,
    decimal_text,
    mistakes,
    required,
)
from geosites.web.form_data.report_dependencies import (
    NEAR_M,
    near_name,
    seen_sites,
    validation_context,
)
from geosites.web.request_context import RequestContext
from geosites.web.views.reporting.report_form import site_choices
from geosites.web.views.reporting.sighting_checks import SeenSighting

FIELDS = {"lat": "lon", "x": "lon", "y": "lon", "accuracy_m": "lon"}
"""Form fields by report column, where the names differ."""


class TypedCorrection(TypedForm):
    """Form to correct a sighting. An empty position is not changed."""

    version: str = ""
    reason: str = ""
    back: str = ""
    headcount: str = ""
    observed_at: str = ""
    offset: str = ""
    site: str = ""
    lon: str = ""
    lat: str = ""


def visible(conn: sa.Connection, context: RequestContext, identifier: UUID) -> CheckLine:
    """Return a sighting in scope with its version; raises `NotFound` for any other."""
    row = sighting_checks.versions(conn, identifier)
    if not row or row[-1].until is not None:
        raise NotFound("sighting", str(identifier))
    if not in_scope(context.principal, [row[-1].sighting.territory]).all():
        raise NotFound("sighting", str(identifier))
    return CheckLine(sighting=row[-1].sighting, since=row[-1].since)


def seen(
    conn: sa.Connection, context: RequestContext, lines: Sequence[CheckLine]
) -> list[SeenSighting]:
    """Return sightings at the principal's precision: exact with a motive, or of the own unit."""
    known = seen_sites(conn, context)
    return [_seen(conn, context, line, known) for line in lines]


def places(conn: sa.Connection, context: RequestContext, versions: Sequence[Sighting]) -> list[str]:
    """Return where versions of a sighting were, by name."""
    known = seen_sites(conn, context)
    return [_place(conn, context, item, _point(context, item), known) for item in versions]


def _seen(
    conn: sa.Connection, context: RequestContext, line: CheckLine, known: Sequence[Site]
) -> SeenSighting:
    sighting, point = line.sighting, _point(context, line.sighting)
    ((lon, lat),) = to_geographic([[point.x, point.y]]).round(6).tolist()
    return SeenSighting(
        sighting=sighting,
        since=line.since,
        place=_place(conn, context, sighting, point, known),
        lon=f"{lon:.6f}",
        lat=f"{lat:.6f}",
        exact=_exact(context, sighting),
    )


def _exact(context: RequestContext, sighting: Sighting) -> bool:
    own = bool(context.principal.unit) and sighting.unit == context.principal.unit
    return context.grant.exact or own


def _point(context: RequestContext, sighting: Sighting) -> shapely.Point:
    if _exact(context, sighting):
        return sighting.point
    return shapely.Point(cell_middles([sighting.point.x, sighting.point.y]))


def _place(
    conn: sa.Connection,
    context: RequestContext,
    sighting: Sighting,
    point: shapely.Point,
    known: Sequence[Site],
) -> str:
    words, names = context.page.words, {site.slug: site.name for site in known}
    if sighting.site in names:
        return names[sighting.site]
    return _beside(words, point, known) or ", ".join(territories.names_at(conn, point))


def _beside(words: Words, point: shapely.Point, known: Sequence[Site]) -> str | None:
    apart = [(float(shapely.distance(point, site.perimeter)), site.name) for site in known]
    metres, name = min(apart, default=(NEAR_M, ""))
    return near_name(words, name, metres) if metres < NEAR_M else None


def typed_again(line: CheckLine, *, exact: bool) -> TypedCorrection:
    """Return a sighting as it would be typed again; its position only where that may be seen."""
    there = line.sighting
    lon, lat = "", ""
    if exact:
        position = to_geographic([[there.point.x, there.point.y]]).round(6)[0]
        lon, lat = (f"{value:.6f}" for value in position.tolist())
    return TypedCorrection(
        version=line.since.isoformat(),
        headcount=str(there.headcount),
        observed_at=clock_text(there.observed_at),
        site=there.site or "",
        lon=lon,
        lat=lat,
    )


def corrected(
    conn: sa.Connection, context: RequestContext, line: CheckLine, typed: TypedCorrection
) -> Sighting:
    """Return a sighting with the form's values; raises `Mistaken` for invalid fields."""
    required(typed, "headcount", "observed_at")
    there, shown = line.sighting, typed_again(line, exact=_exact(context, line.sighting))
    given = _position(conn, context, typed, shown, there)
    timed = typed.observed_at != shown.observed_at or bool(typed.offset)
    given["observed_at"] = (
        typed.observed_at + typed.offset if timed else there.observed_at.isoformat()
    )
    if typed.site:
        given["site"] = typed.site
    with mistakes("lon", FIELDS):
        report = SightingIn.model_validate({**given, "headcount": typed.headcount})
        made = report.to_record(validation_context(conn, context))
        require_place(context.principal, made.territory)
    changes: dict[str, object] = {"headcount": made.headcount, "site": made.site}
    if timed:
        changes |= {"observed_at": made.observed_at, "time_precision": made.time_precision}
    if "lon" in given:
        changes |= {"point": made.point, "territory": made.territory}
        changes["accuracy_m"] = made.accuracy_m
    return dataclasses.replace(there, **changes)  # type: ignore[arg-type]


def _position(
    conn: sa.Connection,
    context: RequestContext,
    typed: TypedCorrection,
    shown: TypedCorrection,
    there: Sighting,
) -> dict[str, str]:
    """Return the position as columns of a report: typed, that of another site, or as it was."""
    kept = {"x": repr(there.point.x), "y": repr(there.point.y)}
    moved = (typed.lon, typed.lat) != (shown.lon, shown.lat) and bool(typed.lon or typed.lat)
    if moved:
        if not (typed.lon and typed.lat):
            raise Mistaken({"lon" if not typed.lon else "lat": phrase("is missing")})
        return {"lon": decimal_text(typed.lon), "lat": decimal_text(typed.lat)}
    if not typed.site or typed.site == shown.site:
        return kept
    choices = {choice.value: choice for choice in site_choices(seen_sites(conn, context))}
    if typed.site not in choices:
        raise Mistaken({"site": phrase("choose one of the list")})
    site = choices[typed.site]
    return {"lon": str(site.lon), "lat": str(site.lat), "accuracy_m": str(site.accuracy_m)}
