"""Labels of the decisions about a sighting and of their reasons."""

from __future__ import annotations

from geosites.presentation.formatting import Words
from geosites.validation.api_schemas.check_schemas import CheckReason, CheckVerdict


def state_word(words: Words, verified: bool | None) -> str:
    """Return whether a sighting was checked; the reasons are only in its versions."""
    if verified is None:
        return words.say("to be checked")
    return words.say("verified") if verified else words.say("rejected or withdrawn")


def verdict_word(words: Words, verdict: str) -> str:
    """Return the decision."""
    say = words.say
    return {
        CheckVerdict.VERIFIED: say("verified"),
        CheckVerdict.REJECTED: say("rejected"),
        CheckVerdict.WITHDRAWN: say("withdrawn"),
        CheckVerdict.REOPENED: say("to be checked again"),
        CheckVerdict.CORRECTED: say("corrected"),
    }[CheckVerdict(verdict)]


def verdict_choice(words: Words, verdict: str) -> str:
    """Return what can be decided, as a heading above its reasons."""
    say = words.say
    return {
        CheckVerdict.VERIFIED: say("Verify: it counts as checked"),
        CheckVerdict.REJECTED: say("Reject: it counts nowhere"),
        CheckVerdict.WITHDRAWN: say("Withdraw: it was not meant"),
        CheckVerdict.REOPENED: say("Check again"),
        CheckVerdict.CORRECTED: say("Correct"),
    }[CheckVerdict(verdict)]


def check_reason_word(words: Words, reason: str) -> str:
    """Return why it was decided."""
    say = words.say
    return {
        CheckReason.ON_THE_SPOT: say("seen on the spot"),
        CheckReason.SECOND_REPORT: say("a second report says the same"),
        CheckReason.UNIT_CONFIRMED: say("the unit was asked"),
        CheckReason.WRONG_PLACE: say("the place is wrong"),
        CheckReason.WRONG_TIME: say("the time is wrong"),
        CheckReason.WRONG_COUNT: say("the count is wrong"),
        CheckReason.OTHER_GATHERING: say("another kind of gathering"),
        CheckReason.NOT_CONFIRMED: say("not confirmed on the spot"),
        CheckReason.TEST_REPORT: say("a test"),
        CheckReason.MADE_IN_ERROR: say("made by mistake"),
        CheckReason.NEW_INFORMATION: say("new information"),
        CheckReason.TYPING_ERROR: say("typing error"),
    }[CheckReason(reason)]
