"""Map search: places by name, for signed-in users."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from geosites.core.documents.search import FoundPlace, SearchDocument
from geosites.maps.geojson import bbox
from geosites.permissions.policy import Permission
from geosites.presentation.formatting import Words
from geosites.services.places import place_search
from geosites.services.places.place_search import SearchedPlace
from geosites.web.form_data.report_dependencies import seen_sites
from geosites.web.http import responses
from geosites.web.request_context import RequestContext, requires

MOST = 8
AROUND_M = 60.0
"""How much is shown around a point."""

router = APIRouter(include_in_schema=False)


@router.get("/search")
def search(
    context: Annotated[RequestContext, requires(Permission.READ_GROUND)],
    q: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Return the places that a text means, the best first; sites only of one's territories."""
    with context.begin() as conn:
        reads = context.page.may("read closure")
        seen = {site.slug for site in seen_sites(conn, context)} if reads else set()
        found = place_search.find(conn, q, 2 * MOST)
    shown = [place for place in found if place.kind != "site" or place.code in seen]
    result: SearchDocument = {"found": [_told(context, place) for place in shown[:MOST]]}
    return responses.document(result)


def _kinds(words: Words) -> dict[str, str]:
    """Return the labels of the kinds of places."""
    say = words.say
    return {
        "site": say("site"),
        "station": say("station"),
        "street": say("street"),
        "place": say("place"),
        "address": say("house number"),
        "territory": say("territory"),
    }


def _told(context: RequestContext, place: SearchedPlace) -> FoundPlace:
    told: FoundPlace = {
        "kind": place.kind,
        "name": place.name,
        "bbox": bbox(place.extent.buffer(AROUND_M)),
        "note": place.within or _kinds(context.page.words)[place.kind],
    }
    if place.kind == "site" and place.code is not None:
        told["href"] = context.page.links.site(place.code)
    if place.within is not None:
        told["within"] = place.within
    return told
