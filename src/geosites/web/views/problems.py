"""Error pages for readers."""

from __future__ import annotations

from collections.abc import Sequence

from geosites.core.errors import Phrase
from geosites.presentation.template_rendering import Hyperlink, Page


def error(page: Page, status: int, detail: str | None, near: Sequence[str]) -> str:
    """Return the error page; `near` are slugs of similar sites.

    Messages of geosites are in the language of the page, those of a library in English, unchanged.
    """
    title, explanation = _error_words(page, status)
    ours = isinstance(detail, Phrase)
    return page.html(
        "layout/error.html",
        here="",
        title=title,
        explanation=explanation,
        detail=page.words.sentence(detail) if detail and ours else detail,
        ours=ours,
        near=[Hyperlink(slug, page.links.site(slug)) for slug in near],
    )


def _error_words(page: Page, status: int) -> tuple[str, str]:
    say = page.words.say
    known = {
        403: (
            say("Not allowed"),
            say(
                "Your account may not do this, or the request did not come from a page of this "
                "service. The account administrator can tell why."
            ),
        ),
        404: (say("Not found"), say("There is nothing at this address.")),
        409: (say("Contradiction"), say("It contradicts what is already recorded.")),
        422: (say("No answer"), say("The question cannot be answered as it was asked.")),
        503: (
            say("Not available"),
            say("The data cannot be reached at the moment. Please try again shortly."),
        ),
    }
    unforeseen = (say("Error"), say("Something went wrong on our side. It has been logged."))
    return known.get(status, unforeseen)


def problems(page: Page, explained: Sequence[tuple[str, int, str]]) -> str:
    """Return the page that explains the problems the API names."""
    return page.html("layout/problem_types.html", here="", explained=explained)
