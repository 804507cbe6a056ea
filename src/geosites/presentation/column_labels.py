"""Labels of file columns."""

from __future__ import annotations

import re

from geosites.core.errors import Phrase, QuotedNames, phrase
from geosites.core.records import CHOSEN_OF_SIGHTING
from geosites.presentation.formatting import Words
from geosites.validation import FileKind

_NAMED = re.compile(r"'([a-z_]+)'")
_FORMS = ("%d", "%m", "%Y", "%y", "%H", "%M", "%S")


def in_words(words: Words, message: str) -> str:
    """Return a message about a file in this language, columns and forms of times in words."""
    if isinstance(message, Phrase):
        told = {name: _worded(words, value) for name, value in message.values.items()}
        message = phrase(message.text, **told)
    return words.retold(message)


def _named(words: Words, name: str) -> str:
    """Return the label of a column of ours, and any other name in quotes."""
    told = column_word(words, name)
    return words.quoted(name) if told == name else told


def _worded(words: Words, value: object) -> object:
    if isinstance(value, FileKind):
        return kind_word(words, value)
    if isinstance(value, QuotedNames):
        return ", ".join(_named(words, name) for name in value)
    if not isinstance(value, str):
        return value
    if isinstance(value, Phrase):
        told = {name: _worded(words, one) for name, one in value.values.items()}
        return phrase(value.text, **told)
    value = _NAMED.sub(lambda found: column_word(words, found[1]), value)
    for form, text in zip(_FORMS, words.say("dd mm yyyy yy hh min ss").split(), strict=True):
        value = value.replace(form, text)
    return column_word(words, value)


def kind_word(words: Words, kind: FileKind) -> str:
    """Return the label of a type of file."""
    return {
        FileKind.SIGHTINGS: words.say("sightings"),
        FileKind.VISITS: words.say("visits that saw nobody"),
        FileKind.OPERATIONS: words.say("operations"),
        FileKind.CLOSURES: words.say("closures"),
    }[kind]


def column_word(words: Words, name: str) -> str:
    """Return the label of a column of ours; the name itself for a file's own column."""
    say = words.say
    known = {
        "id": say("Identifier of the row (UUID)"),
        "observed_at": say("Day and time of the observation"),
        "lon": say("Longitude (WGS 84)"),
        "lat": say("Latitude (WGS 84)"),
        "lat_lon": say("Latitude, then longitude, in one column"),
        "lon_lat": say("Longitude, then latitude, in one column"),
        "x": say("Easting, in metres"),
        "y": say("Northing, in metres"),
        "headcount": say("Number of people"),
        "accuracy_m": say("Accuracy of the position, in metres"),
        "duration_min": say("Duration, in minutes"),
        "origin": say("Origin of the report"),
        "site": say("Known place"),
        "verified": say("Checked (true or false)"),
        "unit": say("Unit"),
        "exercise": say("Exercise (true or false)"),
        "started_at": say("Day and time of the start"),
        "ended_at": say("Day and time of the end"),
        "kind": say("Kind of operation"),
        "radius_m": say("Radius, in metres"),
        "wkt": say("Point or area, as WKT"),
        "headcount_dispersed": say("People dispersed"),
        "arrests": say("Arrests"),
        "source": say("Source"),
        "closed_from": say("Closed from"),
        "closed_until": say("Closed until"),
        "legal_ref": say("Legal reference"),
        "review_days": say("Days until the next review"),
    }
    known |= {item.name: words.retold(item.label) for item in CHOSEN_OF_SIGHTING}
    return words.capital(known.get(name, name)) if name in known else name
