"""Sentences on why the figures of a study may mislead."""

from __future__ import annotations

from geosites.core.documents.displacement import DisplacementSummary
from geosites.core.documents.displacement_figures import WarningRow
from geosites.presentation.formatting import Words

MOST_TOLD = 3


def caveats(words: Words, answer: DisplacementSummary) -> str:
    """Return why the figures may mislead, in one sentence."""
    document = [_caveat(words, item) for item in answer["warnings"][:MOST_TOLD]]
    names = {row["code"]: row["name"] for row in answer["territories"]}
    document += [
        words.say(
            "a place with %(heads)s lies on the border of %(one)s and %(other)s and counts in the "
            "first",
            heads=words.heads(max(place["before"], place["after"])),
            one=names.get(place["territories"][0], place["territories"][0]),
            other=names.get(place["territories"][1], place["territories"][1]),
        )
        for place in answer["borders"][:1]
    ]
    if not document:
        return ""
    return words.say("To bear in mind: %(list)s.", list=words.say("; ").join(document))


def _caveat(words: Words, one: WarningRow) -> str:
    if one["code"] == "hours_changed":
        return words.say(
            "the visits changed their hours (%(seen)s as seen after, %(alike)s at the hours of "
            "before)",
            seen=words.heads(one["before"]),
            alike=words.heads(one["after"]),
        )
    shares = {"before": words.percent(one["before"]), "after": words.percent(one["after"])}
    if one["code"] == "zeros_begun":
        return words.say(
            "in %(territory)s visits that saw nobody are reported only since the event (%(before)s "
            "before, %(after)s after), so nothing is said about it",
            territory=one.get("name", one["territory"]),
            **shares,
        )
    if one["unit"] is not None:
        return words.say(
            "unit %(unit)s no longer reports visits that saw nobody (%(before)s before, %(after)s "
            "after) and was left out",
            unit=one["unit"],
            **shares,
        )
    return words.say(
        "in %(territory)s visits that saw nobody are no longer reported (%(before)s before, "
        "%(after)s after), so nothing is said about it",
        territory=one.get("name", one["territory"]),
        **shares,
    )
