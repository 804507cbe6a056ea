"""Documents of a week or a place in which nothing is: any list of them may be empty."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.cell_suppression import suppress
from geosites.core.weeks import IsoWeek
from geosites.db.publication.partner_releases import Release
from geosites.permissions.redaction import partner_documents, reader_bulletin_fields, reader_fields
from geosites.permissions.redaction.allow_list import build
from samples import bulletin_samples
from samples import samples_of_render as samples

NOW = dt.datetime(2022, 10, 20, tzinfo=dt.UTC)
ROW = {
    "code": "75119", "name": "19e", "visits": 3, "places": 1, "heads": 4.0, "heads_counted": 4,
}  # fmt: skip


def release(rows: Any) -> Release:
    return Release(IsoWeek.parse("2022-W40"), NOW, rows)


TOLD: dict[str, tuple[Callable[[Any], Any], Mapping[str, Any]]] = {
    "week for partners": (
        lambda one: partner_documents.week(one, release(one["territories"])),
        {**samples.hotspots(), "territories": [ROW]},
    ),
    "week by cell": (lambda one: build(one, reader_fields.WEEK), samples.hotspots()),
    "closure for partners": (partner_documents.closure, samples.closure()),
    "closure by cell": (lambda one: build(one, reader_fields.CLOSURE), samples.closure()),
    "displacement for partners": (partner_documents.displacement, samples.displacement()),
    "displacement as released": (
        lambda one: partner_documents.as_released(
            {**partner_documents.displacement(one), "as_known_at": NOW}
        ),
        samples.displacement(),
    ),
    "displacement by cell": (
        lambda one: build(one, reader_fields.DISPLACEMENT),
        samples.displacement(),
    ),
    "bulletin by cell": (
        lambda one: build(one, reader_bulletin_fields.BULLETIN),
        bulletin_samples.content(),
    ),
}


def emptied(document: Any, which: Callable[[], bool]) -> Any:
    """Return a document with some of its lists empty and some of its parts null, as chosen."""
    if isinstance(document, Mapping):
        return {name: emptied(value, which) for name, value in document.items()}
    if isinstance(document, list):
        return [] if which() else [emptied(item, which) for item in document]
    return document


@pytest.mark.parametrize("name", TOLD)
@given(data=st.data())
def test_a_document_may_have_no_rows_in_any_of_its_lists(name: str, data: st.DataObject) -> None:
    tell, document = TOLD[name]
    told = tell(emptied(document, lambda: data.draw(st.booleans())))
    assert isinstance(told, Mapping)


@given(columns=st.integers(1, 4))
def test_nothing_is_hidden_of_a_table_without_rows(columns: int) -> None:
    result = suppress(np.zeros((0, columns)))
    assert (result.hidden.tolist(), result.total_hidden) == ([], False)


@pytest.mark.parametrize("threshold", [1, 11, 1000])
def test_a_week_without_rows_is_a_total_of_nobody(threshold: float) -> None:
    told = partner_documents.week_table(release([]), threshold)
    assert (told["heads"], told["heads_counted"], told["territories"]) == (0, 0, [])
