"""Sentences on how many people crews miss."""

from __future__ import annotations

from geosites.core.documents.crew_detection import DetectionDocument, SeenShare
from geosites.presentation.formatting import Words


def week_sentences(words: Words, share: SeenShare | None, heads: float | None) -> list[str]:
    """Return the total of a week corrected for misses, if the share missed is known."""
    if share is None or not heads or round(heads) < 1:
        return []
    seen = words.say_many(
        "On %(count)s scene counted by two crews, a crew saw %(share)s of the people "
        "(%(interval)s).",
        "On %(count)s scenes counted by two crews, a crew saw %(share)s of the people "
        "(%(interval)s).",
        share["pairs"],
        share=words.percent(share["value"]),
        interval=_shares(words, share["low"], share["high"]),
    )
    return [seen, _stands_for(words, share, heads)]


def _stands_for(words: Words, share: SeenShare, heads: float) -> str:
    least = words.number(round(heads / share["high"]))
    if share["low"] <= 0.0:
        return words.say(
            "If as many are missed everywhere, at least %(least)s people were present.",
            least=least,
        )
    return words.say(
        "If as many are missed everywhere, %(present)s were present (between %(least)s and "
        "%(most)s); who cannot be seen by either crew is not among them.",
        present=words.heads(heads / share["value"]),
        least=least,
        most=words.number(round(heads / share["low"])),
    )


def detection_statement(words: Words, answer: DetectionDocument) -> list[str]:
    """Return the share of the people present that a crew sees, or why it cannot be estimated."""
    scenes = words.say_many(
        "%(count)s scene counted by two crews, from %(start)s to %(end)s.",
        "%(count)s scenes counted by two crews, from %(start)s to %(end)s.",
        answer["pairs"],
        start=words.day(answer["start"]),
        end=words.day(answer["end"]),
    )
    seen, unseen = answer["seen"], answer["unseen"]
    if seen is None or unseen is None:
        return [scenes, _refusal(words, answer["reason"])]
    lines = [
        scenes,
        words.say(
            "A crew sees %(share)s of the people present (%(interval)s); it misses %(unseen)s.",
            share=words.percent(seen["value"]),
            interval=_shares(words, seen["low"], seen["high"]),
            unseen=words.percent(unseen["value"]),
        ),
    ]
    return [*lines, *_people(words, answer), *_beware(words, answer)]


def _people(words: Words, answer: DetectionDocument) -> list[str]:
    present, counted = answer["present"], answer["counted"]
    if present is None or counted is None:
        return []
    least = words.number(round(present["low"]))
    if present["high"] is None:
        bounds = words.say("at least %(least)s", least=least)
    else:
        bounds = words.interval(present["low"], present["high"])
    line = words.say(
        "At these scenes a crew counted %(counted)s in all; %(present)s were present (%(bounds)s).",
        counted=words.heads(counted),
        present=words.heads(present["value"]),
        bounds=bounds,
    )
    return [line]


def _beware(words: Words, answer: DetectionDocument) -> list[str]:
    lines = []
    if answer["joint"] < answer["parameters"]["fewest_joint"]:
        lines.append(
            words.say(
                "From how much the counts differ: right if people are missed one by one or in "
                "twos. Joint counts would make it surer."
            )
        )
    if answer["in_groups"]:
        lines.append(words.say("People are missed in groups here: trust the joint counts alone."))
    lines.append(
        words.say(
            "People whom neither crew can see are in no figure; people who are harder to see are "
            "counted too low."
        )
    )
    return lines


def _refusal(words: Words, reason: str | None) -> str:
    say = words.say
    return {
        "too_few_pairs": say(
            "Too few to say how many people a crew misses: 15 are needed, or 8 with a joint count."
        ),
        "too_few_people": say("Too few people were counted at them to say how many a crew misses."),
        "unequal": say(
            "One of the two crews counted far fewer people than the other, or nobody: they did not "
            "count the same people at the same moment."
        ),
        "alike": say(
            "The counts agree so well that they cannot tell whether nobody was missed or the crews "
            "told each other."
        ),
        "too_different": say(
            "The counts differ more than misses explain: people missed in large groups, or not the "
            "same moment or ground. Joint counts would tell."
        ),
        "hardly_seen": say("Crews see so few of the people that their number cannot be told."),
    }[reason or "too_few_pairs"]


def _shares(words: Words, low: float, high: float | None) -> str:
    return words.say(
        "between %(low)s and %(high)s",
        low=words.percent(low),
        high=words.percent(1.0 if high is None else high),
    )
