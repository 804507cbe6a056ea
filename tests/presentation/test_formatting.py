"""How numbers, days and weeks are written, in both languages."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.core.weeks import IsoWeek
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from plain import plain

FR, EN = Words(Language.FRENCH), Words(Language.ENGLISH)
MORNING = dt.datetime(2022, 10, 5, 4, 30, tzinfo=dt.UTC)


def test_a_week_is_said_with_its_days() -> None:
    assert plain(FR.week(IsoWeek(2022, 40))) == "semaine 40 (3–9 octobre 2022)"
    assert plain(EN.week(IsoWeek(2022, 40))) == "week 40 (3–9 October 2022)"


def test_a_week_across_months_or_years_names_both() -> None:
    assert plain(FR.week(IsoWeek(2022, 39))) == "semaine 39 (26 septembre – 2 octobre 2022)"
    assert plain(FR.week(IsoWeek(2020, 53))) == "semaine 53 (28 décembre 2020 – 3 janvier 2021)"


def test_the_first_of_a_month_is_said_as_the_french_do() -> None:
    assert plain(FR.week(IsoWeek(2022, 31))) == "semaine 31 (1er–7 août 2022)"
    assert plain(EN.week(IsoWeek(2022, 31))) == "week 31 (1–7 August 2022)"


def test_an_instant_is_said_on_paris_clocks() -> None:
    assert plain(FR.instant(MORNING)) == "5 octobre 2022, 6 h 30"
    assert plain(EN.instant(MORNING)) == "5 October 2022, 06:30"


def test_the_year_is_left_out_where_it_is_clear() -> None:
    assert plain(FR.day(MORNING, near=MORNING)) == "5 octobre"
    assert plain(FR.day(MORNING, near=MORNING + dt.timedelta(days=100))) == "5 octobre 2022"


@pytest.mark.parametrize(
    ("days", "said"), [(0, "aujourd'hui"), (1, "hier"), (2, "il y a 2 jours"), (-1, "5 octobre")]
)
def test_days_are_counted_as_people_count_them(days: int, said: str) -> None:
    assert plain(FR.ago(MORNING, MORNING + dt.timedelta(days=days))) == said


def test_yesterday_evening_is_yesterday_even_a_few_hours_ago() -> None:
    late = dt.datetime(2022, 10, 4, 21, 30, tzinfo=dt.UTC)
    assert FR.ago(late, MORNING) == "hier"


@pytest.mark.parametrize(
    ("heads", "said"),
    [
        (86.7, "environ 87 personnes"),
        (1.2, "environ 1 personne"),
        (0.3, "moins d'une personne"),
        (0.0, "personne sur place"),
        (None, "non observé"),
        (math.nan, "non observé"),
    ],
)
def test_heads_are_about_and_never_zero_where_nobody_looked(heads: float | None, said: str) -> None:
    assert plain(FR.heads(heads)) == said


def test_an_interval_is_written_out() -> None:
    assert FR.interval(8.6, 21.2) == "entre 9 et 21"
    assert EN.interval(-3.2, 4.0) == "between −3 and 4"
    assert FR.interval(-math.inf, 4.0) == "intervalle non connu"


def test_what_is_not_certain_is_never_a_hundred_percent() -> None:
    assert plain(FR.percent(0.97)) == "97 %"
    assert plain(FR.percent(0.9996)) == "plus de 99 %"
    assert plain(FR.percent(0.0004)) == "moins de 1 %"
    assert plain(EN.percent(1.0)) == "100%"


def test_distances_change_unit_at_a_kilometre() -> None:
    assert [plain(FR.metres(m)) for m in (42.4, 131, 996, 1234)] == [
        "42 m",
        "130 m",
        "1 km",
        "1,2 km",
    ]


def test_changes_carry_their_sign() -> None:
    assert [FR.signed(value) for value in (12.4, -3.6, 0.2)] == ["+12", "−4", "±0"]


@given(st.floats(min_value=1e-6, max_value=1e6))
def test_significant_digits_read_back_within_five_percent(value: float) -> None:
    said = EN.significant(value).replace(",", "")
    assert float(said) == pytest.approx(value, rel=0.051)


def test_an_end_of_an_interval_is_not_called_zero_when_it_is_not() -> None:
    assert plain(FR.interval(-4.2, -0.14)) == "entre −4 et −0,1"
    assert plain(FR.interval(0.0, 90.4)) == "entre 0 et 90"
    assert plain(FR.interval(-0.01, 2.6)) == "entre 0 et 3"


def test_a_p_value_is_never_zero() -> None:
    assert [plain(FR.p_value(p)) for p in (0.0208, 3e-29)] == ["p = 0,021", "p < 0,001"]
