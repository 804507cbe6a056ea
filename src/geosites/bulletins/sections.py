"""Text of a bulletin: sections of sentences and tables, for page, file, PDF and terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from geosites.bulletins import annex, front_page
from geosites.bulletins.decisions import decisions, named
from geosites.bulletins.layout_blocks import Section, under_way
from geosites.bulletins.serialization import Content
from geosites.core.weeks import IsoWeek
from geosites.presentation.credits import data_credits
from geosites.presentation.formatting import Words
from geosites.presentation.links import Links
from geosites.presentation.text.closure_text import known
from geosites.presentation.text.week_text import alarm_place


@dataclass(frozen=True, kw_only=True)
class Imprint:
    """Which issue a bulletin is. Without a revision it is a draft that nobody has issued."""

    content_sha256: str
    revision: int | None = None
    issued_at: dt.datetime | None = None
    anchor: str = ""


@dataclass(frozen=True, kw_only=True)
class Bulletin:
    """Full text of a bulletin; `front` is its first page, the rest explains it.

    The last section of the annex is on how to verify the bulletin.
    """

    title: str
    imprint: Sequence[str]
    exercise: bool
    draft: bool
    under_way: bool
    front: Sequence[Section]
    annex: Sequence[Section]
    map_label: str


def bulletin(words: Words, links: Links, content: Content, imprint: Imprint) -> Bulletin:
    """Return a bulletin in words; `content` as `bulletin_content.read` returns it."""
    week = IsoWeek.parse(content["week"])
    return Bulletin(
        title=words.say("Weekly bulletin, %(week)s", week=words.week(week)),
        imprint=_imprint(words, content, imprint),
        exercise=content["exercise"],
        draft=imprint.revision is None,
        under_way=under_way(content),
        front=front_page.sections(words, links, content),
        annex=[
            *annex.sections(words, links, content),
            _method(words, content),
            _checking(words, content, imprint),
        ],
        map_label=_map_label(words, content),
    )


def _imprint(words: Words, content: Content, imprint: Imprint) -> list[str]:
    message = known(words, content["as_known_at"])
    if under_way(content):
        until = words.instant(content["closures"]["as_of"])
        running = words.say("Week under way: figures up to %(instant)s.", instant=until)
        message = f"{running} {message}"
    if imprint.revision is None or imprint.issued_at is None:
        return [words.say("Draft, not issued."), message]
    issued = words.say(
        "Revision %(revision)s, issued on %(instant)s.",
        revision=words.number(imprint.revision),
        instant=words.instant(imprint.issued_at),
    )
    return [issued, message]


def _map_label(words: Words, content: Content) -> str:
    """Return the map in words, for those who do not see it."""
    week = words.week(IsoWeek.parse(content["week"]))
    listed = [
        f"{spot['rank']} {spot['territory'] or ''}".strip()
        for spot in content["hotspots"]["hotspots"]
    ]
    hotspots = ", ".join(listed) or words.say("none")
    label = words.say("Map of %(week)s. Hotspots: %(hotspots)s.", week=week, hotspots=hotspots)
    raised = named(words, [alarm_place(words, found) for found in content["alarms"]])
    alarms = words.say("Alarm: %(where)s.", where=raised) if raised else ""
    beside = words.say("The tables say the same.")
    return " ".join(part for part in (label, alarms, beside) if part)


def _method(words: Words, content: Content) -> Section:
    say, settings = words.say, content["hotspots"]["parameters"]
    by_effort = settings["significance"] == "effort"
    judged = (
        say(
            "Hotspots: the counts are shuffled %(count)s times among the visits, which stay "
            "where and when they were made; q is the share of false alarms among hotspots so "
            "striking, and at most %(alpha)s.",
            count=words.number(settings["permutations"]),
            alpha=words.percent(settings["alpha"]),
        )
        if by_effort
        else say("Hotspots: not adjusted for effort, to be read with caution.")
    )
    return Section(
        key="method",
        title=say("Method and sources"),
        lines=(
            say(
                "A number of people is how many are present at one time: the mean over the visits "
                "to each place, added over the places. Where nobody went, nothing is claimed."
            ),
            say(
                "Density: within %(radius)s; cells of %(cell)s. Intervals hold the true value in "
                "nine cases of ten.",
                radius=words.metres(settings["bandwidth_m"]),
                cell=words.metres(settings["cell_m"]),
            ),
            judged,
            say(
                "geosites counts people at places and identifies nobody. It follows nobody and "
                "predicts nothing."
            ),
            data_credits(words),
        ),
    )


def _checking(words: Words, content: Content, imprint: Imprint) -> Section:
    say = words.say
    lines = [say("SHA-256 of the content: %(digest)s", digest=imprint.content_sha256)]
    if imprint.revision is not None:
        lines.append(
            say(
                "To check it: geosites bulletin %(week)s --revision %(revision)s --out "
                "content.json, or the address of this bulletin ending in .json; then sha256sum "
                "content.json.",
                week=content["week"],
                revision=imprint.revision,
            )
        )
    if imprint.anchor:
        lines.append(say("Anchor of the journal: %(anchor)s", anchor=imprint.anchor))
    return Section(key="check", title=say("How to check this bulletin"), lines=tuple(lines))


def summary(words: Words, made: Bulletin, content: Content) -> list[str]:
    """Return a bulletin in a few lines, for a terminal."""
    answer, *_ = made.front
    return [
        *made.imprint,
        *answer.alerts,
        *answer.lines,
        front_page.closed_line(words, content),
        f"{words.say('What to decide')}{words.say(': ')}",
        *(f"- {item}" for item in decisions(words, content)),
    ]
