"""Documents exchanged between services: closure statuses and their changes."""

from __future__ import annotations

import datetime as dt

from typing_extensions import TypedDict


class SharedClosure(TypedDict):
    """The closure of a site of another service, as that service told it; no visit, no count."""

    peer: str
    site: str
    name: str
    status: str
    closed_since: dt.datetime | None
    closed_until: dt.datetime | None
    told_at: dt.datetime


class SharedChange(TypedDict):
    """A change that another service told of a closure of its own."""

    kind: str
    site: str | None
    territory: str | None
    status: str | None


class PeerDocument(TypedDict):
    """Another service that is asked: where, by which key its answers are signed, how far we are."""

    name: str
    address: str
    key: str
    told_at: dt.datetime | None
    changes: int
    closures: int
