"""Hours that are written as words: noon, and midnight, which may be either end of a day."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from geosites.validation.columns import Mask, matches

_BEFORE = r"(?i)(\d)(?:,? +(?:à |at |um |a |alle |om )?|T)"
_NOON = rf"{_BEFORE}(?:12 +)?(?:midi|noon|mittags?|mediod[ií]a|mezzogiorno)$"
_MIDNIGHT = (
    rf"{_BEFORE}(?:0 +)?(?:minuit|midnight|mitternachts?|medianoche|mezzanotte|middernacht)$"
)


def in_digits(text: pa.Array) -> pa.Array:
    """Return times with noon as 12:00, and midnight as 00:00 of the day that is named."""
    for form, digits in ((_NOON, r"\1 12:00"), (_MIDNIGHT, r"\1 00:00")):
        said = matches(text, form)
        if said.any():
            text = pc.replace_substring_regex(text, form, digits)
    return text


def midnights(text: pa.Array) -> Mask:
    """Return which times end in a word for midnight."""
    return matches(text, _MIDNIGHT)
