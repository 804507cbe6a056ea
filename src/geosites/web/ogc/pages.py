"""HTML pages of the OGC API, with the same content as its documents."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict, cast

from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page
from geosites.web.ogc.documents import Described, Document, retold

_LEADING = ("self", "alternate")


class OgcCollection(TypedDict):
    """Content of a collection's page."""

    title: str
    description: str
    links: list[dict[str, str]]


def landing(page: Page, document: Document) -> str:
    """Return where everything else is found."""
    return _page(page, page.words.say("Data for other tools (OGC API)"), None, document)


def conformance(page: Page, document: Document) -> str:
    """Return the conformance classes."""
    say = page.words.say
    rows = tuple((Cell(name),) for name in cast("list[str]", document["conformsTo"]))
    table = Table(say("Conformance classes"), (TableColumn(say("Class")),), rows, "")
    return _page(page, say("Standards that are kept"), None, document, table)


def collections(page: Page, document: Document) -> str:
    """Return the collections that the reader may see."""
    say = page.words.say
    rows = tuple(
        (Cell(item["title"], _address(item["links"])), Cell(item["description"]))
        for item in cast("list[OgcCollection]", document["collections"])
    )
    columns = TableColumn(say("Collection")), TableColumn(say("What it holds"))
    table = Table(
        say("Collections"),
        columns,
        rows,
        say("Your account has no access to anything on this page."),
    )
    return _page(page, say("Collections"), None, document, table)


def collection(page: Page, described: Described, document: Document) -> str:
    """Return one collection with the properties of its features."""
    say = page.words.say
    rows = tuple((Cell(name), Cell(kind)) for name, kind in described.properties.items())
    columns = TableColumn(say("Property")), TableColumn(say("Kind"))
    table = Table(say("Properties"), columns, rows, "")
    return _page(page, described.title, described.description, document, table)


def items(page: Page, described: Described, head: Document, features: str, here: str) -> str:
    """Return a page of features, which come as text, as a table; `here` is their address."""
    say = page.words.say
    read = json.loads(f"[{features}]")
    rows = tuple(_row(feature, described.properties, here) for feature in read)
    columns = TableColumn("id"), *(TableColumn(name) for name in described.properties)
    table = Table(described.title, columns, rows, say("No feature matches."))
    title = say("%(collection)s, features", collection=described.title)
    return _page(page, title, _told(page, head), head, table)


def feature(
    page: Page, described: Described, text: str, links: Sequence[Mapping[str, object]]
) -> str:
    """Return one feature."""
    say = page.words.say
    read = json.loads(text)
    rows = tuple((Cell(name), Cell(_plain(value))) for name, value in read["properties"].items())
    table = Table(
        described.title, (TableColumn(say("Property")), TableColumn(say("Value"))), rows, ""
    )
    return _page(page, str(read["id"]), described.description, {"links": links}, table)


def _told(page: Page, head: Document) -> str:
    returned, matched = head["numberReturned"], head.get("numberMatched")
    if not isinstance(returned, int):
        return ""
    if not isinstance(matched, int):
        return page.words.say_many("%(count)s feature", "%(count)s features", returned)
    return page.words.say(
        "%(returned)s of %(matched)s features",
        returned=page.words.number(returned),
        matched=page.words.number(matched),
    )


def _row(feature: Document, names: Iterable[str], here: str) -> tuple[Cell, ...]:
    identifier = str(feature["id"])
    values = cast("Document", feature["properties"])
    return (
        Cell(identifier, f"{here}/{identifier}?f=html"),
        *(Cell(_plain(values[name])) for name in names),
    )


def _plain(value: object) -> str:
    """Return a value as in the data: text unchanged, true, 4.5."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False)


def _address(links: Sequence[Mapping[str, str]]) -> str:
    return next(str(item["href"]) for item in links if item["type"] == "text/html")


def _page(
    page: Page,
    title: str,
    lead: str | None,
    document: Document,
    table: Table | None = None,
) -> str:
    result = cast("list[dict[str, str]]", retold(page.words, document["links"]))
    links = [item for item in result if item["rel"] not in _LEADING]
    data = next((item["href"] for item in result if item["rel"] == "alternate"), None)
    return page.html(
        "ogc/page.html", here="", title=title, lead=lead, links_out=links, data=data, table=table
    )
