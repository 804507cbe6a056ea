"""Change feed documents."""

from __future__ import annotations

import datetime as dt
from typing import NotRequired

from typing_extensions import TypedDict


class ChangeDetail(TypedDict, total=False):
    """What goes along with the change of a closure's state, and with a new hotspot."""

    status: str | None
    name: str | None
    rank: int | None
    quartier: str | None


class ChangeDocument(TypedDict):
    """One change. What its kind has no value for is absent, and so is what may not be told.

    `ids` are references to records; only who sees everything is told those of sightings.
    """

    kind: str
    at: NotRequired[dt.datetime]
    week: NotRequired[str | None]
    territory: NotRequired[str | None]
    site: NotRequired[str]
    ids: NotRequired[list[str]]
    status: NotRequired[str]
    name: NotRequired[str]
    rank: NotRequired[int]
    quartier: NotRequired[str]


class ChangesDocument(TypedDict):
    """Some changes in order; `next` is the cursor after them, `more` whether there are more."""

    changes: list[ChangeDocument]
    weeks_revised: list[str]
    next: str
    more: bool
    exercise: bool
