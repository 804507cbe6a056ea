"""Receipts: the only response that the report form accepts as proof of delivery.

A captive portal answers 200 to any request, but not with this media type and the id that was sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from fastapi import Request
from starlette.responses import JSONResponse, Response

from geosites.core.documents.reports import ReceiptDocument, ReceiptForm

MEDIA_TYPE = "application/vnd.geosites.receipt+json"


def asked_for(request: Request) -> bool:
    """Return whether an answer is for the report form, which takes nothing but receipts."""
    return MEDIA_TYPE in request.headers.get("accept", "")


def recorded(
    request: Request, document: ReceiptForm | ReceiptDocument, status_code: int = 200
) -> Response:
    """Return the response to a report, as a receipt if its media type is accepted."""
    if asked_for(request):
        return answer(document, status_code)
    return JSONResponse(document, status_code)


def answer(content: Mapping[str, object], status_code: int = 200) -> Response:
    """Return a document of the form's own media type, with the server's time as `now`."""
    return JSONResponse(content, status_code, media_type=MEDIA_TYPE)


def instant(moment: dt.datetime) -> str:
    """Return an instant as receipts write it: ISO 8601 in UTC, to the millisecond."""
    return moment.astimezone(dt.UTC).isoformat(timespec="milliseconds")
