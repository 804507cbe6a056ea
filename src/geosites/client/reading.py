"""Parse responses: instants and days from ISO 8601 text to Python objects."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import NotRequired, Union, get_args, get_origin

from typing_extensions import ReadOnly, get_type_hints, is_typeddict

_DAY_CHARACTERS = len("2022-10-05")
_UNIONS = (Union, UnionType)
_MARKS = (NotRequired, ReadOnly)


def read(value: object, form: object) -> object:
    """Convert a value of a response to its type; fields that are not in the type are unchanged.

    A newer service may return more fields than this client knows.
    """
    if isinstance(value, str):
        return _instant(value) if _is_time(form) else value
    if isinstance(value, list):
        (inner, *_) = [*_arguments(form, list), object]
        return [read(item, inner) for item in value]
    if isinstance(value, dict):
        return _document(value, form)
    return value


def _document(value: Mapping[str, object], form: object) -> dict[str, object]:
    fields = max(
        (_fields(item) for item in _forms(form) if is_typeddict(item)),
        key=lambda known: len(known.keys() & value.keys()),
        default=None,
    )
    if fields is None:
        _, inner = [*_arguments(form, dict), object, object][:2]
        return {name: read(item, inner) for name, item in value.items()}
    return {name: read(item, fields.get(name, object)) for name, item in value.items()}


def _instant(text: str) -> dt.datetime | dt.date:
    if len(text) == _DAY_CHARACTERS:
        return dt.date.fromisoformat(text)
    return dt.datetime.fromisoformat(text)


def _is_time(form: object) -> bool:
    return any(item in (dt.datetime, dt.date) for item in _forms(form))


def _forms(form: object) -> tuple[object, ...]:
    """Return the types that a type allows: those of a union, or itself."""
    if get_origin(form) in _MARKS:
        return _forms(get_args(form)[0])
    return get_args(form) if get_origin(form) in _UNIONS else (form,)


def _arguments(form: object, kind: type) -> tuple[object, ...]:
    """Return the type of the items of a list or a dict."""
    return next((get_args(item) for item in _forms(form) if get_origin(item) is kind), ())


@cache
def _fields(form: type) -> dict[str, object]:
    return get_type_hints(form)
