"""Recognise the notation of times and numbers in a file from its first rows.

An unambiguous notation is reported; an ambiguous one is proposed, to be confirmed.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from geosites.core.errors import phrase
from geosites.imports.source_options import ALL_TIMES, Recognition, SourceOptions
from geosites.imports.time_format_candidates import FormsFound, TimeForms, forms_of, mostly_iso
from geosites.validation import Block, FileKind
from geosites.validation.date_times.clock_words import in_digits, midnights, no_longer_than_times
from geosites.validation.date_times.time_patterns import TimePattern, pattern
from geosites.validation.source_notation import Notation

TIMES: Mapping[FileKind, tuple[str, ...]] = {
    FileKind.SIGHTINGS: ("observed_at",),
    FileKind.VISITS: ("observed_at",),
    FileKind.OPERATIONS: ("started_at", "ended_at"),
    FileKind.CLOSURES: ("closed_from", "closed_until"),
}
_PLACES = ("lon", "lat", "x", "y")
_NUMBERS = (
    *_PLACES,
    "accuracy_m",
    "radius_m",
    "headcount",
    "duration_min",
    "headcount_dispersed",
    "arrests",
    "review_days",
)
_COMMA = r"^[+-]?\d[\d \x{a0}\x{202f}.]*,\d+$"
_THOUSANDS = r"^[+-]?\d{1,3}(?:,\d{3})+$"
_POINT = r"^[+-]?\d+\.\d+$"
_MONTHS_ONLY = frozenset({"%Y-%m", "%Y/%m", "%m/%Y", "%m-%Y"})


@dataclass(frozen=True)
class Recognised:
    """Recognised notation, and findings; `open_`: more rows may resolve it."""

    notation: Notation
    findings: tuple[Recognition, ...] = ()
    open_: bool = False
    times: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def recognise(
    blocks: Sequence[Block], kind: FileKind, options: SourceOptions, *, typed: bool = False
) -> Recognised:
    """Return the notation of some blocks; settings in `options` are not determined again.

    Beside times in ISO 8601, others are considered slips, to be refused, unless they are half of
    all. In a sheet with typed cells (`typed`), those in ISO 8601 may come from time cells.
    """
    findings: list[Recognition] = []
    given = {
        name: tuple(map(pattern, options.times.get(name) or options.times.get(ALL_TIMES, ())))
        for name in TIMES[kind]
    }
    asked = [name for name in TIMES[kind] if not given[name]]
    written = {name: no_longer_than_times(_column(blocks, name)) for name in TIMES[kind]}
    findings += _midnights(written)
    columns = {name: in_digits(written[name]) for name in asked}
    times, more, unsettled = _times(columns, options.clocks, typed=typed)
    findings += more
    comma = options.decimal_comma
    if comma is None:
        comma, finding = _decimal_comma(blocks)
        findings += finding
    notation = Notation(
        zone=options.clocks,
        times={name: patterns for name, patterns in {**given, **times}.items() if patterns},
        decimal_comma=comma,
        factors=options.factors,
    )
    said = {name: tuple(item.text for item in made) for name, made in notation.times.items()}
    return Recognised(notation, tuple(findings), unsettled, said)


def _midnights(columns: Mapping[str, pa.Array]) -> list[Recognition]:
    """Return the question on a word that may mean either end of a day."""
    for name, column in columns.items():
        rows = np.flatnonzero(midnights(column))
        if len(rows):
            text = phrase(
                "%(name)s: %(example)s is read as 00:00, the beginning of the day that is named",
                name=name,
                example=column[int(rows[0])].as_py(),
            )
            return [Recognition(text, "--as-proposed", False)]
    return []


def _column(blocks: Sequence[Block], name: str) -> pa.Array:
    return pa.concat_arrays([block.column(name) for block in blocks])


def _times(
    columns: Mapping[str, pa.Array], zone: ZoneInfo, *, typed: bool
) -> tuple[dict[str, tuple[TimePattern, ...]], list[Recognition], bool]:
    """Return the patterns of each time column, notices, and whether more rows may help."""
    found = {
        name: forms_of(column)
        for name, column in columns.items()
        if typed or not mostly_iso(column)
    }
    order, settled = _order(found, columns, zone)
    times: dict[str, tuple[TimePattern, ...]] = {}
    findings: list[Recognition] = []
    for name, forms in found.items():
        if not forms.forms:
            continue
        texts = tuple(dict.fromkeys(_chosen(form, order) for form in forms.forms))
        times[name] = tuple(map(pattern, texts))
        sure = all(not form.unsure or (len(form.patterns) > 1 and settled) for form in forms.forms)
        findings.append(_told(name, texts, columns[name], times[name], sure))
    return times, findings, not settled


def _order(
    found: Mapping[str, FormsFound], columns: Mapping[str, pa.Array], zone: ZoneInfo
) -> tuple[str, bool]:
    """Return whether days (`d`) or months (`m`) come first, and whether the rows show it."""
    failures = {"d": 0, "m": 0}
    twelve = False
    both = False
    for name, forms in found.items():
        for form in forms.forms:
            if len(form.patterns) < 2:
                continue
            both = True
            for text in form.patterns:
                result = pattern(text).read(columns[name])
                failures[_leads(text)] += int((result.fits & np.isnat(result.clocks)).sum())
                twelve |= "%p" in text
    if not both:
        return "d", True
    if bool(failures["d"]) != bool(failures["m"]):
        return ("m" if failures["d"] else "d"), True
    american = twelve or zone.key.startswith("America/")
    return ("m" if american else "d"), False


def _leads(text: str) -> str:
    return "d" if text.index("%d") < text.index("%m") else "m"


def _chosen(form: TimeForms, order: str) -> str:
    return next((text for text in form.patterns if _leads_or_none(text) == order), form.patterns[0])


def _leads_or_none(text: str) -> str:
    return _leads(text) if "%d" in text and "%m" in text else ""


def _told(
    name: str,
    texts: Sequence[str],
    column: pa.Array,
    patterns: Sequence[TimePattern],
    sure: bool,
) -> Recognition:
    example, reading = _example(column, patterns)
    if {*texts} & _MONTHS_ONLY:
        text = phrase(
            "%(name)s names months only: %(example)s is read as %(reading)s, the day",
            name=name,
            example=example,
            reading=reading,
        )
    else:
        text = phrase(
            "%(name)s is written as %(forms)s: %(example)s is read as %(reading)s",
            name=name,
            forms=", ".join(texts),
            example=example,
            reading=reading,
        )
    option = " ".join(f"--time {shlex.quote(f'{name}={item}')}" for item in texts)
    return Recognition(text, option, sure)


def _example(column: pa.Array, patterns: Iterable[TimePattern]) -> tuple[str, str]:
    for item in patterns:
        result = item.read(column)
        for row in np.flatnonzero(result.fits & ~np.isnat(result.clocks))[:1].tolist():
            clock = str(result.clocks[row].astype("datetime64[s]"))
            shown = clock if item.has_clock else clock[:10]
            return column[row].as_py(), shown + ("Z" if item.zoned else "")
    return "", ""


def _decimal_comma(blocks: Sequence[Block]) -> tuple[bool, list[Recognition]]:
    """Return whether numbers are written with a comma, and the notice."""
    sure, example = False, ""
    for name in _NUMBERS:
        if name not in blocks[0]:
            continue
        column = _column(blocks, name)
        commas = column.filter(pc.fill_null(pc.match_substring_regex(column, _COMMA), False))
        if not len(commas):
            continue
        grouped = pc.match_substring_regex(commas, _THOUSANDS)
        sure |= name in ("lon", "lat") or not pc.all(grouped).as_py()
        example = example or commas[0].as_py()
    if not example or (not sure and _has_points(blocks)):
        return False, []
    text = phrase("numbers are written with a decimal comma, such as %(example)s", example=example)
    return True, [Recognition(text, "--decimal-comma", sure)]


def _has_points(blocks: Sequence[Block]) -> bool:
    """Return whether a coordinate is written with a decimal point: commas group thousands then."""
    return any(
        pc.any(pc.match_substring_regex(_column(blocks, name), _POINT)).as_py()
        for name in _PLACES
        if name in blocks[0]
    )
