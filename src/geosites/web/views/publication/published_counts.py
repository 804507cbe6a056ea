"""The page of published counts, beside the visits of the same days."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.core.documents.published import CountDocument
from geosites.presentation.template_rendering import Page
from geosites.presentation.text import published_counts_text
from geosites.web.views.publication import partner


def published_counts(
    page: Page, counts: Sequence[CountDocument], threshold: float | None = None
) -> str:
    """Return the page; with a `threshold`, as partners see it: by released territory."""
    words = page.words
    own = published_counts_text.table(page, counts, page.exercise)
    return page.html(
        "publication/published_counts.html",
        here="sites",
        statement=published_counts_text.statement(words, counts) if counts else own.empty,
        agreement=published_counts_text.agreement(words, counts),
        picture=published_counts_text.picture(words, counts),
        table=own if threshold is None else published_counts_text.coarse_table(page, counts),
        marked=threshold is None,
        reading=_reading(page),
        withheld=None if threshold is None else partner.withheld(words, threshold),
    )


def _reading(page: Page) -> list[str]:
    """Return notes on the comparison and its limits."""
    say = page.words.say
    lines = [
        say(
            "Published counts come from other bodies: how they were made is seldom stated, and "
            "some of them contradict each other."
        ),
        say(
            "Beside each stands the mean of the visits of patrols and surveys inside the site, "
            "zeros included, in the days around it, up to two weeks before and after; never across "
            "a date on which the place was closed or people were moved."
        ),
        say(
            "Day is from 6:00 to 18:00, night from 18:00 to 6:00. A count without an hour is "
            "compared with both."
        ),
        say(
            "Entries, passages and people roaming are not compared: they were not present at one "
            "place at one time. Nor are places and times that no visit covers."
        ),
    ]
    fiction = say(
        "The numbers of people in the exercise were set near these counts. That the two agree "
        "shows that the exercise is plausible, and nothing about the method."
    )
    return [fiction, *lines] if page.exercise else lines
