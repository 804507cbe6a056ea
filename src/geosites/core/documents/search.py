"""Map search results."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class FoundPlace(TypedDict):
    """A site, station, place, street, house or territory; `bbox` is west to north in degrees.

    `within` is the territory, or the city of a house, if the name is ambiguous. `note` is that, or
    else the kind of place, in the reader's language.
    """

    kind: str
    name: str
    bbox: list[float]
    href: NotRequired[str]
    note: str
    within: NotRequired[str]


class SearchDocument(TypedDict):
    """Search results, the best first."""

    found: list[FoundPlace]
