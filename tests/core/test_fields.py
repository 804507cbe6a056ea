"""A field declared once is everywhere that a sighting goes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pyarrow as pa
import pytest

from geosites.core.documents.reports import SightingDocument
from geosites.core.errors import phrase
from geosites.core.fields import chosen, chosen_fields
from geosites.core.records import CHOSEN_OF_SIGHTING
from geosites.db.features import collections
from geosites.db.reports import sightings
from geosites.db.schema.sightings import sighting
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.validation import SightingIn
from geosites.validation.records.row_ids import canonical
from geosites.validation.table_columns.file_columns import COLUMNS, FileKind
from geosites.web.routers.reporting.report import Typed
from geosites.web.views.reporting import report_form, reports

PAGE = Path(__file__).parents[2] / "docs" / "data.md"


class Sky(StrEnum):
    CLEAR = "clear"
    RAIN = "rain"


@dataclass(frozen=True, kw_only=True)
class Walk:
    steps: int
    sky: Sky | None = field(
        default=None,
        metadata=chosen(phrase("Activity"), {Sky.CLEAR: phrase("call"), Sky.RAIN: phrase("call")}),
    )


def test_a_record_tells_its_chosen_fields() -> None:
    (sky,) = chosen_fields(Walk)
    assert (sky.name, sky.label, sky.vocabulary) == ("sky", "Activity", Sky)
    assert (sky.read("rain"), sky.read(""), sky.read(None)) == (Sky.RAIN, None, None)
    assert Walk(steps=1).sky is None


@pytest.mark.parametrize("one", CHOSEN_OF_SIGHTING, ids=lambda one: one.name)
def test_each_is_wherever_sightings_go(one) -> None:  # type: ignore[no-untyped-def]
    assert set(one.words) == set(one.vocabulary)
    assert sighting.c[one.name].type.enums == [word.value for word in one.words]
    assert one.name in sightings.COLUMNS
    assert one.name in collections.SIGHTINGS
    assert one.name in COLUMNS[FileKind.SIGHTINGS]
    (schema, _) = SightingIn.model_json_schema()["properties"][one.name]["anyOf"]
    assert schema["enum"] == [word.value for word in one.words]
    assert one.name in SightingDocument.__annotations__
    assert one.name in Typed.model_fields
    assert one.name in reports.FIELDS
    for language in Language:
        named = {name: options for name, _, options in report_form.chosen(Words(language))}
        assert [option.value for option in named[one.name]] == ["", *one.words]


def test_the_page_on_data_lists_them() -> None:
    found = re.search(
        r"<!-- chosen:begin -->\n(.*?)<!-- chosen:end -->", PAGE.read_text(), re.DOTALL
    )
    lines = [
        f"| `{one.name}` | {', '.join(f'`{word}`' for word in one.words)} |"
        for one in CHOSEN_OF_SIGHTING
    ]
    assert found
    assert found[1].splitlines() == ["| field | words |", "|---|---|", *lines]


def test_a_field_that_came_later_leaves_ids_as_they_were() -> None:
    old = {"headcount": pa.array([3, 4]), "unit": pa.array(["a", None])}
    new = {**old, "sky": pa.array([None, "rain"])}
    before, after = canonical("x", old).to_pylist(), canonical("x", new, {"sky"}).to_pylist()
    assert after[0] == before[0]
    assert after[1] == before[1] + "\x1fsky=rain"
