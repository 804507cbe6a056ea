"""The public facts of `data/geo/`, as records: territories, sites, care places, facts, counts.

Files are WGS 84, records are Lambert-93. A bare date is 00:00 in Paris with precision *day*, and a
bare month is its first day; what is known less well says so in its text. Identifiers are the same
every time, so that loading twice adds nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

import shapely

from geosites.core import crs
from geosites.core.errors import Refused, os_reason
from geosites.core.records import (
    CareFigure,
    CareKind,
    CarePlace,
    Closure,
    Operation,
    OperationKind,
    Site,
    Territory,
    TerritoryLevel,
    TimePrecision,
)
from geosites.core.weeks import midnight

NAMESPACE = uuid5(NAMESPACE_URL, "https://geosites.invalid/facts")

CREDIT = "© Ville de Paris, ODbL; © IGN, Licence Ouverte"
"""What every map drawn from the territories must show."""

OPERATIONS = {
    "evacuation": OperationKind.EVACUATION,
    "evacuation-closure": OperationKind.EVACUATION,
    "occupation-start": OperationKind.PRESENCE,
}
"""The events of the timeline that are operations.

The start of the occupation is one because officers held the place that day while the tunnel beside
it was walled; the site itself was not closed.
"""

CLOSURES = frozenset({"closure-to-users", "evacuation-closure"})
"""The events of the timeline that close their site until further notice."""

Parsed = TypeVar("Parsed")

_MONTH = re.compile(r"\d{4}-\d{2}")
_DAY = dt.timedelta(days=1)
_SEGMENTS = 16


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One dated public fact; `precision` is "day" or says how the date is known."""

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


class Speaker(StrEnum):
    """Who published a count."""

    ASSOCIATION = "association"
    CITY = "city"
    OBSERVATORY = "observatory"
    PARLIAMENT = "parliament"
    POLICE = "police"
    PRESS = "press"
    RESIDENT = "resident"


class Measure(StrEnum):
    """What a published count counts."""

    ENTRIES_PER_DAY = "entries_per_day"
    EVACUATED = "evacuated"
    MOVED = "moved"
    PASSAGES_PER_DAY = "passages_per_day"
    PRESENT = "present"
    REGULARS = "regulars"
    ROAMING = "roaming"
    SERVED_PER_HOUR = "served_per_hour"


