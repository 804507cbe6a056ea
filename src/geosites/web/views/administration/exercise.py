"""The page of the exercise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from geosites.presentation import journal_labels
from geosites.presentation.template_rendering import Page


def exercise(page: Page, now: dt.datetime, changed: Mapping[str, int], *, done: bool) -> str:
    """Return what day it is in the exercise, and how much was recorded since it was loaded."""
    words = page.words
    facts = [
        (words.capital(journal_labels.subject(words, name)), words.number(count))
        for name, count in changed.items()
        if count
    ]
    return page.html(
        "administration/exercise.html",
        here="exercise",
        done=done,
        statement=words.say("In the exercise it is %(instant)s.", instant=words.instant(now)),
        facts=facts,
    )
