"""Answers to programs: documents as JSON, and layers that are sent again only when they changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from pydantic_core import to_json
from starlette.responses import Response

from geosites.render import geojson

JSON = "application/json"
ASKED_AGAIN = "private, no-cache"


def document(content: Mapping[str, Any], status_code: int = 200) -> Response:
    """Return a document as JSON; instants in ISO 8601, a number that is not finite as null."""
    body = to_json(content, inf_nan_mode="null")
    return Response(body, status_code, media_type=JSON)


@dataclass(frozen=True)
class Rendered:
    """A document as it is sent, and the tag by which a reader says that it holds the same one."""

    body: bytes
    media_type: str
    tag: str

    @classmethod
    def of(cls, body: bytes, media_type: str) -> Rendered:
        """Return a document with the tag of its content."""
        return cls(body, media_type, f'W/"{hashlib.sha256(body).hexdigest()[:20]}"')


def rendered(request: Request, found: Rendered, cache: str = ASKED_AGAIN) -> Response:
    """Return a document, or 304 where the reader holds the same one already."""
    headers = {"ETag": found.tag, "Cache-Control": cache}
    held = {one.strip() for one in request.headers.get("if-none-match", "").split(",")}
    if found.tag in held:
        return Response(status_code=304, headers=headers)
    return Response(found.body, headers=headers, media_type=found.media_type)


def layer(request: Request, content: dict[str, Any], kept_s: int = 0) -> Response:
    """Return a map layer; for `kept_s` seconds the reader need not ask again."""
    cache = f"private, max-age={kept_s}" if kept_s else ASKED_AGAIN
    return rendered(request, Rendered.of(geojson.dump(content), geojson.MEDIA_TYPE), cache)
