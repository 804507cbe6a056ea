"""Query parameters shared by routes: language, address, instants."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated

from fastapi import Query, Request
from pydantic import AwareDatetime, BeforeValidator

from geosites.presentation.i18n import negotiate
from geosites.presentation.path_prefix import rooted
from geosites.presentation.template_rendering import Page

_DAY_FIRST = re.compile(r"\s*\d{4}-\d\d-\d\d")
_SPACE_FOR_PLUS = re.compile(r" (?=\d\d:?\d\d$)")


def page_of(request: Request) -> Page:
    """Return the page that answers a request, in the reader's language, with the answer's nonce."""
    asked = request.query_params.get("lang")
    language = negotiate(asked, request.headers.get("accept-language"))
    page = Page.of(language, asked == language, request.url.path, request.scope["nonce"])
    basemap = request.app.state.config.tiles
    if basemap is None:
        return page
    return replace(page, basemap=replace(basemap.view, url=rooted(basemap.view.url)))


def _with_plus(value: object) -> object:
    """Return an instant with its `+` restored, which arrives as a space in a URL."""
    if not isinstance(value, str):
        return value
    if _DAY_FIRST.match(value) is None:
        raise ValueError("write an instant as ISO 8601 with an offset: 2023-07-13T12:00:00+02:00")
    return _SPACE_FOR_PLUS.sub("+", value)


Instant = Annotated[AwareDatetime, BeforeValidator(_with_plus)]
AsOf = Annotated[Instant | None, Query(description="ISO 8601 with an offset; by default now.")]
AsKnownAt = Annotated[
    Instant | None, Query(description="Leave out what was recorded, verified or corrected later.")
]
