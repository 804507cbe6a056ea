"""Redirect target after signing in: a path of this server only."""

from __future__ import annotations

import re
from http import HTTPStatus
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from geosites.presentation.path_prefix import rooted, unrooted

SIGN_IN = "/sign-in"
LONGEST = 500
_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*")
"""A slash with no second one after it, then printable ASCII without a backslash."""


def safe_path(asked: str | None) -> str | None:
    r"""Return `asked` if it can only mean a page of this server, or None.

    Browsers treat `//host`, `/\host` and variants with control characters as URLs of another
    server, and so do clients that decode once too often: the decoded value has to be safe as well.
    """
    if not asked or len(asked) > LONGEST:
        return None
    plain = asked
    for _ in range(3):
        if not _PATH.fullmatch(plain):
            return None
        if unquote(plain) == plain:
            return None if unrooted(asked).startswith((SIGN_IN, "/sign-out")) else asked
        plain = unquote(plain)
    return None


def sign_in_address(request: Request) -> str:
    """Return the page to sign in on, which leads back to where a reader wanted to go."""
    query = request.url.query
    wanted = rooted(request.url.path) + (f"?{query}" if query else "")
    back = safe_path(wanted) if request.method == "GET" else None
    page = rooted(SIGN_IN)
    return page if back in (None, rooted("/")) else f"{page}?next={quote(str(back), safe='')}"


def recorded(address: str) -> Response:
    """Redirect after an action to a page that confirms it.

    The page always contains that message, and shows it for this fragment of its URL.
    """
    return RedirectResponse(f"{address}#recorded", HTTPStatus.SEE_OTHER)


def address(request: Request, path: str) -> str:
    """Return the full URL of a page of ours, as registered with the identity provider.

    The public URL is used if it is set, whatever a proxy passes on.
    """
    public: str | None = request.app.state.config.public_url
    return (public or str(request.base_url)).rstrip("/") + path
