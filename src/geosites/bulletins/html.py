"""The bulletin as one self-contained HTML file, without scripts or network access."""

from __future__ import annotations

import hashlib
from base64 import b64encode

from markupsafe import Markup

from geosites.bulletins.sections import Bulletin
from geosites.presentation import static_assets
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links
from geosites.presentation.template_rendering import Page

MEDIA_TYPE = "text/html; charset=utf-8"


def bulletin_html(words: Words, made: Bulletin, picture: bytes) -> str:
    """Return the bulletin as a file with its map and its style inside."""
    style = static_assets.sent("app.css") + static_assets.sent("tables.css")
    hashed = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = Page(
        words=words,
        links=Links(words.language, offline=True),
        path="",
        nonce="",
        exercise=made.exercise,
    )
    return page.html(
        "publication/bulletin_export.html",
        made=made,
        policy=f"default-src 'none'; img-src data:; style-src 'sha256-{hashed}'",
        style=Markup(style),  # noqa: S704 - our own file
        picture=f"data:image/png;base64,{b64encode(picture).decode()}",
    )
