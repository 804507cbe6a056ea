"""Security log: one line per sign-in or access event, and counters by event and outcome.

A line says what was attempted, by whom, from where, and with what outcome. An unknown login may be
a password typed into the wrong field. It is therefore logged as a digest, which only allows
comparison.
"""

from __future__ import annotations

import hashlib

import structlog
from fastapi import Request

from geosites.core.errors import (
    Forbidden,
    GeositesError,
    NotSignedIn,
    TooManyRequests,
    TooManyTries,
    WrongProof,
)
from geosites.web.monitoring.metrics import Measures

_log = structlog.get_logger("geosites.security")

REFUSALS: dict[type[GeositesError], str] = {
    NotSignedIn: "not_signed_in",
    Forbidden: "forbidden",
    TooManyTries: "has_to_wait",
    TooManyRequests: "too_many_requests",
    WrongProof: "wrong_proof",
}
"""Errors that are always logged here, and their outcome."""


def note(
    request: Request, what: str, outcome: str, *, login: str | None = None, known: bool = True
) -> None:
    """Write down an event and count it; `known`: somebody has this login."""
    measures: Measures = request.app.state.measures
    measures.security(what, outcome)
    _log.warning(
        "security",
        what=what,
        outcome=outcome,
        who=login if login is None or known else f"sha256:{digest(login)}",
        source=request.client.host if request.client else None,
        route=getattr(request.scope.get("route"), "path", "other"),
    )


def refused(request: Request, error: Exception) -> None:
    """Log a refused request if it concerns access.

    A request without credentials is redirected to the sign-in page, which is not an event.
    """
    outcome = next((told for kind, told in REFUSALS.items() if isinstance(error, kind)), None)
    shown = {"authorization", "cookie"} & set(request.headers)
    if outcome is None or (isinstance(error, NotSignedIn) and not shown):
        return
    login: str | None = request.scope.get("geosites.login")
    note(request, "request", outcome, login=login)


def digest(login: str) -> str:
    """Return a digest of an unknown login, which only allows comparison."""
    return hashlib.sha256(f"geosites login {login}".encode()).hexdigest()[:16]
