"""Notes on how to read the figures of a week and of a displacement study."""

from __future__ import annotations

from geosites.core.documents.displacement import DisplacementDocument
from geosites.core.documents.weeks import WeekDocument
from geosites.presentation.formatting import Words
from geosites.presentation.text import hotspot_text
from geosites.presentation.text.detection_text import week_sentences
from geosites.presentation.text.week_text import imprecise


def week_reading(words: Words, answer: WeekDocument) -> list[str]:
    """Return how the figures of a week are meant, and what they were computed with."""
    say = words.say
    parameters = answer["parameters"]
    lines = [
        say(
            "People present: the mean count per visit at each place, summed over places, so that "
            "a place visited ten times is not counted ten times."
        ),
        say("Plain sum of all counts: %(heads)s.", heads=words.number(answer["heads_counted"])),
        say(
            "Density is smoothed over %(bandwidth)s and a cell is %(cell)s wide.",
            bandwidth=words.metres(parameters["bandwidth_m"]),
            cell=words.metres(parameters["cell_m"]),
        ),
        say(
            "A hotspot is a group of cells with more people per visit than chance would give; at "
            "most %(alpha)s of them are expected to be false alarms.",
            alpha=words.percent(parameters["alpha"]),
        ),
    ]
    lines += [
        line for line in (hotspot_text.method(words, answer), *_floors(words, answer)) if line
    ]
    lines += week_sentences(words, answer.get("seen_share"), answer["heads"])
    return lines + hotspot_text.trends_told(words, answer["hotspots"])


def _floors(words: Words, answer: WeekDocument) -> list[str]:
    """Return notes on too few visits, and on separate sources."""
    floor = answer["parameters"]["floor_visits"]
    lines = [
        words.say(
            "A cell with fewer than %(count)s visits around it is not ranked; a cell that nobody "
            "visited is not observed, never quiet.",
            count=words.number(floor),
        )
    ]
    if any(spot["discoveries_only"] for spot in answer["hotspots"]):
        lines.append(
            words.say(
                "A hotspot seen by patrols alone has no call and no partner's report on it or "
                "beside it: it may follow the patrols' own paths."
            )
        )
    if answer["reports"]:
        lines.append(
            words.say_many(
                "%(count)s report by a caller or partner is kept apart: reports follow those who "
                "report, and are not visits.",
                "%(count)s reports by callers and partners are kept apart: reports follow those "
                "who report, and are not visits.",
                answer["reports"],
            )
        )
    return lines


def displacement_reading(words: Words, answer: DisplacementDocument) -> list[str]:
    """Return how the figures of a displacement are meant."""
    say = words.say
    lines = [
        say(
            "Expected: what the place would hold had it followed the comparable places "
            "without an event."
        ),
        say("Intervals hold %(level)s of the likely values.", level=words.percent(answer["level"])),
        say(
            "Place test: how often a place would fall this much by itself. The rank stands beside "
            "it, and cannot go below one over the number of places."
        ),
    ]
    return [
        *lines,
        *_weighted(words, answer),
        *imprecise(words, answer),
        *_second_opinion(words, answer),
    ]


def _weighted(words: Words, answer: DisplacementDocument) -> list[str]:
    """Return the displacement difference and quotient, or nothing if they are withheld."""
    wdd = answer["wdd"]
    estimate, low, high = wdd["estimate"], wdd["low"], wdd["high"]
    if estimate is None or low is None or high is None:
        return []
    return [
        words.say(
            "Weighted displacement difference, on plain counts: %(estimate)s (%(interval)s); "
            "displacement quotient: %(quotient)s. Both assume that patrols were the same before "
            "and after; here, visits to the spot went to %(effort)s of what they were, against "
            "those elsewhere.",
            estimate=words.signed(estimate),
            interval=words.interval(low, high),
            quotient=_quotient(words, answer["wdq"]["value"]),
            effort=words.percent(answer["effort_ratio"]),
        ),
    ]


def _second_opinion(words: Words, answer: DisplacementDocument) -> list[str]:
    panel = answer["panel"]
    if panel is None:
        return []
    return [
        words.say(
            "Second opinion, a panel of weekly counts: the spot kept %(ratio)s of its people "
            "(between %(low)s and %(high)s). Its interval is too narrow.",
            ratio=words.percent(panel["ratio"]),
            low=words.percent(panel["low"]),
            high=words.percent(panel["high"]),
        )
    ]


def _quotient(words: Words, value: float | None) -> str:
    return words.say("not defined") if value is None else words.number(value, 2)
