"""Weekly chart of a target, with marks for the level expected from comparable places."""

from __future__ import annotations

from dataclasses import dataclass

from geosites.core.documents.displacement import DisplacementDocument
from geosites.core.documents.displacement_figures import CourseRow
from geosites.presentation.formatting import Words

HEIGHT = 96
"""Pixels of the largest bar."""


@dataclass(frozen=True)
class CourseBar:
    """One week: `left` and `width` in percent, bar and mark in pixels, None if unseen."""

    left: str
    width: str
    heads: int | None
    comparable: int | None
    text: str


@dataclass(frozen=True)
class CoursePicture:
    """Bars by week, and the position of the event among them, in percent."""

    label: str
    event: str
    most: str
    height: int
    bars: tuple[CourseBar, ...]


def course_picture(words: Words, answer: DisplacementDocument) -> CoursePicture | None:
    """Return the weeks before and after an event, or None where they are not to be seen."""
    weeks = answer.get("course") or []
    counts = [count for week in weeks for count in (week["heads"], week["comparable"])]
    most = max((count for count in counts if count is not None), default=0.0)
    if most <= 0:
        return None
    step = 100 / len(weeks)
    bars = tuple(_bar(words, week, number * step, step, most) for number, week in enumerate(weeks))
    before = sum(week["week"] < 0 for week in weeks)
    return CoursePicture(
        label=words.say("People at the spot week by week, before and after the event"),
        event=f"{before * step:.2f}%",
        most=words.number(round(most)),
        height=HEIGHT,
        bars=bars,
    )


def _bar(words: Words, week: CourseRow, left: float, step: float, most: float) -> CourseBar:
    heads, comparable = week["heads"], week["comparable"]
    scale = HEIGHT / most
    return CourseBar(
        left=f"{left + step * 0.1:.2f}%",
        width=f"{step * 0.8:.2f}%",
        heads=None if heads is None else max(round(heads * scale), 1),
        comparable=None if comparable is None else round(comparable * scale),
        text=words.say(
            "week %(week)s: %(heads)s",
            week=words.signed(week["week"] + (week["week"] >= 0)),
            heads=words.heads(heads),
        ),
    )
