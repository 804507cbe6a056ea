"""Documents exchanged between services: closure statuses and their changes."""

from __future__ import annotations

import datetime as dt

from typing_extensions import TypedDict


class SharedClosure(TypedDict):
    """The closure of a site of another service, as received; without visits or counts."""

    peer: str
    site: str
    name: str
    status: str
    closed_since: dt.datetime | None
    closed_until: dt.datetime | None
    told_at: dt.datetime


class SharedChange(TypedDict):
    """A change of a closure, as received from another service."""

    kind: str
    site: str | None
    territory: str | None
    status: str | None


class PeerDocument(TypedDict):
    """Another service: URL, verification key, progress."""

    name: str
    address: str
    key: str
    told_at: dt.datetime | None
    changes: int
    closures: int
