"""Change feed documents."""

from __future__ import annotations

import datetime as dt
from typing import NotRequired

from typing_extensions import TypedDict


class ChangeDetail(TypedDict, total=False):
    """Details of a change of a closure's state, and of a new hotspot."""

    status: str | None
    name: str | None
    rank: int | None
    quartier: str | None


class ChangeDocument(TypedDict):
    """A change. Fields that do not apply to its kind are absent, and so are those the reader may
    not see.

    `ids` are references to records; those of sightings only for readers who see everything.
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
