"""Row filter expressions for imports: `type = Needle Pickup and status != Closed`.

Conditions on columns of the file, joined by `and` and `or` (`and` has precedence). Values need
quotes only if they contain `and`, `or` or quotes. `=` and `!=` compare text; `<`, `<=`, `>`, `>=`
compare numbers, or else text; `~` tests whether a text contains another; `in (a, b)`; `is empty`,
`is not empty`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.errors import Refused
from geosites.validation.table_columns.text_columns import Mask, mask

_JOINT = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|\s+(and|or)\s+""", re.IGNORECASE)
_CONDITION = re.compile(
    r"""\s*+(?P<column>"[^"]+"|'[^']+'|[^=!<>~\s]++(?:\s++(?!(?:not\s++)?in\s*+\(.*\)\s*+\Z
    |is\s++(?:not\s++)?(?:empty|null)\s*+\Z)[^=!<>~\s]++)*)\s*+
    (?:(?P<sign>!=|<>|<=|>=|==|=|<|>|~)\s*+(?P<value>.*)
    |(?<=\s)(?P<not>not\s++)?in\s*+\((?P<values>.*)\)
    |(?<=\s)is\s++(?P<filled>not\s++)?(?:empty|null))\s*+""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
"""A column name ends where an operator or keyword begins; no backtracking."""
_NUMBER = r"^[+-]?\d+(?:\.\d*)?$"
_ORDERS: Mapping[str, np.ufunc] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}

Columns = Mapping[str, pa.Array]
Condition = Callable[[Columns], Mask]


@dataclass(frozen=True)
class RowFilter:
    """Which rows are taken: one of `groups` holds, each the conditions that must all hold."""

    text: str
    columns: tuple[str, ...]
    groups: tuple[tuple[Condition, ...], ...]

    def keeps(self, columns: Columns) -> Mask:
        """Return which rows are taken, given the columns that are named."""
        size = len(next(iter(columns.values())))
        kept: Mask = np.zeros(size, dtype=bool)
        for group in self.groups:
            both: Mask = np.ones(size, dtype=bool)
            for condition in group:
                both &= condition(columns)
            kept |= both
        return kept


def row_filter(text: str) -> RowFilter:
    """Parse a filter, or raise `Refused`."""
    columns: dict[str, None] = {}
    groups: list[tuple[Condition, ...]] = []
    for part in _split(text):
        made = [_condition(condition, text) for condition in part]
        columns.update((name, None) for name, _ in made)
        groups.append(tuple(condition for _, condition in made))
    return RowFilter(text, tuple(columns), tuple(groups))


def _split(text: str) -> list[list[str]]:
    """Return the alternatives, each as its conditions."""
    groups, current, start = [], [], 0
    for match in _JOINT.finditer(text):
        if match[2] is None:
            continue
        current.append(text[start : match.start()])
        start = match.end()
        if match[2].lower() == "or":
            groups.append(current)
            current = []
    current.append(text[start:])
    return [*groups, current]


def _condition(text: str, whole: str) -> tuple[str, Condition]:
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise Refused(
            "%(whole)r: %(text)r is not a condition, such as type = Needle Pickup",
            whole=whole,
            text=text.strip(),
        )
    name = _bare(match["column"])
    if match["sign"]:
        return name, _compared(name, match["sign"], _bare(match["value"]))
    if match["values"] is not None:
        listed = re.findall(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[^,]+""", match["values"])
        return name, _one_of(name, {_bare(item) for item in listed}, wanted=not match["not"])
    return name, _empty(name, wanted=not match["filled"])


def _bare(text: str) -> str:
    text = text.strip()
    for mark in "'\"":
        if len(text) >= 2 and text[0] == text[-1] == mark:
            return text[1:-1].replace(mark * 2, mark)
    return text


def _text(column: pa.Array) -> npt.NDArray[np.object_]:
    cells = pc.fill_null(pc.utf8_trim_whitespace(column), "")
    return np.array(cells.to_pylist(), dtype=object)


def _one_of(name: str, values: set[str], *, wanted: bool) -> Condition:
    listed = pa.array(sorted(values), pa.string())

    def holds(columns: Columns) -> Mask:
        found: Mask = mask(pc.is_in(pc.utf8_trim_whitespace(columns[name]), listed)) == wanted
        return found

    return holds


def _compared(name: str, sign: str, value: str) -> Condition:
    if sign in ("=", "=="):
        return _one_of(name, {value}, wanted=True) if value else _empty(name, wanted=True)
    if sign in ("!=", "<>"):
        return _one_of(name, {value}, wanted=False) if value else _empty(name, wanted=False)
    if sign == "~":
        return lambda columns: mask(pc.match_substring(columns[name], value, ignore_case=True))
    order = _ORDERS[sign]
    is_number = re.fullmatch(_NUMBER, value) is not None

    def holds(columns: Columns) -> Mask:
        text = pc.utf8_trim_whitespace(columns[name])
        if not is_number:
            found: Mask = mask(pc.is_valid(text)) & order(_text(text), value).astype(bool)
            return found
        numbers = mask(pc.match_substring_regex(text, _NUMBER))
        values = pc.cast(pc.if_else(pa.array(numbers), text, None), pa.float64())
        with np.errstate(invalid="ignore"):
            right: Mask = order(values.to_numpy(zero_copy_only=False), float(value))
        return numbers & right

    return holds


def _empty(name: str, *, wanted: bool) -> Condition:
    def holds(columns: Columns) -> Mask:
        text = pc.utf8_trim_whitespace(columns[name])
        found: Mask = mask(pc.fill_null(pc.equal(text, ""), True)) == wanted
        return found

    return holds
