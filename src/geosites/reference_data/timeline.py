"""Dated public facts from `data/geo`, among them operations and closures.

A date that is less precise than a day says so in its text. Identifiers are the same every time, so
that loading twice adds nothing.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import shapely

from geosites.core.errors import Refused
from geosites.core.records import Closure, Operation, OperationKind, TimePrecision
from geosites.core.weeks import midnight
from geosites.reference_data.json_files import Entry, day_of, each, is_month
from geosites.reference_data.sites import read_sites

NAMESPACE = uuid5(NAMESPACE_URL, "https://geosites.invalid/facts")

OPERATIONS = {
    "evacuation": OperationKind.EVACUATION,
    "evacuation-closure": OperationKind.EVACUATION,
    "occupation-start": OperationKind.PRESENCE,
}
"""The events of the timeline that are operations.

The start of the occupation is one because officers occupied the place that day while the tunnel
beside it was walled up; the site itself was not closed.
"""

CLOSURES = frozenset({"closure-to-users", "evacuation-closure"})
"""The events of the timeline that close their site until further notice."""

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A dated public fact; `precision` is "day" or a description of how the date is known."""

    day: dt.date
    precision: str
    site: str
    event: str
    text: str
    sources: tuple[str, ...]
    confidence: str

    @property
    def source(self) -> str:
        """The fact with its date, where it was read, and how far it can be trusted."""
        known = "" if self.precision == "day" else f" (date known as: {self.precision})"
        where = " ; ".join(self.sources)
        return f"{self.text}{known}. Confidence: {self.confidence}. Read in: {where}"


def read_timeline(folder: Path) -> list[Fact]:
    """Return the dated facts of `timeline.json`, in order of their dates."""
    return sorted(each(folder / "timeline.json", _fact), key=lambda fact: fact.day)


def read_public_facts(folder: Path) -> tuple[list[Operation], list[Closure]]:
    """Return the facts that are operations, and those that are closures, on the known sites.

    Openings, decisions, checks and movements are neither, and are not forced into one. The
    dismantling of a camp that closes its site is both.
    """
    areas = {site.slug: site.perimeter for site in read_sites(folder)}
    answer = [fact for fact in read_timeline(folder) if fact.event in {*OPERATIONS, *CLOSURES}]
    strangers = sorted({fact.site for fact in answer} - areas.keys())
    if strangers:
        raise Refused(
            "%(folder)s: %(strangers)s not among the sites",
            folder=folder / "timeline.json",
            strangers=", ".join(strangers),
        )
    operations = [_operation(fact, areas[fact.site]) for fact in answer if fact.event in OPERATIONS]
    return operations, [_closure(fact) for fact in answer if fact.event in CLOSURES]


def _fact(entry: Entry) -> Fact:
    month = is_month(entry["date"])
    return Fact(
        day=day_of(entry["date"]),
        precision=entry.get("date_precision", "month" if month else "day"),
        site=entry["site"],
        event=entry["event"],
        text=entry["fact"],
        sources=tuple(entry.get("urls", ())) or (entry["source"],),
        confidence=entry["confidence"],
    )


def _operation(fact: Fact, area: shapely.Polygon) -> Operation:
    return Operation(
        id=_identity("operation", fact),
        started_at=midnight(fact.day),
        ended_at=midnight(fact.day + _DAY),
        time_precision=TimePrecision.DAY,
        kind=OPERATIONS[fact.event],
        area=area,
        site=fact.site,
        source=fact.source,
    )


def _closure(fact: Fact) -> Closure:
    return Closure(
        id=_identity("closure", fact),
        site=fact.site,
        closed_from=midnight(fact.day),
        source=fact.source,
    )


def _identity(kind: str, fact: Fact) -> UUID:
    return uuid5(NAMESPACE, f"{kind}/{fact.site}/{fact.day.isoformat()}/{fact.event}")
