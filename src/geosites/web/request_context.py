"""One request as its handler sees it: who asks, the store, the clock, the page to fill.

A handler gets its connection here and nowhere else, and none before the policy has said yes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from fastapi import Depends, Request

from geosites.db import journal
from geosites.permissions.authorized_queries import QueryContext
from geosites.permissions.policy import UNCONSULTED, Grant, Permission, Principal, decide
from geosites.presentation.pages import Page
from geosites.web.authentication import badge, identify, write_use
from geosites.web.config import WebConfig
from geosites.web.query_params import page_of

LONGEST_MOTIVE = 200
LONGEST_REFERENCE = 100
CHANNELS = frozenset({"api", "layers", "ogc", "tiles", "feed.atom"})


@dataclass
class RequestContext:
    """What a handler needs besides its parameters; it opens its transaction by `begin`."""

    request: Request
    permission: Permission
    config: WebConfig
    now: dt.datetime
    page: Page
    grant: Grant = field(init=False)
    """What was granted; there once the transaction was opened."""

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """Open a transaction for who asks, which commits at the end of the block.

        Raises `NotSignedIn` where nobody says who asks, `Forbidden` where they may not.
        """
        with self.request.app.state.store.begin() as conn:
            principal = identify(conn, self.request, self.now)
            self.page = self.page.signed(badge(principal))
            self.grant = decide(principal, self.permission, self.motive)
            journal.act_as(conn, principal, self.channel, self.motive)
            yield conn
            if self.permission not in UNCONSULTED:
                journal.consulted(conn, self._route, list(self._references()))
        write_use(self.request.app.state.store, self.request, self.now)

    @property
    def motive(self) -> str | None:
        """Why exact geometry is asked for, as the header `X-Motive` or the address says."""
        said = self.request.headers.get("x-motive") or self.request.query_params.get("motive")
        return " ".join((said or "").split())[:LONGEST_MOTIVE] or None

    @property
    def channel(self) -> str:
        """By which way the answer goes out, as the journal calls it."""
        first = self.request.url.path.split("/")[1]
        return first if first in CHANNELS else "page"

    @property
    def _route(self) -> str:
        return f"{self.permission}: {getattr(self.request.scope.get('route'), 'path', '')}"

    def _references(self) -> Iterator[str]:
        """Yield what was asked about: the names in the address, cut short, and never a body."""
        asked = (*self.request.path_params.items(), *self.request.query_params.items())
        for name, value in asked:
            if name != "motive":
                yield f"{name}={value}"[:LONGEST_REFERENCE]

    @property
    def asked(self) -> QueryContext:
        """Return what decides how precisely this visit is answered; known as the viewer is."""
        return QueryContext(grant=self.grant, now=self.now, threshold=self.config.threshold)

    @property
    def principal(self) -> Principal:
        """Return who asks; known once the transaction was opened."""
        return self.grant.principal


class Requires:
    """The dependency that makes the visit of a route, and by which the route says its act."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> RequestContext:
        """Return the visit that a request is; holds no connection."""
        config = request.app.state.config
        return RequestContext(request, self.permission, config, config.clock(), page_of(request))


def requires(permission: Permission) -> Any:
    """Return the mark by which a route declares its visit and the act it is for."""
    return Depends(Requires(permission))
