"""A bulletin with its revision, and the files generated from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cached_property

from geosites.bulletins import serialization as bulletin_content
from geosites.bulletins.html import bulletin_html
from geosites.bulletins.map_drawing import bulletin_map
from geosites.bulletins.sections import Bulletin, Imprint, bulletin
from geosites.core.documents.bulletins import BulletinDocument
from geosites.db.publication.bulletins import Issue
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links

FORMS = ("html", "pdf")


@dataclass(frozen=True)
class Copy:
    """A bulletin, issued or not. The same copy gives the same files, to the byte."""

    text: str
    imprint: Imprint

    @cached_property
    def content(self) -> BulletinDocument:
        """Its content as a document."""
        return bulletin_content.read(self.text)

    @property
    def known(self) -> dt.datetime:
        """The instant that it is known at."""
        return self.content["as_known_at"]

    def told(self, words: Words, links: Links) -> Bulletin:
        """Return it in words."""
        return bulletin(words, links, self.content, self.imprint)

    def map(self, words: Words, *, tall: bool = False) -> bytes:
        """Return its map as PNG; `tall`: for a phone."""
        return bulletin_map(words, self.content["map"], tall=tall)


def of_issue(issue: Issue) -> Copy:
    """Return the copy that an issued revision is."""
    return Copy(
        issue.content,
        Imprint(
            content_sha256=issue.content_sha256,
            revision=issue.revision,
            issued_at=issue.issued_at,
            anchor=issue.anchor,
        ),
    )


def file_of(copy: Copy, language: Language, form: str) -> bytes:
    """Return the file of a copy: `html`, `pdf`, or `json`, which is its content to the byte."""
    if form == "json":
        return copy.text.encode()
    return _file(copy, language, form, copy.map(Words(language)))


def _file(copy: Copy, language: Language, form: str, picture: bytes) -> bytes:
    words = Words(language)
    answer = copy.told(words, Links(language, offline=True))
    if form == "html":
        return bulletin_html(words, answer, picture).encode()
    from geosites.bulletins.pdf import bulletin_pdf  # takes half a second to read

    return bulletin_pdf(words, answer, copy.imprint, copy.known, picture)


def files_of(copy: Copy) -> dict[str, bytes]:
    """Return every file of a copy by language and form: `fr.html`, `fr.pdf`, `en.html`…"""
    pictures = {language: copy.map(Words(language)) for language in Language}
    return {
        f"{language}.{form}": _file(copy, language, form, picture)
        for language, picture in pictures.items()
        for form in FORMS
    }
