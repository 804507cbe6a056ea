"""Messages of alarms by e-mail or webhook: without place or count."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class MessageText(TypedDict):
    """Fields of any message; `path` is that of the page, `link` includes the URL of the service."""

    kind: str
    exercise: bool
    language: str
    subject: str
    text: str
    path: str
    link: str


class ClosureMessage(MessageText):
    """That a closure changed its state."""

    site: str
    name: str
    territory: str
    status: str
    changed_at: str
    as_of: str


class BulletinMessage(MessageText):
    """A revision of a bulletin was issued; its content is read when the letter is made."""

    week: str
    revision: int


class WeekMessage(MessageText):
    """That a week has ended, or that a hotspot of it is new: its rank and its quartier."""

    week: str
    territory: str | None
    status: NotRequired[str | None]
    name: NotRequired[str | None]
    rank: NotRequired[int | None]
    quartier: NotRequired[str | None]
