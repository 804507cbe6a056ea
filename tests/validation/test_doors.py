from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from geosites.core.errors import Refused, RowsRefused
from geosites.core.records import Activity, Origin, TimePrecision
from geosites.validation import ClosureIn, Context, OperationIn, SightingIn

SEEN = {"observed_at": "2023-07-13T14:30+02:00", "lon": 2.3605, "lat": 48.8842, "headcount": 3}
DONE = {
    "started_at": "2022-10-05T06:00+02:00",
    "ended_at": "2022-10-05T09:00+02:00",
    "kind": "evacuation",
}
CLOSED = {"site": "forceval", "closed_from": "2022-10-05"}
SQUARE = "POLYGON((2.38 48.88, 2.39 48.88, 2.39 48.89, 2.38 48.89, 2.38 48.88))"


def refusal(context: Context, door: type[Any], **given: Any) -> tuple[str, str]:
    """Return the column at fault and the reason why one object is refused."""
    with pytest.raises(RowsRefused) as caught:
        door(**given).to_record(context)
    assert caught.value.total == 1
    return caught.value.rows[0].column, caught.value.rows[0].reason


def test_a_sighting_becomes_a_record_in_metres(context: Context) -> None:
    sighting = SightingIn(**SEEN).to_record(context)
    assert sighting.observed_at == dt.datetime(2023, 7, 13, 12, 30, tzinfo=dt.UTC)
    assert sighting.time_precision is TimePrecision.INSTANT
    assert (sighting.point.x, sighting.point.y) == (653102.86, 6865099.215)
    assert sighting.headcount == 3
    assert sighting.origin is Origin.PATROL
    assert sighting.territory == "75110"
    assert sighting.unit is None


def test_every_detail_of_a_sighting_is_kept(context: Context) -> None:
    details = {
        "accuracy_m": 5.1234,
        "duration_min": 20,
        "origin": "call",
        "activity": "dealing",
        "site": "forceval",
        "verified": True,
        "unit": " GPIS 19 ",
    }
    sighting = SightingIn(**SEEN, **details).to_record(context)
    assert sighting.accuracy_m == 5.123
    assert sighting.duration_min == 20
    assert (sighting.origin, sighting.activity) == (Origin.CALL, Activity.DEALING)
    assert (sighting.site, sighting.verified, sighting.unit) == ("forceval", True, "GPIS 19")


def test_numbers_may_come_as_text_as_in_a_file(context: Context) -> None:
    as_text = {name: str(value) for name, value in SEEN.items()}
    assert SightingIn(**as_text).to_record(context) == SightingIn(**SEEN).to_record(context)


def test_the_id_is_the_one_given_or_that_of_the_content(context: Context) -> None:
    given = UUID("8e1913b8-b5cf-4806-8dd1-58f990e447ad")
    assert SightingIn(**SEEN, id=str(given).upper()).to_record(context).id == given
    made = [SightingIn(**SEEN).to_record(context).id for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].version == 5
    assert SightingIn(**{**SEEN, "headcount": 4}).to_record(context).id != made[0]


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="nickname"):
        SightingIn(**SEEN, nickname="x")


def test_a_missing_key_is_refused() -> None:
    with pytest.raises(ValidationError, match="headcount"):
        SightingIn(observed_at="2023-07-13", lon=2.36, lat=48.88)


def test_a_truth_value_is_no_number() -> None:
    with pytest.raises(ValidationError):
        SightingIn(**{**SEEN, "headcount": True})


def test_a_sighting_needs_a_whole_place(context: Context) -> None:
    with pytest.raises(Refused, match="'lat'"):
        SightingIn(observed_at="2023-07-13", lon=2.36, headcount=1).to_record(context)
    with pytest.raises(Refused, match="both given"):
        SightingIn(**SEEN, x=652000, y=6862000).to_record(context)


def test_the_schema_tells_numbers_from_text() -> None:
    properties = SightingIn.model_json_schema()["properties"]
    assert properties["headcount"] == {"minimum": 0, "type": "integer", "title": "Headcount"}
    assert SightingIn.model_json_schema()["additionalProperties"] is False


def test_an_operation_is_a_circle_of_its_radius(context: Context) -> None:
    operation = OperationIn(**DONE, lon=2.39, lat=48.9, radius_m=100).to_record(context)
    assert operation.area.geom_type == "MultiPolygon"
    assert operation.area.area == pytest.approx(3.14159 * 100**2, rel=0.01)
    assert operation.ended_at - operation.started_at == dt.timedelta(hours=3)


