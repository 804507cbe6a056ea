"""Errors become problem documents (RFC 9457) here, once: one table from error to status."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from geosites.core.errors import (
    AccountUnfinished,
    BadParameter,
    Conflict,
    Forbidden,
    GeositesError,
    NotEnoughData,
    NotFound,
    NotSignedIn,
    OtherAccount,
    Outdated,
    Refused,
    RowsRefused,
    StoreUnavailable,
    TookTooLong,
    TooManyRequests,
    TooManyTries,
    Unanswered,
    Unconfirmed,
    WrongProof,
    WrongReference,
)
from geosites.core.pydantic_messages import fault_reason, faults_in
from geosites.presentation.path_prefix import rooted
from geosites.web.middleware import request_id

MEDIA_TYPE = "application/problem+json"
STATUS: Mapping[type[GeositesError], HTTPStatus] = {
    GeositesError: HTTPStatus.INTERNAL_SERVER_ERROR,
    Refused: HTTPStatus.UNPROCESSABLE_ENTITY,
    WrongReference: HTTPStatus.UNPROCESSABLE_ENTITY,
    WrongProof: HTTPStatus.UNPROCESSABLE_ENTITY,
    BadParameter: HTTPStatus.BAD_REQUEST,
    RowsRefused: HTTPStatus.UNPROCESSABLE_ENTITY,
    Unconfirmed: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    Outdated: HTTPStatus.CONFLICT,
    NotEnoughData: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotSignedIn: HTTPStatus.UNAUTHORIZED,
    OtherAccount: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    AccountUnfinished: HTTPStatus.FORBIDDEN,
    TooManyTries: HTTPStatus.TOO_MANY_REQUESTS,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    TookTooLong: HTTPStatus.SERVICE_UNAVAILABLE,
    Unanswered: HTTPStatus.BAD_GATEWAY,
    StoreUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The one table from what went wrong to the status of the answer."""

NAMES: Mapping[type[GeositesError], str] = {
    GeositesError: "error",
    Refused: "refused",
    WrongReference: "wrong-reference",
    WrongProof: "wrong-proof",
    BadParameter: "bad-parameter",
    RowsRefused: "rows-refused",
    Unconfirmed: "unconfirmed",
    NotFound: "not-found",
    Conflict: "conflict",
    Outdated: "outdated",
    NotEnoughData: "not-enough-data",
    NotSignedIn: "not-signed-in",
    OtherAccount: "other-account",
    Forbidden: "forbidden",
    AccountUnfinished: "account-unfinished",
    TooManyTries: "too-many-tries",
    TooManyRequests: "too-many-requests",
    TookTooLong: "took-too-long",
    Unanswered: "unanswered",
    StoreUnavailable: "store-unavailable",
}
RETRY_AFTER_S = "5"

_DOCUMENT: dict[str, object] = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "request_id": {"type": "string"},
    },
}
DOCUMENTED: dict[int | str, dict[str, Any]] = {
    int(status): {"description": status.phrase, "content": {MEDIA_TYPE: {"schema": _DOCUMENT}}}
    for status in (
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
        HTTPStatus.SERVICE_UNAVAILABLE,
    )
}
"""Description of errors in OpenAPI."""


@dataclass(frozen=True, kw_only=True)
class ProblemDocument:
    """A problem document: `type` is a permanent name, `detail` describes this occurrence, `more`
    are members.

    A name of ours is the URL of the page that explains it, including a proxy's path.
    """

    type: str
    status: HTTPStatus
    title: str
    detail: str | None = None
    more: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """Return the problem as RFC 9457 writes it."""
        kind = rooted(self.type) if self.type.startswith("/") else self.type
        known = {"type": kind, "title": self.title, "status": int(self.status)}
        detail = {} if self.detail is None else {"detail": self.detail}
        name = request_id.current()
        named = {} if name is None else {request_id.MEMBER: name}
        return {**known, **detail, **self.more, **named}

    def response(self) -> Response:
        """Return the problem as an answer."""
        return JSONResponse(
            self.document(),
            status_code=self.status,
            headers=dict(self.headers),
            media_type=MEDIA_TYPE,
        )


def of_error(error: GeositesError) -> ProblemDocument:
    """Return the problem of an exception class of ours."""
    kind = next(kind for kind in type(error).__mro__ if kind in STATUS)
    status = STATUS[kind]
    return ProblemDocument(
        type=f"/problems#{NAMES[kind]}",
        status=status,
        title=status.phrase,
        detail=error.message if kind is not GeositesError else None,
        more=_members(error),
        headers=_headers(error),
    )


def _headers(error: GeositesError) -> dict[str, str]:
    if isinstance(error, StoreUnavailable | TookTooLong | TooManyRequests):
        return {"Retry-After": RETRY_AFTER_S}
    if isinstance(error, TooManyTries):
        return {"Retry-After": str(error.wait_s)}
    return {"WWW-Authenticate": "Bearer"} if isinstance(error, NotSignedIn) else {}


def explained() -> list[tuple[str, int, str]]:
    """Return all problems: name, status, meaning."""
    named = [
        (NAMES[kind], int(status), (kind.__doc__ or "").partition("\n")[0])
        for kind, status in STATUS.items()
    ]
    return [*named, ("malformed", 422, "The request does not have the form asked for.")]


def _members(error: GeositesError) -> dict[str, object]:
    if isinstance(error, RowsRefused):
        rows = [row.document() for row in error.rows]
        return {"refused": rows, "refused_total": error.total}
    if isinstance(error, NotFound):
        return {"what": error.what, "name": error.name, "near": list(error.near)}
    if isinstance(error, Unconfirmed):
        return {"questions": [question.document() for question in error.questions]}
    return {}


def of_status(status: int, detail: str | None = None) -> ProblemDocument:
    """Return a problem that is no more than its status."""
    known = HTTPStatus(status)
    message = detail if detail != known.phrase else None
    return ProblemDocument(type="about:blank", status=known, title=known.phrase, detail=message)


def of_request(error: RequestValidationError) -> ProblemDocument:
    """Return the problem of a malformed request."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    wrong = error.errors()
    faults = [{"where": _where(item["loc"]), "reason": fault_reason(item)} for item in wrong]
    return ProblemDocument(
        type="/problems#malformed",
        status=status,
        title=status.phrase,
        detail=faults_in(wrong[:5]),
        more={"errors": faults},
    )


def _where(location: Sequence[int | str]) -> str:
    return ".".join(str(part) for part in location)


def problem_of(error: Exception) -> ProblemDocument:
    """Return the problem of any error; of one nobody foresaw, no more than that it happened."""
    if isinstance(error, GeositesError):
        return of_error(error)
    if isinstance(error, RequestValidationError):
        return of_request(error)
    if isinstance(error, HTTPException):
        return of_status(error.status_code, error.detail)
    return of_status(HTTPStatus.INTERNAL_SERVER_ERROR)
