"""The events of displacement studies."""

from __future__ import annotations

import datetime as dt

from typing_extensions import TypedDict


class EventDocument(TypedDict):
    """An operation, or an instant at a site; `key` is how an address names it."""

    kind: str
    id: str | None
    site: str | None
    at: dt.datetime
    key: str


class ListedEvent(EventDocument):
    """An event in a list; partners do not get the number of people dispersed."""

    what: str
    place: str | None
    heads_dispersed: int | None