class HalfDay(StrEnum):
    """Half of a day on Paris clocks: day from 6:00 to 18:00, night from 18:00 to 6:00."""

    DAY = "day"
    NIGHT = "night"


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The visits that a published count is compared with: sites, first and last day in Paris.

    The sites' mean heads are added: "Stalingrad and around" holds the jardins d'Éole.
    """

    sites: tuple[str, ...]
    first: dt.date
    last: dt.date


@dataclass(frozen=True, kw_only=True)
class PublishedCount:
    """A count of persons that somebody published, as an interval with both ends in it.

    `precision` is "day", "month" or says how the date is known. `part` is the half of the day it
    was told for, None where that was not told. `beside` is None where no visit counts the same: a
    time or place without visits, or persons who were not there at one time. Texts by language.
    """

    day: dt.date
    precision: str
    site: str | None
    place: Mapping[str, str]
    low: int
    high: int
    measure: Measure
    part: HalfDay | None
    speakers: tuple[Speaker, ...]
    source: str
    said_by: Mapping[str, str] = field(default_factory=dict)
    remark: Mapping[str, str] = field(default_factory=dict)
    beside: Beside | None = None

    def holds(self, heads: float) -> bool:
        """Return whether a number of heads lies inside, once rounded as it is shown."""
        return self.low <= round(heads) <= self.high

    def told_for(self, half: HalfDay) -> bool:
        """Return whether the count speaks of this half of the day: it does where none was told."""
        return self.part in (None, half)


def territories(folder: Path) -> list[Territory]:
    """Return the arrondissements, quartiers and communes of `territories.geojson`."""
    return _each(folder / "territories.geojson", _territory)


def sites(folder: Path) -> list[Site]:
    """Return the sites of `sites.geojson`; the perimeter is a disc of `radius_m` on the point."""
    return _each(folder / "sites.geojson", _site)


def care_places(folder: Path) -> list[CarePlace]:
    """Return the care places of `care.json` with the figures published for them."""
    return _each(folder / "care.json", _care_place)


def timeline(folder: Path) -> list[Fact]:
    """Return the dated facts of `timeline.json`, in order of their dates."""
    return sorted(_each(folder / "timeline.json", _fact), key=lambda fact: fact.day)


def published_counts(folder: Path) -> list[PublishedCount]:
    """Return the counts of `published_counts.json`, in order of their dates."""
    return sorted(_each(folder / "published_counts.json", _count), key=lambda count: count.day)


def public_facts(folder: Path) -> tuple[list[Operation], list[Closure]]:
    """Return the facts that are operations, and those that are closures, on the known sites.

    Openings, decisions, checks and movements are neither, and are not forced into one. The
    dismantling of a camp that closes its site is both.
    """
    areas = {site.slug: site.perimeter for site in sites(folder)}
    told = [fact for fact in timeline(folder) if fact.event in {*OPERATIONS, *CLOSURES}]
    strangers = sorted({fact.site for fact in told} - areas.keys())
    if strangers:
        raise Refused(
            "%(folder)s: %(strangers)s not among the sites",
            folder=folder / "timeline.json",
            strangers=", ".join(strangers),
        )
    operations = [_operation(fact, areas[fact.site]) for fact in told if fact.event in OPERATIONS]
    return operations, [_closure(fact) for fact in told if fact.event in CLOSURES]


def _each(path: Path, parse: Callable[[dict[str, Any]], Parsed]) -> list[Parsed]:
    document = _read(path)
    entries = document.get("features") if isinstance(document, dict) else document
    if not isinstance(entries, list):
        raise Refused("%(path)s: holds no list of entries", path=path)
    return [_entry(f"{path}: entry {n}", entry, parse) for n, entry in enumerate(entries, 1)]


def _entry(where: str, entry: dict[str, Any], parse: Callable[[dict[str, Any]], Parsed]) -> Parsed:
    try:
        return parse(entry)
    except KeyError as error:
        raise Refused("%(where)s: %(error)s is missing", where=where, error=error) from error
    except (TypeError, ValueError) as error:
        raise Refused("%(where)s: %(error)s", where=where, error=error) from error


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Refused(
            "%(path)s: cannot be read: %(reason)s", path=path, reason=os_reason(error)
        ) from error
    except ValueError as error:
        raise Refused("%(path)s: is not JSON: %(error)s", path=path, error=error) from error


def _territory(feature: dict[str, Any]) -> Territory:
    about = feature["properties"]
    area = crs.geometry_to_metric(shapely.geometry.shape(feature["geometry"]))
    return Territory(
        code=about["code"],
        level=TerritoryLevel(about["level"]),
        name=about["name"],
        label=about["label"],
        parent=about["parent"],
        area=area if area.geom_type == "MultiPolygon" else shapely.MultiPolygon([area]),
    )


def _site(feature: dict[str, Any]) -> Site:
    about = feature["properties"]
    point = crs.geometry_to_metric(shapely.geometry.shape(feature["geometry"]))
    return Site(
        slug=about["slug"],
        name=about["name"],
        perimeter=point.buffer(about["radius_m"], quad_segs=_SEGMENTS),
        precision_m=float(about["precision_m"]),
        territory=about["insee"],
        quartier=about["quartier"],
        source=f"{about['source']} ({about['licence']})",
    )


def _care_place(entry: dict[str, Any]) -> CarePlace:
    located = "lon" in entry
    return CarePlace(
        slug=entry["slug"],
        name=entry["name"],
        kind=CareKind(entry["kind"]),
        open_from=_instant(entry.get("from")),
        open_until=_instant(entry.get("until")),
        point=shapely.Point(crs.to_metric([entry["lon"], entry["lat"]])[0]) if located else None,
        territory=entry.get("territory"),
        precision_m=float(entry["precision_m"]) if located else None,
        figures=tuple(_figures(entry)),
        note=_note(entry),
        source=entry["source"],
    )


def _figures(entry: dict[str, Any]) -> Iterator[CareFigure]:
    for measure in ("places", "entries_per_day", "entries_per_month"):
        for figure in entry.get(measure, ()):
            yield _figure(measure, figure)
    for figure in entry.get("admissions", ()):
        months = f"over_{figure['over_months']}_months"
        yield CareFigure(
            measure="admissions", as_of=figure["until"], value=figure["people"], qualifier=months
        )


def _figure(measure: str, figure: dict[str, Any]) -> CareFigure:
    as_of = figure.get("as_of") or figure["month"]
    name, value = next((k, v) for k, v in figure.items() if k not in {"as_of", "month"})
    qualifier = name.partition("_")[2] or None
    return CareFigure(measure=measure, as_of=as_of, value=value, qualifier=qualifier)


def _note(entry: dict[str, Any]) -> str | None:
    months = [
        f"{word} known to the month ({entry[key]})"
        for key, word in (("from", "opening"), ("until", "end"))
        if _MONTH.fullmatch(entry.get(key) or "")
    ]
    point = [f"point: {entry['point_source']}"] if "point_source" in entry else []
    notes = [*([entry["note"]] if "note" in entry else []), *months, *point]
    return "; ".join(notes) or None


def _fact(entry: dict[str, Any]) -> Fact:
    month = bool(_MONTH.fullmatch(entry["date"]))
    return Fact(
        day=_day(entry["date"]),
        precision=entry.get("date_precision", "month" if month else "day"),
        site=entry["site"],
        event=entry["event"],
        text=entry["fact"],
        sources=tuple(entry.get("urls", ())) or (entry["source"],),
        confidence=entry["confidence"],
    )


def _count(entry: dict[str, Any]) -> PublishedCount:
    month = bool(_MONTH.fullmatch(entry["date"]))
    low, high = entry["low"], entry["high"]
    if not 0 <= low <= high:
        raise ValueError(f"{low} to {high} is no interval of a count")
    return PublishedCount(
        day=_day(entry["date"]),
        precision=entry.get("date_precision", "month" if month else "day"),
        site=entry.get("site"),
        place=entry["place"],
        low=low,
        high=high,
        measure=Measure(entry["measure"]),
        part=HalfDay(entry["part"]) if "part" in entry else None,
        speakers=tuple(Speaker(one) for one in entry["speakers"]),
        source=entry["source"],
        said_by=entry.get("said_by", {}),
        remark=entry.get("remark", {}),
        beside=_beside(entry["beside"]) if "beside" in entry else None,
    )


def _beside(entry: dict[str, Any]) -> Beside:
    return Beside(sites=tuple(entry["sites"]), first=_day(entry["from"]), last=_day(entry["until"]))


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


def _day(text: str) -> dt.date:
    return dt.date.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)


def _instant(text: str | None) -> dt.datetime | None:
    return None if text is None else midnight(_day(text))
