"""Which column of ours each of a file's may be, by the words in its name: a proposal to look at."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from geosites.validation import COLUMNS, FileKind

_WORDS: Mapping[str, frozenset[str]] = {
    "observed_at": frozenset(
        ("date", "day", "jour", "heure", "hour", "time", "quand", "when", "horodatage", "timestamp")
    ),
    "started_at": frozenset(("debut", "start", "started", "begin")),
    "ended_at": frozenset(("fin", "end", "ended")),
    "lon": frozenset(("lon", "long", "lng", "longitude")),
    "lat": frozenset(("lat", "latitude")),
    "headcount": frozenset(
        ("personnes", "people", "persons", "personen", "effectif", "headcount", "combien")
    ),
    "unit": frozenset(("unit", "unite", "service", "equipe")),
}
"""Words without accents, by the column of ours that they may mean."""

_JOINED = frozenset({"observed_at"})
"""A day and a time of day may stand in two columns, which are joined."""


def likely_columns(kind: FileKind, header: Sequence[str]) -> list[str]:
    """Return the name of ours for each column of a header; empty where none is likely.

    Where two of a file's may be one of ours, neither is.
    """
    found = [_likely(kind, name) for name in header]
    return [one if one in _JOINED or found.count(one) == 1 else "" for one in found]


def _likely(kind: FileKind, name: str) -> str:
    if name.casefold() in COLUMNS[kind]:
        return name.casefold()
    plain = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    words = set(re.findall("[a-z]+", plain))
    meant = [ours for ours, theirs in _WORDS.items() if ours in COLUMNS[kind] and words & theirs]
    return meant[0] if len(meant) == 1 else ""
