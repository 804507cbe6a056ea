"""Sentences on where a fall was found again, in whole numbers that add up."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from geosites.core.documents.displacement import DisplacementSummary
from geosites.core.documents.displacement_figures import (
    AccountFigures,
    AccountParts,
    FlowRow,
    NewPlaceRow,
)
from geosites.presentation.formatting import Words

MOST_NAMED = 3
"""Maximum number of places or territories in a sentence."""


def new_places(words: Words, answer: DisplacementSummary) -> str:
    """Return the places that hold people since the event and did not before, the largest first."""
    names = ground_names(answer)
    new = sorted(answer["new_places"], key=lambda place: -place["heads"])[:MOST_NAMED]
    if not new:
        return ""
    document = [_new_place(words, names, place) for place in new]
    return words.say_many(
        "New place: %(list)s.", "New places: %(list)s.", len(document), list=joined(words, document)
    )


def _new_place(words: Words, names: dict[str, str], place: NewPlaceRow) -> str:
    values = {
        "heads": words.heads(place["heads"]),
        "interval": words.interval(place["low"], place["high"]),
        "territory": new_place_ground(names, place),
    }
    if place["before_known"]:
        return words.say(
            "%(heads)s in %(territory)s (%(interval)s), where next to nobody was seen before",
            **values,
        )
    return words.say("%(heads)s in %(territory)s (%(interval)s), never visited before", **values)


def ground_names(answer: DisplacementSummary) -> dict[str, str]:
    """Return what each territory of a study is called, by code: those of new places as well."""
    new = {item["territory"]: item.get("territory_name") for item in answer["new_places"]}
    return {
        **{code: name for code, name in new.items() if name},
        **{row["code"]: row["name"] for row in answer["territories"]},
    }


def new_place_ground(names: Mapping[str, str], place: NewPlaceRow) -> str:
    """Return the territory of a new place by its name, its code where that is not known."""
    code = place["territory"]
    return place.get("territory_name") or names.get(code, code)


def found_again(words: Words, answer: DisplacementSummary) -> str:
    """Return the account of the fall, in whole heads that add up."""
    account = answer["accounting"]
    if answer["finding"] in {"no_fall_shown", "fell_under_way"} or account is None:
        return ""
    parts = whole_account(account)
    fall, result, new, lost = (
        parts[name] for name in ("fall", "found_nearby", "new_places", "not_found")
    )
    document = [
        words.say_many(
            "%(count)s was found again nearby at known places%(where)s",
            "%(count)s were found again nearby at known places%(where)s",
            result,
            where=_where(words, answer, account),
        )
        if result >= 0
        else words.say_many(
            "%(count)s fewer stands nearby at known places as well",
            "%(count)s fewer stand nearby at known places as well",
            -result,
        )
    ]
    if new:
        document.append(_at_new_places(words, new))
    document.append(
        words.say_many("%(count)s was not found", "%(count)s were not found", lost)
        if lost >= 0
        else words.say_many(
            "%(count)s more arrived than left the spot",
            "%(count)s more arrived than left the spot",
            -lost,
        )
    )
    return words.say(
        "Of these %(fall)s, %(parts)s.", fall=words.number(fall), parts=joined(words, document)
    )


def _at_new_places(words: Words, heads: int) -> str:
    """Return what stands at new places, and that who arrived from elsewhere is in it as well."""
    return words.say_many(
        "%(count)s at a new place (from the spot or from elsewhere, counts cannot tell)",
        "%(count)s at new places (from the spot or from elsewhere, counts cannot tell)",
        heads,
    )


def _where(words: Words, answer: DisplacementSummary, account: AccountFigures) -> str:
    """Return the territories behind the people found at known places, in numbers that add up.

    Named are significant flows, and those to territories with a significant rise.
    """
    names = ground_names(answer)
    rose = {row["code"] for row in answer["territories"] if row["low"] > 0}
    known = [
        flow
        for flow in answer["flows"]
        if not flow["new"] and round(flow["heads"]) >= 1 and (flow["low"] > 0 or flow["to"] in rose)
    ]
    most = sorted(known, key=lambda flow: -flow["heads"])[:MOST_NAMED]
    if not most:
        return ""
    named = [f"{goal(words, names, flow)} {words.number(round(flow['heads']))}" for flow in most]
    document = sum(round(flow["heads"]) for flow in most)
    rest = whole_account(account)["found_nearby"] - document
    if rest > 0:
        named.append(words.say("elsewhere %(count)s", count=words.number(rest)))
    return words.say(" (%(list)s)", list=", ".join(named))


def goal(words: Words, names: Mapping[str, str], moved: FlowRow) -> str:
    """Return where heads were found: a territory, a new place in it, or elsewhere in the same."""
    name = names.get(moved["to"], str(moved["to"]))
    if moved.get("new"):
        return words.say("new place in %(name)s", name=name)
    if moved["to"] == moved["from"]:
        return words.say("the rest of %(name)s", name=name)
    return name


def whole_account(account: AccountParts) -> dict[str, int]:
    """Return the account of a fall in whole numbers whose parts add up to the total.

    The parts are rounded down, and the rest goes to the largest remainders (Hamilton's method):
    145.6 = 94.7 + 17.6 + 33.3 becomes 146 = 95 + 18 + 33.
    """
    fall = round(account["fall"])
    exact = {
        "found_nearby": account["found_nearby"],
        "new_places": account["new_places"],
        "not_found": account["not_found"],
    }
    whole = {name: math.floor(part) for name, part in exact.items()}
    rests = sorted(exact, key=lambda name: whole[name] - exact[name])
    missing = fall - sum(whole.values())
    for name in rests[:missing]:
        whole[name] += 1
    return {"fall": fall, **whole}


def joined(words: Words, parts: Sequence[str]) -> str:
    """Return a list in words: `a, b and c`."""
    if len(parts) < 2:
        return "".join(parts)
    return words.say("%(list)s and %(last)s", list=", ".join(parts[:-1]), last=parts[-1])
