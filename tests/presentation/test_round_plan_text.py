"""What a stop of a plan is said to be for."""

from __future__ import annotations

from typing import Any

import pytest

from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.text.round_plan_reading import map_reading, reasons_reading
from geosites.presentation.text.round_plan_text import reasons, stop_ground, stop_name
from maps.test_round_map import crew

WORDS = Words(Language.ENGLISH)
PLAN: Any = {}
SETTLED = {"worth_visits": 0, "until": None, "error_visits": 60.0}
WORTH = {"worth_visits": 2, "until": None, "error_visits": 60.0}


def stop(*codes: str, **changes: Any) -> Any:
    nothing = {"share": 0.1, "event": None, "role": None, "weeks": None, "needed": None}
    why = [{"code": code, **nothing} for code in codes]
    closed = {"status": "confirmed_closed", "p_clear": 0.99, "name": "Forceval", "days_seen": 5}
    return crew(1, **{**closed, **changes}, why=why)["stops"][0]


@pytest.mark.parametrize(
    ("rule", "codes", "told"),
    [
        (SETTLED, ("closure", "total"), False),
        (SETTLED, ("closure",), True),
        (WORTH, ("closure", "total"), True),
        (None, ("closure", "total"), True),
    ],
)
def test_a_closure_that_needs_no_visit_is_no_reason(
    rule: object, codes: tuple[str, ...], told: bool
) -> None:
    found = reasons(WORDS, PLAN, stop(*codes, stopping=rule))
    assert any("closure confirmed" in text for text in found) is told
    assert any("total of the city" in text for text in found) is ("total" in codes)


def test_ground_not_seen_for_four_weeks_is_said_so() -> None:
    assert reasons(WORDS, PLAN, stop("total", days_seen=0)) == ["not seen for 28 days"]


def test_a_square_is_found_by_its_street() -> None:
    near = {
        "street": None, "crossing": None, "crossing_m": None,
        "station": "Crimée", "station_m": 120.0, "direction": "n",
    }  # fmt: skip
    one = stop(name=None, whereabouts=near)
    assert "Crimée" in stop_name(WORDS, one)
    assert "48.88" in stop_ground(WORDS, one)
    assert "square of 100 m" in stop_ground(WORDS, one)


def test_streets_are_promised_only_where_some_are_told() -> None:
    street = [{"street": "Rue Pajol", "metres": 90.0}]
    plan: Any = {"rounds": [{"stops": [stop("total", along=[])]}]}
    assert "streets" not in map_reading(WORDS, plan)
    plan["rounds"][0]["stops"].append(stop("total", along=street, ridden=False))
    assert "streets to take" in map_reading(WORDS, plan)


def test_only_the_reasons_told_are_explained() -> None:
    plan: Any = {"rounds": [{"stops": [stop("sample")]}]}
    assert "at random" in reasons_reading(WORDS, plan)
    assert "total" not in reasons_reading(WORDS, plan)
