"""Labels for codes in the journal and in retention certificates.

The journal itself stores the codes: an entry is the same in every language and never changes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from geosites.core.documents.service import ManyReferences
from geosites.core.errors import phrase
from geosites.presentation.formatting import Words
from geosites.presentation.permission_labels import act_word

KINDS = ("collection", "change", "consultation", "communication", "erasure")

_SUBJECTS: Mapping[str, str] = {
    "territory": phrase("territory"),
    "site": phrase("site"),
    "site_use": phrase("use of a site"),
    "sighting": phrase("sighting"),
    "sighting_note": phrase("note on a sighting"),
    "sighting_judgement": phrase("judgement on duplicates"),
    "sighting_check": phrase("check of a sighting"),
    "operation": phrase("operation"),
    "closure": phrase("closure"),
    "closure_act": phrase("act on a closure"),
    "care_place": phrase("care place"),
    "care_figure": phrase("figure of a care place"),
    "mark": phrase("store flag"),
    "week_release": phrase("release of a week"),
    "public_table": phrase("public table"),
    "event_release": phrase("release of an event"),
    "account": phrase("account"),
    "access_token": phrase("token"),
    "alarm_subscription": phrase("subscription"),
    "share_peer": phrase("other service"),
    "share_change": phrase("change told by another service"),
    "share_closure": phrase("closure told by another service"),
    "alarm_message": phrase("alarm message"),
    "bulletin": phrase("bulletin"),
    "change": phrase("log of changes"),
    "certificate": phrase("certificate of retention"),
    "journal.entry": phrase("entries of the journal"),
    "anchor": phrase("anchor"),
    "backup": phrase("backup"),
    "restore": phrase("restore"),
    "export sightings": phrase("export of sightings"),
    "export operations": phrase("export of operations"),
    "export closures": phrase("export of closures"),
    "export sites": phrase("export of sites"),
}
_FLAGS: Mapping[str, str] = {
    "exercise": phrase("the exercise"),
    "exercise calendar": phrase("calendar of the exercise"),
    "exercise loaded": phrase("loading of the exercise"),
    "exercise reset": phrase("reset of the exercise"),
    "city": phrase("the city"),
    "density classes": phrase("classes of density"),
    "closure_risk": phrase("risk of reopening"),
    "changes_written_by": phrase("origin of the log of changes"),
}
"""What the flags of a store are called; those of a mapping end with its name."""

_SUBSCRIPTION = "subscription "
_RULE = re.compile(r"(kept|exact for) (\d+) months")


def kind_word(words: Words, kind: str) -> str:
    """Return what an entry is about, in a word."""
    return {
        "collection": words.say("collection"),
        "change": words.say("change"),
        "consultation": words.say("consultation"),
        "communication": words.say("communication"),
        "erasure": words.say("erasure"),
    }[kind]


def subject(words: Words, what: str) -> str:
    """Return the object of an entry.

    That is a table, a document, or a permission with the route on which it was used: `read closure:
    /…`.
    """
    if what in _SUBJECTS:
        return words.retold(_SUBJECTS[what])
    act, separator, route = what.partition(": ")
    return f"{act_word(words, act)} ({route})" if separator and route else act_word(words, act)


def references(
    words: Words, what: str, named: list[str] | ManyReferences, most: int | None = None
) -> str:
    """Return what an entry is about; past `most` names the others are counted."""
    if not isinstance(named, list):
        count = named.get("count")
        return words.say("everything") if count is None else words.number(count)
    shown = ", ".join(_reference(words, what, one) for one in named[:most])
    more = 0 if most is None else len(named) - most
    return f"{shown} + {words.number(more)}" if more > 0 else shown


def _reference(words: Words, what: str, named: str) -> str:
    """Return a name or id unchanged, and a flag of the store in words."""
    if what != "mark":
        return named
    kind, separator, name = named.partition(":")
    if kind == "mapping" and separator:
        return words.say("mapping %(name)s", name=name)
    return words.retold(_FLAGS.get(named, named))


def channel_word(words: Words, channel: str) -> str:
    """Return the channel of an act; parts of the URL are unchanged."""
    known = {"command line": words.say("command line"), "page": words.say("page")}
    return known.get(channel, channel)


def recipient_word(words: Words, recipient: str) -> str:
    """Return the recipient of a disclosure: a login, a file, a subscription."""
    if recipient == "anchors file":
        return words.say("file of anchors")
    if recipient.startswith(_SUBSCRIPTION):
        number = recipient.removeprefix(_SUBSCRIPTION)
        return f"{words.say('subscription')} {number}"
    return recipient


def fault(words: Words, chain: int | None, seq: int | None, what: str) -> str:
    """Return an error of the journal, and its position."""
    reason = words.retold(what)
    if chain is None:
        return words.capital(reason)
    if seq is None:
        return words.say("Chain %(chain)s: %(reason)s", chain=chain, reason=reason)
    return words.say(
        "Chain %(chain)s, entry %(entry)s: %(reason)s", chain=chain, entry=seq, reason=reason
    )


def action_word(words: Words, action: str, count: int) -> str:
    """Return how many rows retention erased or made coarser."""
    if action == "erased":
        return words.say_many("%(count)s row erased", "%(count)s rows erased", count)
    return words.say_many(
        "%(count)s position reduced to its cell", "%(count)s positions reduced to their cell", count
    )


def rule_word(words: Words, rule: str) -> str:
    """Return the rule that retention followed; an unknown one is unchanged."""
    match = _RULE.fullmatch(rule)
    if match is None:
        return rule
    months = int(match[2])
    if match[1] == "kept":
        return words.say_many("kept %(count)s month", "kept %(count)s months", months)
    return words.say_many("exact for %(count)s month", "exact for %(count)s months", months)
