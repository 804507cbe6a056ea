"""The page of public tables."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.core.documents.public_tables import PublicTableDocument
from geosites.presentation.path_prefix import rooted
from geosites.presentation.template_rendering import Page
from geosites.presentation.text import public_table_text


def public_tables(
    page: Page, answer: PublicTableDocument | None, quarters: Sequence[str] = ()
) -> str:
    """Return the page of one released table, or of none; `quarters` are those released."""
    words = page.words
    if answer is None:
        return page.html("publication/open_data.html", here="open-data", table=None)
    return page.html(
        "publication/open_data.html",
        here="open-data",
        statement=public_table_text.statement(words, answer),
        table=public_table_text.table(words, answer),
        guarantee=public_table_text.guarantee(words, answer),
        method=public_table_text.method(words, answer),
        columns=public_table_text.columns(words),
        released=words.say(
            "Released on %(instant)s, revision %(revision)s.",
            instant=words.instant(answer["released_at"]),
            revision=answer["revision"],
        ),
        quarters=[
            (public_table_text.quarter_name(words, item), page.links.open_data(item))
            for item in quarters
        ],
        files=[
            ("CSV", rooted(f"/open-data/{answer['quarter']}.csv")),
            ("JSON", rooted(f"/api/open-data/{answer['quarter']}")),
        ],
    )