def test_an_operation_is_a_polygon_in_metres(context: Context) -> None:
    operation = OperationIn(**DONE, wkt=SQUARE, arrests=4).to_record(context)
    assert operation.area.area == pytest.approx(733 * 1112, rel=0.01)
    assert operation.arrests == 4


def test_a_ring_in_the_wrong_order_means_the_same_area(context: Context) -> None:
    turned = "POLYGON((2.38 48.88, 2.38 48.89, 2.39 48.89, 2.39 48.88, 2.38 48.88))"
    one, other = (OperationIn(**DONE, wkt=text).to_record(context) for text in (SQUARE, turned))
    assert one == other


@pytest.mark.parametrize(
    ("wkt", "reason"),
    [
        (
            "POLYGON((2.38 48.88,2.39 48.89,2.39 48.88,2.38 48.89,2.38 48.88))",
            "Self-intersection[2.385",
        ),
        ("POLYGON((48.88 2.38,48.89 2.38,48.89 2.39,48.88 2.38))", "swapped"),
        ("POLYGON((652000 6862000,652100 6862000,652000 6862100,652000 6862000))", "metres"),
        ("POLYGON((5 43,5.1 43,5 43.1,5 43))", "outside every territory"),
        ("POINT(2.38 48.88)", "not a polygon"),
        ("POLYGON EMPTY", "not a polygon"),
        ("POLYGON((2.38 48.88,2.39 48.88,2.39 48.89))", "closed"),
        ("a square", "not WKT"),
    ],
)
def test_an_area_that_cannot_be_is_refused(context: Context, wkt: str, reason: str) -> None:
    column, why = refusal(context, OperationIn, **DONE, wkt=wkt)
    assert column == "wkt"
    assert reason in why


def test_an_area_is_drawn_once(context: Context) -> None:
    column, reason = refusal(
        context, OperationIn, **DONE, wkt=SQUARE, lon=2.39, lat=48.9, radius_m=9
    )
    assert (column, reason) == ("lon", "is given beside wkt; give one or the other")


def test_a_circle_needs_a_radius(context: Context) -> None:
    with pytest.raises(Refused, match="radius_m"):
        OperationIn(**DONE, lon=2.39, lat=48.9).to_record(context)
    assert refusal(context, OperationIn, **DONE, lon=2.39, lat=48.9, radius_m=0)[0] == "radius_m"


def test_an_operation_ends_after_it_starts(context: Context) -> None:
    backwards = {**DONE, "ended_at": DONE["started_at"]}
    column, reason = refusal(context, OperationIn, **backwards, wkt=SQUARE)
    assert (column, reason) == ("ended_at", "is not after started_at")


def test_a_closure_is_reviewed_every_fortnight_unless_told(context: Context) -> None:
    closure = ClosureIn(**CLOSED).to_record(context)
    assert closure.closed_from == dt.datetime(2022, 10, 4, 22, 0, tzinfo=dt.UTC)
    assert (closure.closed_until, closure.review_days) == (None, 14)
    assert ClosureIn(**CLOSED, review_days=30).to_record(context).review_days == 30


def test_a_closure_may_be_ordered_ahead(context: Context) -> None:
    ahead = ClosureIn(site="forceval", closed_from="2027-01-01", closed_until="2027-02-01")
    assert ahead.to_record(context).closed_from > context.now


@pytest.mark.parametrize("until", ["2022-10-05", "2022-10-04"])
def test_a_closure_ends_after_it_starts(context: Context, until: str) -> None:
    column, reason = refusal(context, ClosureIn, **CLOSED, closed_until=until)
    assert (column, reason) == ("closed_until", "is not after closed_from")


def test_a_report_of_an_exercise_joins_an_exercise_alone(context: Context) -> None:
    marked = {**SEEN, "exercise": True}
    with pytest.raises(Refused, match="marked as an exercise"):
        SightingIn(**marked).to_record(context)
    known = SightingIn(**SEEN).to_record(context)
    assert SightingIn(**marked).to_record(replace(context, exercise=True)) == known
    assert SightingIn(**{**SEEN, "exercise": False}).to_record(context) == known
