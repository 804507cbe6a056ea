"""Texts of the report form's script, by key."""

from __future__ import annotations

from collections.abc import Mapping

from geosites.presentation.formatting import Words


def said(words: Words) -> Mapping[str, str]:
    """Return the texts; `{name}` is filled in by the script."""
    return {**_places(words), **_states(words), **_reasons(words), **_questions(words)}


def _places(words: Words) -> dict[str, str]:
    say = words.say
    return {
        "asking": say("Looking for the position. Allow it, tap the map, or choose a site."),
        "denied": say("No position from this device: tap the map, or choose a site."),
        "fixed": say("Position known to {m}. Tap the map to correct it."),
        "rough": say("Position known to {m} only: tap the map where it was."),
        "far": say("Position known to {m} only: tap the map, choose a site or write coordinates."),
        "lost": say("Position lost; this is from {ago}."),
        "aged": say("Taken {ago}."),
        "away": say("Taken {ago}, {km} from here."),
        "tapped": say("Position chosen on the map."),
        "typed": say("Position as written."),
        "site": say("Position of the site: {name}."),
        "kept": say("Position as it was reported."),
        "none": say("Tap the map, or choose a site."),
        "counted": say("Counted at {at}, {ago}: recorded at that time."),
        "onmap": say("on the map"),
        "from": say("{km} from {name}"),
        "nothing": say("Nothing yet."),
        "since": say("Without a network: as known on {at}."),
    }


def _states(words: Words) -> dict[str, str]:
    say = words.say
    return {
        "name": say("{at}, {place}, {heads}"),
        "nobody": say("nobody"),
        "colon": say(": "),
        "waiting": say("Waiting"),
        "refused": say("Refused"),
        "draft": say("Draft"),
        "sent": say("Sent"),
        "withdrawn": say("Withdrawn"),
        "withdrawing": say("Will be withdrawn."),
        "waits": say("{n} waiting"),
        "resume": say("Open"),
        "discard": say("Discard"),
        "look": say("Receipt"),
        "correct": say("Correct"),
        "withdraw": say("Withdraw"),
        "back": say("Go back"),
        "yes": say("Yes"),
    }


def _reasons(words: Words) -> dict[str, str]:
    say = words.say
    return {
        "why-nobody": say("The service does not answer; this is tried again by itself."),
        "why-error": say("The service has a fault; this is tried again by itself."),
        "why-store-unavailable": say("The service has a fault; this is tried again by itself."),
        "why-too-many-tries": say("The service asks to wait."),
        "why-not-signed-in": say("Sign in to send it."),
        "why-other-account": say("The account that made it has to sign in."),
        "why-account-unfinished": say("Something remains to be done on the page of this account."),
        "when": say("The clock of this device was put in between: check the time."),
        "plain": say("On this browser or address nothing is kept without a network."),
        "unkept": say("This report could not be kept: copy it before you leave."),
        "evictable": say("This browser may erase what waits when it runs out of space."),
        "fast": say("The clock of this device is {time} fast; times are corrected."),
        "slow": say("The clock of this device is {time} slow; times are corrected."),
        "other": say("This page is of {viewer}, and {account} is signed in."),
        "reload": say("Go on as {account}"),
        "signed-out": say("The session has ended: what waits is kept until you sign in."),
        "signin": say("Sign in as {viewer}"),
    }


def _questions(words: Words) -> dict[str, str]:
    say = words.say
    return {
        "ask-heads": say("{heads} people: is the count right?"),
        "ask-old": say("Seen on {at}: is the date right?"),
        "ask-site": say("The position is {km} from {name}. Where was it?"),
        "site-there": say("At the site"),
        "site-here": say("At the position"),
        "ask-again": say("You have just reported here: {name}. Is this another group?"),
        "again-other": say("Another group"),
        "again-correct": say("Correct the earlier one"),
        "ask-withdraw": say("Withdraw this report: {name}?"),
    }
