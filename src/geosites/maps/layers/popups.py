"""Popups of map features, in words and numbers."""

from __future__ import annotations

from collections.abc import Mapping

from geosites.core.care_records import CarePlace
from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.displacement_figures import (
    FlowRow,
    NewPlaceRow,
    ShownChange,
    TerritoryChangeRow,
)
from geosites.core.documents.weeks import HotspotRow, TerritoryRow
from geosites.core.records import Closure, Operation
from geosites.maps.geojson import Card
from geosites.presentation.formatting import Words
from geosites.presentation.labels import operation_word, trend
from geosites.presentation.text import hotspot_text
from geosites.presentation.text.closure_text import closure_brief, closure_meaning
from geosites.presentation.text.displacement_accounting import new_place_ground
from geosites.presentation.text.displacement_text import change_text
from geosites.presentation.text.walking_route_text import flow_way

M2_PER_HA = 10_000.0


def hotspot(words: Words, spot: HotspotRow) -> Card:
    """Return the card of a hotspot."""
    say = words.say
    facts = [
        (say("People present"), words.heads(spot["heads"])),
        (say("Share of all"), words.percent(spot["share"])),
        (say("Area"), words.hectares(spot["area_ha"])),
        (say("Visits"), words.number(spot["visits"])),
        (say("Chance of a false alarm"), words.percent(spot["q_value"])),
    ]
    facts.append((say("There for"), hotspot_text.age(words, spot)))
    if spot["trend"]:
        facts.append((say("Trend over 12 weeks"), trend(words, spot["trend"]).word))
    warning = hotspot_text.warning(words, spot)
    if warning:
        facts.append((say("Beware"), warning))
    return Card(say("Hotspot %(rank)s", rank=spot["rank"]), tuple(facts))


def territory(words: Words, row: TerritoryRow, href: str | None = None) -> Card:
    """Return the card of a territory in one week."""
    say = words.say
    seen = words.heads(row["heads"]) if row["visits"] else say("not observed")
    facts = [
        (say("People present"), seen),
        (say("Places"), words.number(row["places"])),
        (say("Visits"), words.number(row["visits"])),
    ]
    return Card(row["name"], tuple(facts), href)


def site(
    words: Words, name: str, answer: ClosureDocument, href: str, *, dated: bool = False
) -> Card:
    """Return the card of a site, in the words of its page; `dated` where its day is past."""
    facts = (
        (words.say("Closure"), closure_brief(words, answer, dated=dated)),
        (words.say("Meaning"), closure_meaning(words, answer)),
    )
    return Card(name, facts, href)


def closure(words: Words, name: str, claim: Closure) -> Card:
    """Return the card of a closed perimeter."""
    say = words.say
    until = words.day(claim.closed_until) if claim.closed_until else say("until further notice")
    facts = [(say("Closed since"), words.day(claim.closed_from)), (say("Until"), until)]
    if claim.legal_ref:
        facts.append((say("Reference"), claim.legal_ref))
    return Card(say("Closed perimeter: %(name)s", name=name), tuple(facts))


def operation(words: Words, done: Operation, href: str | None = None) -> Card:
    """Return the card of an operation."""
    say = words.say
    facts = [(say("When"), operation_time(words, done))]
    if done.headcount_dispersed is not None:
        facts.append((say("People dispersed"), words.heads(done.headcount_dispersed)))
    if done.arrests is not None:
        facts.append((say("Arrests"), words.number(done.arrests)))
    facts.append((say("Area"), words.hectares(done.area.area / M2_PER_HA)))
    if done.unit:
        facts.append((say("Unit"), done.unit))
    word = operation_word(words, done.kind.value)
    return Card(word[:1].upper() + word[1:], tuple(facts), href)


def operation_time(words: Words, done: Operation) -> str:
    """Return when an operation took place: a day, or from when to when."""
    if done.time_precision == "day":
        return words.day(done.started_at)
    same_day = words.day(done.started_at) == words.day(done.ended_at)
    end = words.clock(done.ended_at) if same_day else words.instant(done.ended_at)
    return f"{words.instant(done.started_at)} – {end}"


def care(words: Words, place: CarePlace) -> Card:
    """Return the card of a care place."""
    facts = [(words.say("Provides"), care_kind(words, place.kind.value))]
    if place.open_from is not None:
        facts.append((words.say("Open since"), words.day(place.open_from)))
    if place.open_until is not None:
        facts.append((words.say("Until"), words.day(place.open_until)))
    return Card(place.name, tuple(facts))


def care_kind(words: Words, kind: str) -> str:
    """Return the word for what a care place offers."""
    say = words.say
    known = {
        "rest_space": say("rest space"),
        "day_reception": say("day reception"),
        "harm_reduction": say("harm reduction"),
        "supported_lodging": say("supported lodging"),
        "medical_beds": say("medical beds"),
        "hospital_beds": say("hospital beds"),
        "assessment": say("assessment"),
        "withdrawal": say("withdrawal care"),
    }
    return known[kind]


def change(words: Words, row: TerritoryChangeRow) -> Card:
    """Return the card of a territory before and after an event."""
    say = words.say
    facts = [
        (say("Before"), words.heads(row["before"])),
        (say("After"), words.heads(row["after"])),
        (say("Expected"), words.heads(row["expected"])),
        (say("Change"), change_text(words, row)),
    ]
    return Card(row["name"], tuple(facts))


def new_place(words: Words, names: Mapping[str, str], place: NewPlaceRow) -> Card:
    """Return the card of a place that holds people since an event and did not before."""
    say = words.say
    before = place["before"]
    facts = [
        (words.territory(), new_place_ground(names, place)),
        (
            say("Before"),
            words.interval(before["low"], before["high"])
            if place["before_known"]
            else say("never visited"),
        ),
        (say("After"), words.heads(place["stands"])),
        (say("Change"), change_text(words, _gain(place))),
    ]
    return Card(say("New place"), tuple(facts))


def _gain(place: NewPlaceRow) -> ShownChange:
    return {"change": place["heads"], "low": place["low"], "high": place["high"]}


def flow(words: Words, names: dict[str, str], moved: FlowRow) -> Card:
    """Return the card of an arrow: an allocation, never a tracking."""
    say = words.say
    facts = [
        (say("Allocated"), words.heads(moved["heads"])),
        (say("Interval"), words.interval(moved["low"], moved["high"])),
        (say("Certain bounds"), words.interval(moved["bound_low"], moved["bound_high"])),
        *([(say("On foot"), way)] if (way := flow_way(words, moved)) else []),
        (say("Meaning"), say("A calculation from counts: nobody was followed.")),
    ]
    start, end = (names.get(code, code) for code in (moved["from"], moved["to"]))
    return Card(f"{start} → {end}", tuple(facts))
