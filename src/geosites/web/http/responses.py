"""JSON responses, and map layers with ETags (304 if unchanged)."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from fastapi import Request
from pydantic_core import to_json
from starlette.responses import Response

from geosites.core.documents.geojson import Layer
from geosites.maps import geojson
from geosites.presentation.static_assets import MAP_FILES, asset

JSON = "application/json"
ASKED_AGAIN = "private, no-cache"

_TAG = re.compile(r'"[^"]*"')

SMALLEST_ZIPPED, ZIP_LEVEL = 600, 6
"""In bytes; smaller answers gain nothing by being compressed."""


def document(content: Mapping[str, object], status_code: int = 200) -> Response:
    """Return a document as JSON; instants in ISO 8601, a number that is not finite as null."""
    body = to_json(content, inf_nan_mode="null")
    return Response(body, status_code, media_type=JSON)


@dataclass(frozen=True)
class Rendered:
    """A serialised document and its ETag."""

    body: bytes
    media_type: str
    tag: str

    @classmethod
    def of(cls, body: bytes, media_type: str) -> Rendered:
        """Return a document with the tag of its content."""
        return cls(body, media_type, f'W/"{hashlib.sha256(body).hexdigest()[:20]}"')

    @classmethod
    def compressed(cls, data: bytes, media_type: str) -> Rendered:
        """Return a document that is already compressed by gzip."""
        found = cls.of(gzip.decompress(data), media_type)
        vars(found)["zipped"] = data
        return found

    @cached_property
    def zipped(self) -> bytes:
        """The document compressed by gzip, computed once while it is cached."""
        return gzip.compress(self.body, ZIP_LEVEL, mtime=0)


def is_held(request: Request, tag: str) -> bool:
    """Return whether the client has the version with this tag; weak and strong tags compare equal.

    RFC 9110, section 13.1.2: `If-None-Match` is compared weakly.
    """
    told = request.headers.get("if-none-match", "")
    return told.strip() == "*" or tag.removeprefix("W/") in _TAG.findall(told)


def rendered(request: Request, found: Rendered, cache: str = ASKED_AGAIN) -> Response:
    """Return a document, or 304 where the reader holds the same one already."""
    headers = {"ETag": found.tag, "Cache-Control": cache}
    if is_held(request, found.tag):
        return Response(status_code=304, headers=headers)
    if len(found.body) < SMALLEST_ZIPPED:
        return Response(found.body, headers=headers, media_type=found.media_type)
    headers["Vary"] = "Accept-Encoding"
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(found.body, headers=headers, media_type=found.media_type)
    headers["Content-Encoding"] = "gzip"
    return Response(found.zipped, headers=headers, media_type=found.media_type)


def layer(request: Request, content: Layer) -> Response:
    """Return a map layer."""
    return rendered(request, Rendered.of(geojson.dump(content), geojson.MEDIA_TYPE))


def ahead(*layers: str) -> str:
    """Return the `Link` header by which a map page preloads its resources.

    Styles and scripts come first: a browser opens few connections, and needs these before anything
    else. Map data is fetched while they are parsed.
    """
    files = [
        f"<{asset(name)}>; rel=preload; as={'style' if name.endswith('.css') else 'script'}"
        for name in MAP_FILES
    ]
    drawn = [
        f"<{layer}>; rel=preload; as=fetch; crossorigin; fetchpriority=low" for layer in layers
    ]
    return ", ".join([*files, *drawn])
