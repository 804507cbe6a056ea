"""Answers to programs: documents as JSON, and layers that are sent again only when they changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from fastapi import Request
from pydantic_core import to_json
from starlette.responses import Response

from geosites.render import geojson

JSON = "application/json"


def document(content: Mapping[str, Any], status_code: int = 200) -> Response:
    """Return a document as JSON; instants in ISO 8601, a number that is not finite as null."""
    body = to_json(content, inf_nan_mode="null")
    return Response(body, status_code, media_type=JSON)


def layer(request: Request, content: dict[str, Any], kept_s: int = 0) -> Response:
    """Return a map layer, or 304 where the reader holds the same one already.

    For `kept_s` seconds the reader need not ask again.
    """
    body = geojson.dump(content)
    tag = f'W/"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {
        "ETag": tag,
        "Cache-Control": f"private, max-age={kept_s}" if kept_s else "private, no-cache",
    }
    held = {one.strip() for one in request.headers.get("if-none-match", "").split(",")}
    if tag in held:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=geojson.MEDIA_TYPE)
