"""What a search on the map finds."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class FoundPlace(TypedDict):
    """A site, station, street or territory; `bbox` is west, south, east and north in degrees."""

    kind: str
    name: str
    bbox: list[float]
    href: NotRequired[str]


class SearchDocument(TypedDict):
    """What was found, the best first."""

    found: list[FoundPlace]
