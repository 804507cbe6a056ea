"""Displacement after the last operation or closure, worded as on the page of its study."""

from __future__ import annotations

from geosites.bulletins.layout_blocks import shortened
from geosites.bulletins.serialization import Content
from geosites.core.documents.bulletins import ToldOperation
from geosites.core.documents.displacement import DisplacementSummary
from geosites.presentation.formatting import Words
from geosites.presentation.text import displacement_text
from geosites.presentation.text.displacement_text import event_title, moved_statement


def moved_lines(words: Words, content: Content) -> list[str]:
    """Return the displacement after the latest event, and after the latest one with a result if
    that is another.

    Empty without an event in the last months.
    """
    events = content["operations"]["events"]
    answered = [item for item in events if item["answer"] is not None]
    shown = [*events[:1], *answered[:1]] if events[:1] != answered[:1] else events[:1]
    return [_line(words, item) for item in shown]


def window(words: Words, item: ToldOperation) -> str:
    """Return over how many weeks a study looks: `Sur 5 semaines après.`; empty without answer."""
    answer = item["answer"]
    if answer is None:
        return ""
    return words.say_many(
        "Over %(count)s week after it.", "Over %(count)s weeks after it.", _weeks(answer)
    )


def no_answer(words: Words, cause: str | None) -> str:
    """Return that a study gives no answer, and why."""
    if cause == "too_recent":
        why = words.say("Less than a full week has passed since; the answer comes next week.")
    else:
        why = displacement_text.refusal(words, cause)
    return f"{words.say('No answer')}. {why}"


def _line(words: Words, item: ToldOperation) -> str:
    place = item["place"]
    title = event_title(words, item["event"], None if place is None else shortened(place))
    answer = item["answer"]
    if answer is None:
        return f"{title}. {no_answer(words, item['cause'])}"
    over = words.say_many(
        "%(title)s, over %(count)s week.",
        "%(title)s, over %(count)s weeks.",
        _weeks(answer),
        title=title,
    )
    return " ".join([over, *moved_statement(words, answer)])


def _weeks(answer: DisplacementSummary) -> int:
    return (answer["after"]["end"] - answer["after"]["start"]).days // 7
