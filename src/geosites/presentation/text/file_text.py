"""Sentences on the result of an import or export."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from geosites.core.documents.files import ImportDocument, RefusedRow, WrittenFile
from geosites.presentation.formatting import Words


def imported(words: Words, report: ImportDocument) -> str:
    """Return what a file added, or would add."""
    count, values = report["added"], {"file": report["file"], "rows": _rows(words, report)}
    there = words.number(report["already_there"])
    seconds = words.number(report["seconds"], 1)
    if report["dry_run"]:
        return words.say_many(
            "%(file)s: %(rows)s, %(count)s would be added, %(there)s already there, %(seconds)s s.",
            "%(file)s: %(rows)s, %(count)s would be added, %(there)s already there, %(seconds)s s.",
            count,
            there=there,
            seconds=seconds,
            **values,
        )
    return words.say_many(
        "%(file)s: %(rows)s, %(count)s added, %(there)s already there, %(seconds)s s.",
        "%(file)s: %(rows)s, %(count)s added, %(there)s already there, %(seconds)s s.",
        count,
        there=there,
        seconds=seconds,
        **values,
    )


def refused(words: Words, report: ImportDocument, *, listed_below: bool = False) -> str:
    """Return that a file was refused, and how many of its rows are at fault.

    `listed_below`: rows are listed after this, as on a page, and not before.
    """
    total, shown = report["refused_total"], len(report["refused"])
    message = words.say_many(
        "%(file)s: refused whole, nothing was written; %(count)s row is at fault.",
        "%(file)s: refused whole, nothing was written; %(count)s rows are at fault.",
        total,
        file=report["file"],
    )
    if total == shown:
        return message
    count = words.number(shown)
    above = words.say("The first %(shown)s are above.", shown=count)
    below = words.say("The first %(shown)s are below.", shown=count)
    return f"{message} {below if listed_below else above}"


def doubtful(words: Words, report: ImportDocument) -> str:
    """Return the number of implausibly high counts in a file."""
    return words.say_many(
        "%(count)s count is higher than usual: is it right?",
        "%(count)s counts are higher than usual: are they right?",
        report["doubtful_total"],
    )


def left_out(words: Words, report: ImportDocument) -> str:
    """Return how many rows of a file that is taken are not."""
    return words.say(
        "%(file)s: left out: %(left_out)s on purpose, %(refused)s at fault.",
        file=report["file"],
        left_out=words.number(report["left_out"]),
        refused=words.number(report["refused_total"]),
    )


def recognised(words: Words, report: ImportDocument) -> str:
    """Return how a file was read: its format, its encoding and delimiter, its clocks."""
    found = report["recognised"]
    parts = [found.get("format", "").upper()]
    labels: tuple[tuple[Literal["sheet", "layer", "encoding", "delimiter", "reference"], str], ...]
    labels = (
        ("sheet", words.say("sheet")),
        ("layer", words.say("layer")),
        ("encoding", words.say("encoding")),
        ("delimiter", words.say("delimiter")),
        ("reference", words.say("reference system")),
    )
    for name, label in labels:
        if name in found:
            parts.append(f"{label} {_visible(words, found[name])}")
    parts.append(words.say("clocks of %(zone)s", zone=found["zone"]))
    return f"{report['file']}{words.say(': ')}{', '.join(parts)}."


def to_confirm(words: Words, report: ImportDocument) -> str:
    """Return what has to be confirmed before a file is imported."""
    options = " ".join(item["option"] for item in report["to_confirm"])
    return words.say(
        "To be confirmed when it is imported: --as-proposed, or %(options)s", options=options
    )


def _visible(words: Words, text: str) -> str:
    """Return the recognised notation; punctuation marks are quoted."""
    named = {"\t": "TAB", " ": "SPACE"}.get(text, text)
    return named if len(named) > 1 or named.isalnum() else words.quoted(named)


def bad_row(words: Words, row: RefusedRow) -> str:
    """Return where a row is at fault, and why."""
    return words.say(
        "line %(line)s, %(column)s: %(value)s: %(reason)s",
        **{**row, "value": words.quoted(row["value"]), "reason": words.retold(row["reason"])},
    )


def old_rows(words: Words, file: str, oldest: dt.datetime) -> str:
    """Return the notice on old rows in a file."""
    return words.say(
        "%(file)s: the oldest row is of %(day)s; what is added is known from now on, and answers "
        "as known before stay as they were.",
        file=file,
        day=words.day(oldest),
    )


def exported(words: Words, report: WrittenFile) -> str:
    """Return the result of an export."""
    parts = [f"{report['file']}{words.say(': ')}{_rows(words, report)}"]
    if report["exercise"]:
        parts.append(words.say("an exercise, fictional"))
    if report["resumed"]:
        parts.append(words.say("resumed where it had stopped"))
    return ", ".join(parts) + "."


def broken_off(words: Words, file: str) -> str:
    """Return what to do where writing a file was broken off."""
    return words.say("%(file)s: interrupted; the same command resumes from here.", file=file)


def row_count(words: Words, count: int) -> str:
    """Return a number of rows in words: `1 204 lignes`."""
    return words.say_many("%(count)s row", "%(count)s rows", count)


def _rows(words: Words, report: ImportDocument | WrittenFile) -> str:
    return row_count(words, report["rows"])
