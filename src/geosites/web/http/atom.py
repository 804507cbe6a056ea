"""Events as an Atom feed (RFC 4287), in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urljoin
from uuid import UUID, uuid5
from xml.etree import ElementTree

from geosites.core.documents.changes import ChangeDocument
from geosites.presentation.formatting import Words
from geosites.presentation.labels import closure_status
from geosites.presentation.links import Links

MEDIA_TYPE = "application/atom+xml"

_ATOM = "http://www.w3.org/2005/Atom"
_NAMESPACE = UUID("0f7f6c4e-7d1f-4d39-9a52-2f0ab3a1c7d5")
_NEVER = "1970-01-01T00:00:00+00:00"

Event = ChangeDocument


def feed(
    words: Words,
    base_url: str,
    events: Sequence[Event],
    names: Mapping[str, str],
    *,
    exercise: bool,
) -> bytes:
    """Return a feed of events, the newest first. `names` are those of territories by code."""
    root = ElementTree.Element("feed", {"xmlns": _ATOM, "xml:lang": words.language.value})
    title = words.say("geosites: weeks, hotspots, closures")
    _add(root, "title", _marked(words, title, exercise))
    _add(root, "id", f"urn:uuid:{uuid5(_NAMESPACE, base_url)}")
    _add(root, "updated", events[0]["at"].isoformat() if events else _NEVER)
    ElementTree.SubElement(root, "link", {"rel": "self", "href": f"{base_url}feed.atom"})
    _add(ElementTree.SubElement(root, "author"), "name", "geosites")
    for event in events:
        _entry(root, words, base_url, event, names, exercise=exercise)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _entry(
    root: ElementTree.Element,
    words: Words,
    base_url: str,
    event: Event,
    names: Mapping[str, str],
    *,
    exercise: bool,
) -> None:
    entry = ElementTree.SubElement(root, "entry")
    answer = sorted((name, str(value)) for name, value in event.items())
    _add(entry, "id", f"urn:uuid:{uuid5(_NAMESPACE, repr(answer))}")
    _add(entry, "title", _marked(words, _title(words, event, names), exercise))
    _add(entry, "updated", event["at"].isoformat())
    ElementTree.SubElement(entry, "category", {"term": event["kind"]})
    links = Links(words.language)
    path = links.site(event["site"]) if "site" in event else links.week(event["week"] or "")
    ElementTree.SubElement(entry, "link", {"href": urljoin(base_url, path)})


def _title(words: Words, event: Event, names: Mapping[str, str]) -> str:
    if event["kind"] == "closure.state":
        status = closure_status(words, event["status"]).word
        return f"{event['name']}{words.say(': ')}{status}"
    if event["kind"] == "week.new":
        return words.say("%(week)s is over", week=event["week"])
    code = event["territory"] or ""
    where = names.get(code, code)
    return words.say("New hotspot, %(where)s, %(week)s", where=where, week=event["week"])


def _marked(words: Words, text: str, exercise: bool) -> str:
    return f"[{words.say('Exercise')}] {text}" if exercise else text


def _add(parent: ElementTree.Element, name: str, text: str) -> None:
    ElementTree.SubElement(parent, name).text = text
