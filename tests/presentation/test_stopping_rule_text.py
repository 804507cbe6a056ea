"""When one may stop visiting, in words."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from geosites.core.documents.closures import StoppingFigures
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.text.closure_text import closure_statement
from geosites.presentation.text.stopping_rule_text import (
    cost_reading,
    state_with_stopping,
    stopping_statement,
)
from plain import plain
from samples import samples_of_render as samples

EN, FR = Words(Language.ENGLISH), Words(Language.FRENCH)
SOON, LATE = samples.AS_OF + dt.timedelta(days=3), samples.AS_OF + dt.timedelta(days=30)


def rule(worth: int, until: dt.datetime | None) -> StoppingFigures:
    return {"error_visits": 100.0, "worth_visits": worth, "pays_from": 40.0, "until": until}


@pytest.mark.parametrize(
    ("stopping", "part"),
    [
        (rule(1, None), "1 more visit is worth making."),
        (rule(3, None), "3 more visits are worth making."),
        (rule(0, None), "no further visit is worth making."),
        (rule(0, SOON), "none is worth making before"),
        (rule(0, LATE), "Counting nothing but the cost of a wrong “closed”, put at 100 visits"),
        (None, ""),
    ],
)
def test_what_is_said(stopping: StoppingFigures | None, part: str) -> None:
    answer: dict[str, Any] = {**samples.closure(), "stopping": stopping}
    told = stopping_statement(EN, answer)  # type: ignore[arg-type]
    assert part in told
    assert bool(told) == ("100 visits" in told)


def test_it_stands_in_the_statement_of_a_site() -> None:
    answer: dict[str, Any] = {**samples.closure(), "stopping": rule(2, None)}
    told = plain(" ".join(closure_statement(FR, answer)))  # type: ignore[arg-type]
    assert "2 visites de plus sont utiles" in told


def test_the_state_stands_beside_what_visits_are_worth() -> None:
    told = state_with_stopping(EN, "probably_closed", 0.81, rule(3, None))
    assert told == "probably closed (81%), 3 more visits worth their cost"
    none = state_with_stopping(EN, "confirmed_closed", 0.97, rule(0, None))
    assert none == "closure confirmed (97%), no further visit worth its cost"
    later = state_with_stopping(EN, "confirmed_closed", 0.97, rule(0, LATE))
    assert "no visit worth its cost before" in later
    assert "81" not in state_with_stopping(EN, "reopened", 0.81, None)
    assert "100 visits" in cost_reading(EN, [None, rule(3, None)])
    assert cost_reading(EN, [None]) == ""
