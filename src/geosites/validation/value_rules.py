"""Rules for single values: numbers, vocabularies, names, booleans, identifiers.

Each rule parses one column of a block, marks the rows that it cannot accept, and returns the typed
column, null where a row has no value or is bad.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.errors import hint, phrase
from geosites.validation.free_text.notes import TextKind, reason_against
from geosites.validation.table_columns.text_columns import (
    Block,
    Faults,
    Mask,
    Reason,
    filled,
    mask,
    matches,
    where,
)

_NUMBER = r"^[+-]?(\d{1,15}(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?$"
_WHOLE = r"^[+-]?\d{1,15}(\.0*)?$"
_FACTOR_DECIMALS = 9
_SPACES = " \u00a0\u202f\u2009'"
_GROUPED = rf"^[+-]?\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:,\d+)?$"
_GROUPED_WHOLE = rf"^[+-]?\d{{1,3}}(?:[{_SPACES}]\d{{3}})+(?:\.\d+)?$"
_GROUPED_BY_POINTS = r"^[+-]?\d{1,3}(?:\.\d{3})+,\d+$"
_SEPARATORS = rf"[{_SPACES}.]"
_WORDS_BESIDE = re.compile(r"[~<>≈±]|[^\W\d_]{2,}")
_UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_CONTROL = r"[\x00-\x08\x0a-\x1f\x7f]"
_YES, _NO = "true", "false"

MOST_HEADS = 100_000
"""Heads of one visit or operation above which a count is refused as impossible."""
LONGEST_NAME = 100
LONGEST_TEXT = 2000


def require(block: Block, faults: Faults, name: str, *, unless: Mask | None = None) -> None:
    """Mark the empty rows of a required column, except those `unless`."""
    missing = ~filled(block.column(name))
    faults.mark(name, missing if unless is None else missing & ~unless, phrase("is missing"))


def number(
    block: Block,
    faults: Faults,
    name: str,
    *,
    low: float = -np.inf,
    high: float = np.inf,
    whole: bool = False,
) -> npt.NDArray[np.float64]:
    """Return a column of numbers from `low` to `high`; NaN where there is none or it is bad."""
    if name not in block:
        return np.full(len(block), np.nan)
    text, form = block.column(name), _WHOLE if whole else _NUMBER
    right = matches(text, form)
    wrong = filled(text) & ~right
    if wrong.any():
        text = _with_points(block, name)
        right = matches(text, form)
        wrong = filled(text) & ~right
    faults.mark(name, wrong, lambda row: _not_a_number(block.text(name, row), whole))
    values: npt.NDArray[np.float64] = pc.cast(where(text, right), pa.float64()).to_numpy(
        zero_copy_only=False
    )
    factor = 1.0 if block.notation is None else block.notation.factors.get(name, 1.0)
    if factor != 1.0:
        values = np.round(values * factor, _FACTOR_DECIMALS)
    outside = (values < low) | (values > high)
    faults.mark(name, outside, lambda row: _outside(float(values[row]), low, high))
    return np.where(outside, np.nan, values)


def integers(values: npt.NDArray[np.float64]) -> pa.Array:
    """Return whole numbers as a pyarrow array of integers, null where they are NaN."""
    known = np.isfinite(values)
    return pa.array(np.where(known, values, 0).astype(np.int64), mask=~known)


def floats(values: npt.NDArray[np.float64]) -> pa.Array:
    """Return numbers as a pyarrow array, null where they are NaN."""
    return pa.array(values, mask=~np.isfinite(values))


def vocabulary(block: Block, faults: Faults, name: str, words: type[StrEnum]) -> pa.Array:
    """Return a column of words, each one of `words`."""
    members = [word.value for word in words]
    reason = phrase("is not one of %(members)s", members=", ".join(members))
    return _one_of(block, faults, name, members, reason)


def site(block: Block, faults: Faults, name: str, known: Collection[str]) -> pa.Array:
    """Return a column of site slugs, each one that is known."""

    def reason(row: int) -> str:
        near = difflib.get_close_matches(block.text(name, row), known, n=2, cutoff=0.5)
        return phrase("no such site%(hint)s", hint=hint(near))

    return _one_of(block, faults, name, sorted(known), reason)


def boolean(block: Block, faults: Faults, name: str) -> pa.Array:
    """Return a column of booleans, written true or false."""
    if name not in block:
        return pa.nulls(len(block), pa.bool_())
    text = pc.utf8_lower(block.column(name))
    strange = mask(pc.invert(pc.is_in(text, pa.array([_YES, _NO, None], pa.string()))))
    faults.mark(name, strange, phrase("is neither true nor false"))
    return pc.equal(where(text, ~strange), _YES)


def free_text(block: Block, faults: Faults, name: str, longest: int = LONGEST_TEXT) -> pa.Array:
    """Return a column of text on one line, of at most `longest` characters."""
    text = block.column(name)
    if name not in block:
        return text
    long = mask(pc.greater(pc.utf8_length(text), longest))
    faults.mark(name, long, phrase("is longer than %(longest)s characters", longest=longest))
    faults.mark(name, matches(text, _CONTROL), phrase("has control characters"))
    for reason, values in _personal(text).items():
        faults.mark(name, mask(pc.is_in(text, pa.array(values, text.type))), reason)
    return text


def _personal(text: pa.Array) -> dict[str, list[str]]:
    """Return the distinct texts of a column that identify a person, with the reason."""
    result: dict[str, list[str]] = {}
    for value in pc.unique(text).to_pylist():
        reason = reason_against(value, TextKind.NAME) if value else None
        if reason is not None:
            result.setdefault(reason, []).append(value)
    return result


def identifier(block: Block, faults: Faults, name: str) -> pa.Array:
    """Return a column of UUIDs in small letters."""
    text = block.column(name)
    if name not in block:
        return text
    wrong = filled(text) & ~matches(text, _UUID)
    faults.mark(name, wrong, phrase("is not a UUID"))
    return pc.utf8_lower(text)


def _one_of(
    block: Block, faults: Faults, name: str, words: Collection[str], reason: Reason
) -> pa.Array:
    text = block.column(name)
    if name not in block:
        return text
    strange = mask(pc.invert(pc.is_in(text, pa.array([*words, None], pa.string()))))
    faults.mark(name, strange, reason)
    return text


def _with_points(block: Block, name: str) -> pa.Array:
    """Return a column of numbers, with a point where the source writes a comma."""
    text = block.column(name)
    lone = matches(text, _GROUPED_WHOLE)
    if lone.any():
        text = pc.if_else(
            pa.array(lone), pc.replace_substring_regex(text, f"[{_SPACES}]", ""), text
        )
    if block.notation is None or not block.notation.decimal_comma:
        return text
    for grouped in (_GROUPED, _GROUPED_BY_POINTS):
        lone = matches(text, grouped)
        bare = pc.replace_substring_regex(text, _SEPARATORS, "")
        text = pc.if_else(pa.array(lone), bare, text)
    return pc.replace_substring_regex(text, r"^([+-]?\d+),(\d+)$", r"\1.\2")


def _not_a_number(text: str, whole: bool) -> str:
    lowered = text.lower().lstrip("+-")
    if lowered in ("nan", "inf", "infinity"):
        return phrase("%(text)s is not a number that can be recorded", text=text)
    if lowered.replace(",", "").replace(".", "").isdigit() and "," in lowered:
        return phrase("has a comma; numbers are written with a point and without separators")
    if lowered.isdigit():
        return phrase("has too many digits")
    found = re.search(r"\d{1,15}", text)
    if found and _WORDS_BESIDE.search(text):
        shown = found[0]
        if whole:
            return phrase(
                "is more than a number: a whole number is expected, such as %(shown)s", shown=shown
            )
        return phrase(
            "is more than a number: a number alone is expected, such as %(shown)s", shown=shown
        )
    return phrase("is not a whole number") if whole else phrase("is not a number")


def _outside(value: float, low: float, high: float) -> str:
    if low == 0 and value < 0:
        return phrase("cannot be negative")
    if value < low:
        return phrase("is below %(low)g", low=low)
    return phrase("is above %(high)g", high=high)
