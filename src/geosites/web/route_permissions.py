"""What every route has declared to do. A route that has declared nothing is not served."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from geosites.permissions.policy import Permission
from geosites.web.request_context import Requires


class Open(Enum):
    """The mark of a route that anybody may ask, because nothing of the store is in its answer."""

    OPEN = "open"


OPEN = frozenset(
    {
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/manifest.webmanifest"),
        ("GET", "/worker.js"),
        ("GET", "/report/shell"),
        ("GET", "/favicon.ico"),
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("GET", "/sign-in/oidc"),
        ("GET", "/sign-in/oidc/callback"),
        ("POST", "/sign-out"),
        ("MOUNT", "/static"),
        ("MOUNT", "/static/leaflet"),
    }
)
"""Everything that is answered without an account."""


class UndeclaredRoute(TypeError):
    """A route was written without saying what it does; the message names it."""


def declared(app: FastAPI) -> Mapping[tuple[str, str], Permission | Open]:
    """Return by method and path what each route has declared: its permission, or that it is open.

    Raises `UndeclaredRoute` for a route that has done neither, or both.
    """
    return {name: _of(name, permission) for name, permission in _routes(app)}


def _routes(app: FastAPI) -> Iterator[tuple[tuple[str, str], set[Permission]]]:
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, Mount):
            yield ("MOUNT", str(route.path)), set()
            continue
        dependant: Dependant | None = getattr(route, "dependant", None)
        permissions = set() if dependant is None else set(_acts(dependant))
        for method in sorted(route.methods or {"GET"}):
            yield (method, str(route.path)), permissions


def _acts(dependant: Dependant) -> Iterator[Permission]:
    if isinstance(dependant.call, Requires):
        yield dependant.call.permission
    for inner in dependant.dependencies:
        yield from _acts(inner)


def _of(name: tuple[str, str], permissions: set[Permission]) -> Permission | Open:
    if len(permissions) + (name in OPEN) != 1:
        raise UndeclaredRoute(f"{' '.join(name)}: say by `requires(Permission…)` what it does")
    return next(iter(permissions), Open.OPEN)
