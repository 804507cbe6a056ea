"""The bulletin as an A4 PDF: a first page that stands alone, then the annex; legible in grey.

The same bulletin gives the same bytes: its date and identifier come from its content and revision.
"""

from __future__ import annotations

import datetime as dt
from base64 import b64encode

from geosites.bulletins.sections import Bulletin, Imprint
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links
from geosites.presentation.palette import TABLE_HEAD_GREY
from geosites.presentation.pdf_process import fitted_pdf
from geosites.presentation.template_rendering import Page

LAYOUTS = ((100, False), (90, False), (80, False), (90, True), (80, True), (70, True), (60, True))
"""Percent of the width that the map takes, and whether the words are set closer: the first with
which the first page is one page. The smallest map still has letters of 4 points."""


def bulletin_pdf(
    words: Words, made: Bulletin, imprint: Imprint, dated: dt.datetime, picture: bytes
) -> bytes:
    """Return the bulletin as a PDF file; `dated` is the day it is known at, `picture` its map."""
    links = Links(words.language, offline=True)
    page = Page(words=words, links=links, path="", nonce="", exercise=made.exercise)
    layouts = (
        page.html(
            "publication/bulletin_pdf.html",
            made=made,
            sha=imprint.content_sha256[:16],
            dated=(imprint.issued_at or dated).astimezone(dt.UTC),
            head_grey=TABLE_HEAD_GREY,
            picture=f"data:image/png;base64,{b64encode(picture).decode()}",
            map_share=share,
            dense=dense,
        )
        for share, dense in LAYOUTS
    )
    identifier = f"{imprint.content_sha256[:24]}-{imprint.revision or 0:07d}"
    return fitted_pdf(layouts, identifier, "annex")
