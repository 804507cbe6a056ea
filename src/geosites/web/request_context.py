"""Route permissions, decided before the handler runs, and the request context it gets.

`requires(permission)` is the dependency by which a route declares its permission. It refuses
cross-site requests that would write, authenticates the principal, and decides. It releases its
connection before the handler begins: holding one while waiting for a second would deadlock a full
pool.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import Request, params
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from geosites.core import deadline
from geosites.core.errors import NotFound
from geosites.db import journal
from geosites.permissions.policy import (
    LONGEST_MOTIVE,
    UNCONSULTED,
    Grant,
    Permission,
    Principal,
    decide,
)
from geosites.permissions.query_context import QueryContext
from geosites.presentation.template_rendering import Page
from geosites.validation.free_text.notes import TextKind, reason_against
from geosites.web.app_config import WebConfig
from geosites.web.http.query_params import page_of
from geosites.web.security.authentication import authenticate, badge
from geosites.web.security.csrf import require_own_page

LONGEST_REFERENCE = 100
WHOLE_FILES = frozenset({Permission.EXPORT, Permission.ISSUE_BULLETIN})
"""Permissions with a longer deadline, whose response is a whole file."""
WHOLE_FILES_S = 600.0
CHANNELS = frozenset({"api", "layers", "ogc", "tiles", "feed.atom"})


@dataclass(frozen=True, kw_only=True)
class RequestContext:
    """Context of a handler: principal, grant, clock, page.

    `motive` is the reason for exact geometry, as used in the decision.
    """

    request: Request
    config: WebConfig
    now: dt.datetime
    page: Page
    grant: Grant
    motive: str | None

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """Open a transaction that is journaled under the principal; it commits at the end of the
        block.

        Reads are journaled last. No permission is decided here.
        """
        with self.request.app.state.store.begin() as conn:
            journal.act_as(conn, self.principal, self.channel, self.motive)
            try:
                yield conn
            except NotFound as error:
                if self.principal.scope and error.near:
                    raise NotFound(error.what, error.name) from None  # near ones may lie elsewhere
                raise
            if self.grant.permission not in UNCONSULTED:
                journal.consulted(conn, self._route, list(self._references()))

    def journal_read(self) -> None:
        """Journal that something was read, for an answer that needs nothing else of the store."""
        with self.begin():
            pass

    @property
    def channel(self) -> str:
        """The channel of the response, as named in the journal."""
        first = self.request.url.path.split("/")[1]
        return first if first in CHANNELS else "page"

    @property
    def _route(self) -> str:
        route = getattr(self.request.scope.get("route"), "path", "")
        return f"{self.grant.permission}: {route}"

    def _references(self) -> Iterator[str]:
        """Yield the subject of a request: names in the URL, truncated, and never a body.

        Anybody can write anything into a URL, and the journal is stored: parameters that the route
        does not read are left out, and a text that identifies a person is replaced by the
        parameter's name.
        """
        for name, value in self.request.path_params.items():
            yield f"{name}={value}"[:LONGEST_REFERENCE]
        read = _read_by(self.request.scope.get("route"))
        for name, value in self.request.query_params.items():
            if name != "motive" and (read is None or name in read):
                yield f"{name}={_impersonal(str(value))}"[:LONGEST_REFERENCE]

    @property
    def asked(self) -> QueryContext:
        """Return the inputs that determine the precision of the response."""
        return QueryContext(grant=self.grant, now=self.now, threshold=self.config.threshold)

    @property
    def principal(self) -> Principal:
        """Return the principal."""
        return self.grant.principal


def _read_by(route: object) -> frozenset[str] | None:
    """Return the query parameters that a route reads, or None if it handles them itself.

    The routes of collections parse theirs, and refuse unknown ones.
    """
    dependant: Dependant | None = getattr(route, "dependant", None)
    if dependant is None or str(getattr(route, "path", "")).startswith("/ogc"):
        return None
    return _parameters(dependant)


def _parameters(dependant: Dependant) -> frozenset[str]:
    found: set[str] = set()
    for field in dependant.query_params:
        kind = field.field_info.annotation
        inner = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
        found |= {item.alias or name for name, item in inner.items()} or {field.alias}
    for needed in dependant.dependencies:
        found |= _parameters(needed)
    return frozenset(found)


def _impersonal(value: str) -> str:
    """Return a value for the journal: instants, numbers and slugs are unchanged."""
    is_text = re.search(r"[^\W\d_]{2}", value) and (" " in value or value != value.lower())
    told = is_text and reason_against(value[:LONGEST_REFERENCE], TextKind.MOTIVE) is not None
    return "…" if told else value


class Requires:
    """The dependency that decides whether a request is granted the permission of its route."""

    def __init__(self, permission: Permission, *, whole_area: bool = False) -> None:
        self.permission = permission
        self.whole_area = whole_area

    def __call__(self, request: Request) -> RequestContext:
        """Return the context of a request that is granted the permission.

        Raises `NotSignedIn` without authentication, `Forbidden` if the permission is denied, the
        scope is smaller than the area of the response, or the request is cross-site, and `Refused`
        if a motive is missing.
        """
        require_own_page(request)
        config: WebConfig = request.app.state.config
        now, motive = config.clock(), motive_of(request)
        principal = authenticate(request, now)
        request.app.state.shares.learn(request.headers, principal.login)
        request.scope["geosites.login"] = principal.login
        grant = decide(principal, self.permission, motive)
        if self.whole_area:
            grant.require_whole_area()
        allowed = deadline.current()
        if allowed is not None and self.permission in WHOLE_FILES:
            allowed.extend(WHOLE_FILES_S)
        return RequestContext(
            request=request,
            config=config,
            now=now,
            page=page_of(request).signed(badge(principal)),
            grant=_named(request, grant),
            motive=motive and motive[:LONGEST_MOTIVE],
        )


def _named(request: Request, grant: Grant) -> Grant:
    """Return the grant; raise `NotFound` for a name that cannot be in the store."""
    for name, value in request.path_params.items():
        if "\0" in str(value):
            raise NotFound(name, str(value).replace("\0", ""))
    return grant


def requires(permission: Permission, *, whole_area: bool = False) -> params.Depends:
    """Return the dependency by which a route declares its permission.

    `whole_area`: the response shows the whole city, so accounts with a scope are refused.
    """
    return params.Depends(Requires(permission, whole_area=whole_area))


def motive_of(request: Request) -> str | None:
    """Return the motive for exact geometry: the header `X-Motive`, or `motive` in the URL."""
    text = request.headers.get("x-motive") or request.query_params.get("motive")
    return " ".join((text or "").split()) or None
