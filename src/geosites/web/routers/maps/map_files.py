"""Printable maps: A4 images with scale bar, legend and credits."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from starlette.responses import Response

from geosites import services
from geosites.core.weeks import IsoWeek
from geosites.maps import map_export
from geosites.permissions.policy import Permission
from geosites.web.request_context import RequestContext, requires

Form = Literal["png", "svg"]
MEDIA_TYPES = {"png": "image/png", "svg": "image/svg+xml"}

router = APIRouter(include_in_schema=False)


@router.get("/maps/hotspots/{week}.{form}")
def get_week(
    week: str,
    form: Form,
    context: Annotated[RequestContext, requires(Permission.READ_MAP, whole_area=True)],
) -> Response:
    """Return the map of a week as a picture."""
    with context.begin() as conn:
        answer = services.hotspots(conn, IsoWeek.parse(week))
        language = context.page.words.language
        draw = map_export.week_files(conn, answer, context.now, language, context.asked)[form]
        picture = draw()
    return _picture(picture, f"map-{answer.week}", form)


@router.get("/maps/displacement/{event}.{form}")
def get_displacement(
    event: str,
    form: Form,
    context: Annotated[RequestContext, requires(Permission.READ_EVENT_MAP, whole_area=True)],
) -> Response:
    """Return the map of what followed an event as a picture."""
    with context.begin() as conn:
        about = services.events.parse(conn, event)
        study = services.displacement(conn, about)
        language = context.page.words.language
        draw = map_export.displacement_files(conn, about, study, language, context.asked)[form]
        picture = draw()
    return _picture(picture, f"displacement-{about.at:%Y-%m-%d}", form)


def _picture(content: bytes, name: str, form: Form) -> Response:
    shown = {"Content-Disposition": f'inline; filename="{name}.{form}"'}
    return Response(content, headers=shown, media_type=MEDIA_TYPES[form])
