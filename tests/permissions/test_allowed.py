"""Lists of fields: what is not named is absent, at every level, and so is any value under it."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, get_args

import pytest
from pydantic_core import to_json
from typing_extensions import get_type_hints, is_typeddict

from geosites.core.documents.closures import ClosureDocument
from geosites.permissions.redaction import (
    partner_documents,
    partner_fields,
    reader_bulletin_fields,
    reader_fields,
)
from geosites.permissions.redaction.allow_list import (
    AllowList,
    ByWeek,
    Fields,
    NestedRule,
    Rows,
    build,
    by_week,
    day,
    empty,
    named,
    null,
    part,
    rows,
)
from samples import bulletin_samples
from samples import samples_of_render as samples

KEY, VALUE = "field_that_nobody_named", "zq7391-not-for-you"
LISTS = {
    f"{module.__name__.rpartition('.')[2]}.{name}": found
    for module in (partner_fields, reader_fields, reader_bulletin_fields)
    for name, found in vars(module).items()
    if name.isupper() and not name.startswith("_") and isinstance(found, Mapping)
}
"""Every list of fields of every reader, found and not written down here."""


def strange(found: Any) -> Any:
    """Return a document with an unknown field of each shape at every level of it."""
    if isinstance(found, Mapping):
        more = {KEY: VALUE, f"{KEY}_rows": [{"heads": VALUE}], f"{KEY}_part": {"heads": VALUE}}
        return {**{name: strange(value) for name, value in found.items()}, **more}
    return [strange(one) for one in found] if isinstance(found, list) else found


def full(fields: Fields) -> dict[str, Any]:
    """Return a document with a value for every field that a list names, nested ones included."""
    return {name: _filled(rule) for name, rule in fields.items()}


_AT = dt.datetime(2022, 10, 9, tzinfo=dt.UTC)


def _filled(rule: Callable[[Any], Any]) -> Any:
    """Return what a rule takes: a document, rows of documents, weeks, an instant, or a number."""
    if isinstance(rule, NestedRule):
        return full(rule.fields)
    if isinstance(rule, Rows):
        return [full(rule.fields)] * 2
    if isinstance(rule, ByWeek):
        return {"2022-W40": _filled(rule.rule)}
    return {empty: [{KEY: VALUE}], null: {KEY: VALUE}, day: _AT}.get(rule, 7)


def unknown(fields: Fields, form: object, above: str = "") -> Iterator[str]:
    """Yield the fields that a list names, at any level, and the type of the document lacks."""
    known: dict[str, object] = {}
    for one in documents(form):
        known |= get_type_hints(one)
    for name, rule in fields.items():
        if name not in known:
            yield f"{above}{name}"
        elif isinstance(rule, NestedRule | Rows) and any(documents(known[name])):
            yield from unknown(rule.fields, known[name], f"{above}{name}.")


def documents(form: object) -> Iterator[type]:
    """Yield the types of documents in a type: itself, those of a union, those of a list."""
    if is_typeddict(form):
        yield form  # type: ignore[misc]
    for one in get_args(form):
        yield from documents(one)


@pytest.mark.parametrize("name", LISTS)
def test_every_field_that_a_list_names_is_in_the_type_of_its_document(name: str) -> None:
    allowed = LISTS[name]
    assert isinstance(allowed, AllowList)
    assert list(unknown(allowed, allowed.document)) == []


def test_a_field_that_no_document_has_is_found() -> None:
    fields = {**reader_fields.CLOSURE, "nearby": part(named("heads", "xy")), "sites": rows({})}
    assert list(unknown(fields, ClosureDocument)) == ["nearby.xy", "sites"]


@pytest.mark.parametrize("name", LISTS)
def test_an_unknown_field_is_in_no_document_at_any_level(name: str) -> None:
    document = full(LISTS[name])
    told = to_json(build(strange(document), LISTS[name])).decode()
    assert VALUE in to_json(strange(document)).decode()
    assert VALUE not in told
    assert KEY not in told
    assert json.loads(told).keys() == document.keys()


MADE: dict[str, tuple[Callable[..., Any], Mapping[str, Any]]] = {
    "closure": (partner_documents.closure, samples.closure()),
    "displacement": (partner_documents.displacement, samples.displacement()),
    "released displacement": (
        lambda document: partner_documents.as_released({**document, "as_known_at": None}),
        samples.displacement(),
    ),
    "week to cells": (lambda one: build(one, reader_fields.WEEK), samples.hotspots()),
    "displacement to cells": (
        lambda one: build(one, reader_fields.DISPLACEMENT),
        samples.displacement(),
    ),
    "alarm to cells": (lambda one: build(one, reader_fields.ALARM), samples.alarm()),
    "bulletin": (
        lambda one: build(one, reader_bulletin_fields.BULLETIN),
        bulletin_samples.content(),
    ),
}


@pytest.mark.parametrize("kind", MADE)
def test_what_is_made_of_a_result_is_the_same_with_unknown_fields_in_it(kind: str) -> None:
    made, document = MADE[kind]
    told = made(strange(document))
    assert to_json(told) == to_json(made(document))
    assert VALUE not in to_json(told).decode()


def test_a_value_with_fields_of_its_own_is_refused_where_one_value_was_named() -> None:
    for value in ({"heads": 3}, [{"heads": 3}], [[1, {"heads": 3}]]):
        with pytest.raises(TypeError, match="needs them named"):
            build({"p": value}, named("p"))


def test_the_order_of_a_document_stays() -> None:
    fields = {**named("a", "b"), "c": rows(named("x")), "d": part(named("y"))}
    document = {"d": {"z": 1, "y": 2}, "zz": 1, "b": 1, "c": [{"x": 1, "w": 2}], "a": None}
    told = build(document, fields)
    assert list(told) == ["d", "b", "c", "a"]
    assert told == {"d": {"y": 2}, "b": 1, "c": [{"x": 1}], "a": None}


def test_a_key_that_is_no_week_is_absent() -> None:
    told = by_week(part(named("heads")))({"2022-W40": {"heads": 1, "more": 2}, "more": {}})
    assert told == {"2022-W40": {"heads": 1}}


def test_no_number_of_a_withheld_row_is_told_and_none_of_the_spot() -> None:
    document = samples.displacement()
    few = {"before": 3.0, "after": 0.4, "expected": 3.0, "change": -2.6, "se": 1.71}
    first, *others = document["territories"]
    changed = {**document, "territories": [{**first, **few}, *others]}
    told = partner_documents.displacement(changed)
    kept = next(row for row in told["territories"] if row["code"] == first["code"])
    names = (*few, "low", "high", "share")
    assert {kept[name] for name in names if name in kept} == {None}
    stored = {**told, "territories": [{**kept, "se": 1.71}]}
    assert partner_documents.as_released(stored)["territories"][0]["se"] is None


def test_new_parts_of_results_are_not_told_to_partners() -> None:
    new = {
        "slope": {"estimate": 9.87, "before": 9.87},
        "course": [{"week": -1, "heads": 9.87, "comparable": 9.87}],
        "accounting": {"fall": 9.87, "intervals": {"fall": {"value": 9.87}}},
        "new_places": [samples.new_place(heads=9.87)],
        "farther": [{"code": "75110", "change": 9.87}],
        "borders": [{"territories": ["75110", "75119"], "before": 9.87, "lon": 9.87}],
        "warnings": [{"code": "hours_changed", "before": 9.87, "text": "9.87"}],
    }
    told = partner_documents.displacement(samples.displacement(**new))
    assert b"9.87" not in to_json(told)
    assert told["slope"] is told["accounting"] is None
    lists = ("course", "new_places", "farther", "borders", "warnings")
    assert list(itertools.chain.from_iterable(told[name] for name in lists)) == []
