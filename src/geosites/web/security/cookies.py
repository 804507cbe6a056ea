"""Cookies of the session, the device, and an OpenID Connect sign-in under way.

Each contains only a random value, and is HttpOnly and same-site. Over https their names begin with
`__Host-`, so that a browser accepts them from this host over https only.
"""

from __future__ import annotations

from enum import StrEnum

from fastapi import Request
from starlette.responses import Response

from geosites.web.app_config import WebConfig

YEAR_S = 365 * 24 * 3600


class Cookie(StrEnum):
    """What each is called, over https with `__Host-` before it."""

    SESSION = "geosites"
    DEVICE = "geosites-device"
    OIDC = "geosites-oidc"


def read(request: Request, cookie: Cookie) -> str | None:
    """Return the value of a cookie, or None."""
    return request.cookies.get(name_of(request.app.state.config, cookie))


def put(
    response: Response, config: WebConfig, cookie: Cookie, value: str, max_age_s: int | None = None
) -> None:
    """Set a cookie, until the browser closes or for a given time."""
    response.set_cookie(
        name_of(config, cookie),
        value,
        max_age=max_age_s,
        path="/",
        secure=config.secure,
        httponly=True,
        samesite="lax",
    )


def drop(response: Response, config: WebConfig, cookie: Cookie) -> None:
    """Take a cookie back."""
    response.delete_cookie(
        name_of(config, cookie), path="/", secure=config.secure, httponly=True, samesite="lax"
    )


def name_of(config: WebConfig, cookie: Cookie) -> str:
    """Return the name of a cookie, over https or not."""
    return f"__Host-{cookie}" if config.secure else cookie.value
