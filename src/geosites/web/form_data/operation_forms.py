"""Operation form, typed or drawn on its map."""

from __future__ import annotations

import dataclasses
import datetime as dt
from uuid import uuid4

import shapely
import sqlalchemy as sa

from geosites.core.crs import geometry_to_geographic
from geosites.core.errors import phrase
from geosites.core.records import Operation
from geosites.validation import OperationIn
from geosites.web.form_data.drawn_areas import KEPT, TypedArea, as_geojson, columns
from geosites.web.form_data.forms import Mistaken, clock_text, mistakes, required
from geosites.web.form_data.report_dependencies import validation_context
from geosites.web.request_context import RequestContext

FIELDS = {"wkt": "shape", "x": "lon", "y": "lat"}
"""Form fields by report column, where the names differ."""

_TEXTS = ("kind", "headcount_dispersed", "arrests", "site", "unit", "source")


class TypedOperation(TypedArea):
    """Form to enter or edit an operation; times are in the city's time zone.

    `version` is that of the operation, if there is one; `id` prevents a form sent twice from adding
    two.
    """

    version: str = ""
    id: str = ""
    kind: str = ""
    started_at: str = ""
    ended_at: str = ""
    headcount_dispersed: str = ""
    arrests: str = ""
    site: str = ""
    unit: str = ""
    source: str = ""


def empty(context: RequestContext) -> TypedOperation:
    """Return the form of a new operation."""
    return TypedOperation(
        id=str(uuid4()), kind="dispersal", shape="circle", unit=context.principal.unit
    )


def typed_again(there: Operation, since: dt.datetime) -> TypedOperation:
    """Return the form values of an operation, with its area unchanged."""
    counts = {
        name: "" if (value := getattr(there, name)) is None else str(value)
        for name in ("headcount_dispersed", "arrests")
    }
    return TypedOperation(
        version=since.isoformat(),
        id=str(there.id),
        kind=there.kind,
        started_at=clock_text(there.started_at),
        ended_at=clock_text(there.ended_at),
        site=there.site or "",
        unit=there.unit or "",
        source=there.source or "",
        shape=KEPT,
        geojson=as_geojson(there.area),
        **counts,
    )


def made(
    conn: sa.Connection,
    context: RequestContext,
    typed: TypedOperation,
    there: Operation | None = None,
) -> Operation:
    """Return the operation in the form, which replaces `there`; raises `Mistaken`.

    A time that was not changed keeps its seconds and its precision.
    """
    required(typed, "started_at", "ended_at", "kind")
    given = {name: text for name in _TEXTS if (text := getattr(typed, name))}
    keeps = typed.shape == KEPT and there is not None
    area = _anywhere(there) if keeps and there else columns(conn, context, typed)
    for name in ("started_at", "ended_at"):
        given[name] = _time(typed, there, name)
    with mistakes("shape", FIELDS):
        report = OperationIn.model_validate({"id": typed.id or None, **given, **area})
        record = report.to_record(validation_context(conn, context))
    if keeps and there is not None:
        record = dataclasses.replace(record, area=there.area)
    if there is not None:
        record = dataclasses.replace(record, id=there.id)
        if given["started_at"] == there.started_at.isoformat():
            record = dataclasses.replace(record, time_precision=there.time_precision)
    with mistakes("shape"):
        context.asked.require_area(conn, record.area)
    return record


def _time(typed: TypedOperation, there: Operation | None, name: str) -> str:
    text = str(getattr(typed, name))
    if there is not None and text == clock_text(getattr(there, name)):
        return str(getattr(there, name).isoformat())
    if "T" not in text:
        raise Mistaken({name: phrase("give the day and the time")})
    return text


def _anywhere(there: Operation) -> dict[str, str]:
    """Return the area columns of an operation whose area is unchanged."""
    inside = geometry_to_geographic(shapely.point_on_surface(there.area))
    return {"lon": repr(inside.x), "lat": repr(inside.y), "radius_m": "10"}
