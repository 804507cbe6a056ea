"""One request as its handler sees it: the store, the clock, the page to fill."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from geosites.render.pages import Page
from geosites.store.connection import Store
from geosites.web.config import WebConfig
from geosites.web.reading import page_of


@dataclass(frozen=True)
class Visit:
    """What a handler needs besides its parameters; it opens its transaction on `store` itself."""

    store: Store
    config: WebConfig
    now: dt.datetime
    page: Page


async def visit_of(request: Request) -> Visit:
    """Return the visit that a request is; holds no connection."""
    state = request.app.state
    return Visit(state.store, state.config, state.config.clock(), page_of(request))


Visiting = Annotated[Visit, Depends(visit_of)]
