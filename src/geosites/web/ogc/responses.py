"""Responses of the OGC API: documents, features and tiles, with ETags (304 if unchanged)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from fastapi import Request
from pydantic_core import to_json
from starlette.responses import Response

from geosites.web.http.query_params import page_of
from geosites.web.http.responses import is_held
from geosites.web.ogc import documents, standard_names


def document(
    request: Request, content: Mapping[str, object], kind: str = standard_names.JSON
) -> Response:
    """Return a document, its messages in the reader's language."""
    body = to_json(_retold(request, content), inf_nan_mode="null")
    return kept(request, body, body, kind)


def page(html: str) -> Response:
    """Return a page, which is never cached, since its nonce is used once."""
    return Response(
        html, media_type=standard_names.HTML, headers={"Vary": "Accept, Accept-Language"}
    )


def features(
    request: Request,
    head: Mapping[str, object],
    told: str,
    system_uri: str,
    stamp: str,
) -> Response:
    """Return a collection of features; the time of the answer is not part of what changes."""
    body = told.encode()
    start = to_json(_retold(request, head))[1:]
    whole = b'{"type":"FeatureCollection","timeStamp":"%b",%b,"features":[%b]}' % (
        stamp.encode(),
        start[:-1],
        body,
    )
    answer = kept(request, start + body, whole, standard_names.GEOJSON)
    answer.headers["Content-Crs"] = f"<{system_uri}>"
    return answer


def feature(
    request: Request, text: str, links: Sequence[Mapping[str, object]], system_uri: str
) -> Response:
    """Return one feature with its links."""
    body = b'%b,"links":%b}' % (text[:-1].encode(), to_json(_retold(request, links)))
    answer = kept(request, body, body, standard_names.GEOJSON)
    answer.headers["Content-Crs"] = f"<{system_uri}>"
    return answer


def _retold(request: Request, content: object) -> object:
    return documents.retold(page_of(request).words, content)


def kept(request: Request, told: bytes, body: bytes, kind: str) -> Response:
    """Return `body`, or 304 if the client has this version."""
    tag = f'W/"{hashlib.blake2b(told, digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Vary": "Accept, Accept-Language, Authorization, Cookie"}
    if is_held(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers={**headers, "Content-Type": kind})
