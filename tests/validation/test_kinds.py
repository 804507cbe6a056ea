from __future__ import annotations

import pytest

from geosites.core.errors import Refused
from geosites.validation import ColumnPlan, FileKind

HEADER = ("observed_at", "lon", "lat", "headcount")


def refusal(plan: ColumnPlan, *header: str, kind: FileKind = FileKind.SIGHTINGS) -> str:
    with pytest.raises(Refused) as caught:
        plan.resolve(kind, header)
    return str(caught.value)


def test_columns_are_found_by_name_in_any_order() -> None:
    found = ColumnPlan().resolve(FileKind.SIGHTINGS, ("lat", "headcount", "lon", "observed_at"))
    assert found == {"lat": 0, "headcount": 1, "lon": 2, "observed_at": 3}


def test_columns_are_renamed_given_and_ignored() -> None:
    plan = ColumnPlan({"observed_at": "ts"}, {"headcount": "1"}, ["cat"])
    assert plan.resolve(FileKind.SIGHTINGS, ("ts", "lon", "lat", "cat")) == {
        "observed_at": 0,
        "lon": 1,
        "lat": 2,
    }


def test_an_unknown_column_is_named_with_a_near_one() -> None:
    message = refusal(ColumnPlan(), *HEADER, "Head_count", "cat")
    assert "columns 'Head_count', 'cat' are unknown; rename them" in message
    assert "did you mean headcount" in message


def test_a_missing_column_is_named() -> None:
    assert "missing column 'observed_at'" in refusal(ColumnPlan(), *HEADER[1:])
    assert "missing column 'lat'" in refusal(ColumnPlan(), "observed_at", "lon", "headcount")
    assert "lon and lat, or x and y" in refusal(ColumnPlan(), "observed_at", "headcount")


def test_a_renamed_column_must_be_there_and_be_ours() -> None:
    assert "'ts' is not in the file" in refusal(ColumnPlan({"observed_at": "ts"}), *HEADER)
    assert "'seen_at' is not a recognised column" in refusal(ColumnPlan({"seen_at": "ts"}), *HEADER)


def test_a_column_is_given_once() -> None:
    assert "'lon' is given twice" in refusal(ColumnPlan(), *HEADER, "lon")
    constant = ColumnPlan(constants={"headcount": "1"})
    assert "'headcount' is in the file and also" in refusal(constant, *HEADER)
    assert "both given" in refusal(ColumnPlan(), *HEADER, "x", "y")


def test_an_ignored_column_makes_room_for_a_constant() -> None:
    plan = ColumnPlan({}, {"headcount": "1"}, ["headcount"])
    assert "headcount" not in plan.resolve(FileKind.SIGHTINGS, HEADER)


def test_a_visit_needs_no_headcount() -> None:
    assert len(ColumnPlan().resolve(FileKind.VISITS, HEADER[:3])) == 3


def test_an_operation_needs_an_area() -> None:
    header = ("started_at", "ended_at", "kind")
    kind = FileKind.OPERATIONS
    assert "wkt, or lon, lat and radius_m" in refusal(ColumnPlan(), *header, kind=kind)
    assert "'radius_m'" in refusal(ColumnPlan(), *header, "lon", "lat", kind=kind)
    assert "wkt, or lon" in refusal(ColumnPlan(), *header, "radius_m", kind=kind)
    assert "wkt" in ColumnPlan().resolve(kind, (*header, "wkt"))


def test_a_column_to_ignore_must_be_there() -> None:
    assert "'cat' to be ignored is not in the file" in refusal(ColumnPlan(ignored=["cat"]), *HEADER)


def test_everything_that_is_missing_is_named_at_once() -> None:
    message = refusal(ColumnPlan(), "headcount")
    assert "missing column 'observed_at' and lon and lat, or x and y" in message
    assert "need 'observed_at', 'headcount', and a place: lon and lat, or x and y" in message
    operations = refusal(ColumnPlan(), "kind", kind=FileKind.OPERATIONS)
    assert "missing column 'started_at', 'ended_at' and wkt, or lon, lat and radius_m" in operations
