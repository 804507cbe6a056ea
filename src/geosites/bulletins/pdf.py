"""The bulletin on A4: its first page alone answers, the annex follows; readable in grey.

The same bulletin gives the same bytes: its date and identifier come from its content and revision.
"""

from __future__ import annotations

import datetime as dt
from base64 import b64encode

from geosites.bulletins.text import Bulletin, Imprint
from geosites.maps.print_styles import printable
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links
from geosites.presentation.pages import Page
from geosites.presentation.palette import TABLE_HEAD_GREY
from geosites.presentation.pdf import pdf

TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], "\u25a1")
"""Characters that turn the direction of text, and the box that stands for each on paper."""


def bulletin_pdf(
    words: Words, made: Bulletin, imprint: Imprint, dated: dt.datetime, picture: bytes
) -> bytes:
    """Return the bulletin as a PDF file; `dated` is the day it is known at, `picture` its map."""
    links = Links(words.language, offline=True)
    page = Page(words=words, links=links, path="", nonce="", exercise=made.exercise)
    html = page.html(
        "bulletin_paper.html",
        made=made,
        sha=imprint.content_sha256[:16],
        dated=(imprint.issued_at or dated).astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        head_grey="#" + f"{TABLE_HEAD_GREY:02x}" * 3,
        picture=f"data:image/png;base64,{b64encode(picture).decode()}",
    )
    text = "\n".join(printable(line.translate(TURNING)) for line in html.split("\n"))
    return pdf(text, f"{imprint.content_sha256[:24]}-{imprint.revision or 0:07d}")
