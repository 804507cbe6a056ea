"""Permission declared by each route. A route that declares none is not served."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from enum import Enum

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import Mount

from geosites.permissions.policy import Permission
from geosites.web.request_context import Requires
from geosites.web.security.csrf import SAFE, require_own_page


class Open(Enum):
    """Marks a public route, whose response has no data of the store."""

    OPEN = "open"


OPEN = frozenset(
    {
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/manifest.webmanifest"),
        ("GET", "/worker.js"),
        ("GET", "/report/shell"),
        ("GET", "/favicon.ico"),
        ("GET", "/accessibility"),
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("GET", "/sign-in/oidc"),
        ("GET", "/sign-in/oidc/callback"),
        ("POST", "/sign-out"),
        ("POST", "/witness/add-checkpoint"),
        ("MOUNT", "/static"),
    }
)
"""Everything that is answered without an account."""


class UndeclaredRoute(TypeError):
    """A route does not declare its permission; the message names it."""


def declared(app: FastAPI) -> Mapping[tuple[str, str], Permission | Open]:
    """Return by method and path what each route has declared: its permission, or that it is open.

    Raises `UndeclaredRoute` for a route that has done neither, or both, and for an open one that
    writes without refusing foreign pages.
    """
    return {name: _of(name, calls) for name, calls in _routes(app)}


def _routes(app: FastAPI) -> Iterator[tuple[tuple[str, str], list[object]]]:
    """Yield each route by method and path, with all that runs before its handler."""
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, Mount):
            yield ("MOUNT", str(route.path)), []
            continue
        dependant: Dependant | None = getattr(route, "dependant", None)
        calls = [] if dependant is None else list(_calls(dependant))
        for method in sorted(route.methods or {"GET"}):
            yield (method, str(route.path)), calls


def _calls(dependant: Dependant) -> Iterator[object]:
    for inner in dependant.dependencies:
        yield inner.call
        yield from _calls(inner)


def _of(name: tuple[str, str], calls: Collection[object]) -> Permission | Open:
    permissions = {call.permission for call in calls if isinstance(call, Requires)}
    if len(permissions) + (name in OPEN) != 1:
        raise UndeclaredRoute(f"{' '.join(name)}: say by `requires(Permission…)` what it does")
    if permissions:
        return permissions.pop()
    if name[0] not in {*SAFE, "MOUNT"} and require_own_page not in calls:
        raise UndeclaredRoute(f"{' '.join(name)}: it writes, so it needs `require_own_page`")
    return Open.OPEN
