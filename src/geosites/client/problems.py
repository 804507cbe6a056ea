"""Exceptions of the client: problem documents, and an unreachable service."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2

from geosites.core.errors import GeositesError


class Unreachable(GeositesError):
    """The service was not reached, or broke off its answer."""


class Problem(GeositesError):
    """An error response of the service, with its problem document (RFC 9457).

    `type` is the permanent name of the problem, such as `/problems#not-found`; `document` is all of
    it, with further members such as `near` or `refused`.
    """

    def __init__(self, status: int, document: Mapping[str, object]) -> None:
        self.status = status
        self.type = str(document.get("type", "about:blank"))
        self.title = str(document.get("title", ""))
        detail = document.get("detail")
        self.detail = None if detail is None else str(detail)
        self.document = dict(document)
        super().__init__(f"{status} {self.detail or self.title or 'the service refused'}")

    @classmethod
    def of(cls, response: httpx2.Response) -> Problem:
        """Return the problem that an answer is."""
        try:
            document = response.json()
        except ValueError:
            document = {}
        return cls(response.status_code, document if isinstance(document, dict) else {})
