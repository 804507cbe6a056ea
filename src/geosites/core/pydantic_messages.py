"""Translatable messages for pydantic validation errors, which pydantic has in English only."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import TYPE_CHECKING

from geosites.core.errors import Phrase, phrase

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


_WHOLE, _NUMBER = phrase("a whole number is expected"), phrase("a number is expected")
_TRUTH = phrase("true or false is expected")
_BY_TYPE = {
    "missing": phrase("is missing"),
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "bool_parsing": _TRUTH,
    "bool_type": _TRUTH,
    "uuid_parsing": phrase("an id is expected"),
}


def fault_reason(fault: ErrorDetails) -> Phrase:
    """Return why a value is refused, by the type of its error."""
    context = fault.get("ctx", {})
    match fault["type"]:
        case "greater_than_equal":
            return phrase("at least %(bound)s is expected", bound=context["ge"])
        case "less_than_equal":
            return phrase("at most %(bound)s is expected", bound=context["le"])
        case "string_too_long":
            return phrase("at most %(count)s characters are taken", count=context["max_length"])
        case "enum" | "literal_error":
            return phrase("one of %(choices)s is expected", choices=context["expected"])
        case "string_pattern_mismatch":
            return phrase("the form %(pattern)s is expected", pattern=context["pattern"])
        case "value_error" if isinstance(_message(context["error"]), Phrase):
            return _message(context["error"])
        case kind:
            return _BY_TYPE.get(kind) or phrase("%(reason)r", reason=str(fault["msg"]))


def faults_in(faults: Sequence[ErrorDetails]) -> Phrase:
    """Return where some values are refused, and why."""
    listed = [
        phrase(
            "%(where)s: %(reason)s",
            where=".".join(map(str, fault["loc"])),
            reason=fault_reason(fault),
        )
        for fault in faults
    ]
    return reduce(lambda one, more: phrase("%(one)s; %(more)s", one=one, more=more), listed)


def _message(error: Exception) -> Phrase:
    """Return the message of our own validator; it may be any text."""
    text: Phrase = error.args[0]
    return text
