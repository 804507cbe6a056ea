"""Times written as words: noon, and midnight, which may be either end of a day."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from geosites.validation.table_columns.text_columns import Mask, matches

_LONGEST = 200
_WORD = r"[A-Za-zí]{3}$"
_BEFORE = r"(?i)(\d)(?:,? +(?:à |at |um |a |alle |om )?|T)"
_NOON = rf"{_BEFORE}(?:12 +)?(?:midi|noon|mittags?|mediod[ií]a|mezzogiorno)$"
_MIDNIGHT = (
    rf"{_BEFORE}(?:0 +)?(?:minuit|midnight|mitternachts?|medianoche|mezzanotte|middernacht)$"
)


def no_longer_than_times(text: pa.Array) -> pa.Array:
    """Return texts with null for those that are longer than any time."""
    lengths = pc.binary_length(text)
    if (pc.max(lengths).as_py() or 0) <= _LONGEST:
        return text
    return pc.if_else(pc.fill_null(pc.greater(lengths, _LONGEST), False), None, text)


def in_digits(text: pa.Array) -> pa.Array:
    """Return times with noon as 12:00, and midnight as 00:00 of the day that is named."""
    if not matches(text, _WORD).any():
        return text
    for form, digits in ((_NOON, r"\1 12:00"), (_MIDNIGHT, r"\1 00:00")):
        said = matches(text, form)
        if said.any():
            text = pc.replace_substring_regex(text, form, digits)
    return text


def midnights(text: pa.Array) -> Mask:
    """Return which times end in a word for midnight."""
    return matches(text, _MIDNIGHT)
