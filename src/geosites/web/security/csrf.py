"""CSRF protection: only our own pages may make a browser change something.

A browser declares where a request comes from (`Sec-Fetch-Site`, `Origin`), and sends its cookies
whichever page caused the request. A request that changes something must therefore come from our own
pages. Exceptions are requests with a token, which no foreign page can add, and those of programs,
which declare no origin and may then carry no cookie either.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers

from geosites.core.errors import Forbidden

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def require_own_page(request: Request) -> None:
    """Refuse a cross-site request that would change something; raises `Forbidden`.

    The dependency of a permission calls this first. An open route that writes declares it itself.
    """
    origin: str | None = request.app.state.config.origin
    if request.method not in SAFE and not is_ours(request.headers, origin):
        raise Forbidden("this came from a page that is not of this service; open the form here")


def is_ours(headers: Headers, public: str | None = None) -> bool:
    """Return whether a request that changes something may be listened to.

    `public` is the origin of the public address, which holds whatever host a proxy passes on.
    """
    if headers.get("authorization", "").lower().startswith("bearer "):
        return True
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is None and origin is None:
        return "cookie" not in headers
    here = origin in (None, public) or urlsplit(str(origin)).netloc == headers.get("host")
    return here and site in (None, "same-origin")
