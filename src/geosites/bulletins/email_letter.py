"""The first page of a bulletin as an e-mail: plain text, and HTML with the map inside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from email.utils import format_datetime

from geosites.bulletins.layout_blocks import Section
from geosites.bulletins.rendering import Copy
from geosites.bulletins.sections import Bulletin
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links
from geosites.presentation.tables.table import Table
from geosites.presentation.template_rendering import Page

PICTURE = "map@geosites"


def bulletin_letter(
    copy: Copy, language: Language, sender: str, address: str, now: dt.datetime
) -> EmailMessage:
    """Return the e-mail of a copy, which loads nothing from elsewhere."""
    words = Words(language)
    told = copy.told(words, Links(language, offline=True))
    letter = EmailMessage()
    letter["From"] = sender
    letter["To"] = address
    letter["Subject"] = " ".join(told.title.split())
    letter["Date"] = format_datetime(now)
    digest = copy.imprint.content_sha256[:24]
    letter["Message-ID"] = f"<{digest}.{now:%Y%m%d%H%M%S}@{sender.rpartition('@')[2]}>"
    letter.set_content("\n".join(_lines(words, told)) + "\n")
    letter.add_alternative(_html(words, told), subtype="html")
    letter.get_payload()[1].add_related(  # type: ignore[index, union-attr]
        copy.map(words), "image", "png", cid=f"<{PICTURE}>", filename="map.png"
    )
    letter["Content-Language"] = language
    return letter


def _html(words: Words, told: Bulletin) -> str:
    page = Page(
        words=words,
        links=Links(words.language, offline=True),
        path="",
        nonce="",
        exercise=told.exercise,
    )
    plain = replace(told, front=[_without_signs(section) for section in told.front])
    return page.html("publication/bulletin_email.html", made=plain, picture=f"cid:{PICTURE}")


def _without_signs(section: Section) -> Section:
    """Return a section without the signs of closures: readers of mail draw them as they like."""
    tables = []
    for table in section.tables:
        rows = tuple(tuple(replace(cell, shape=None) for cell in row) for row in table.rows)
        tables.append(replace(table, rows=rows))
    return replace(section, tables=tables)


def _lines(words: Words, told: Bulletin) -> Iterator[str]:
    if told.exercise:
        yield words.say("Fictional data: none of these sightings took place.")
    yield told.title
    yield " ".join(told.imprint)
    for section in told.front:
        yield from ("", section.title.upper())
        yield from _section(words, section)


def _section(words: Words, section: Section) -> Iterator[str]:
    yield from section.alerts
    yield from section.lines
    yield from (f"- {item}" for item in section.items)
    for table in section.tables:
        yield from (f"- {line}" for line in _rows(words, table))
        if not table.rows:
            yield table.empty
        if table.note:
            yield table.note


def _rows(words: Words, table: Table) -> Iterator[str]:
    """Yield each row as a sentence that names its columns."""
    colon, semicolon = words.say(": "), words.say("; ")
    for row in table.rows:
        first, *others = (
            (column.label, f"{cell.text} ({cell.note})" if cell.note else cell.text)
            for column, cell in zip(table.columns, row, strict=True)
        )
        yield semicolon.join([first[1], *(f"{label}{colon}{text}" for label, text in others)])
