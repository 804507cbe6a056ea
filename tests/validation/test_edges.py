"""Input at the edges of what text, calendar and ground can hold is refused in words."""

from __future__ import annotations

import datetime as dt

import pytest
import shapely
import sqlalchemy as sa

from geosites import services
from geosites.core.errors import NotFound, Refused
from geosites.core.records import Site
from geosites.core.weeks import IsoWeek
from geosites.db.geography import territories
from geosites.services.displacement_studies import events
from geosites.validation import ClosureIn, Context, OperationIn, SightingIn, WatchedTerritories

NOW = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def context(conn: sa.Connection) -> Context:
    """Return what reports are checked against."""
    ground = WatchedTerritories.of(territories.frame(conn))
    return Context(now=NOW, ground=ground, sites=frozenset({"forceval"}))


def _operation(wkt: str) -> OperationIn:
    return OperationIn(
        started_at="2022-10-05T06:00+02:00", ended_at="2022-10-05T09:00+02:00",
        kind="dispersal", wkt=wkt,
    )  # fmt: skip


@pytest.mark.parametrize("until", ["9999-12-31T23:59:59-10:00", "2100-01-02"])
def test_a_closure_does_not_end_in_another_age(context: Context, until: str) -> None:
    given = ClosureIn(site="forceval", closed_from="2024-01-02", closed_until=until)
    with pytest.raises(Refused) as caught:
        given.to_record(context)
    assert "2100" in caught.value.rows[0].reason  # type: ignore[attr-defined]


def test_half_a_character_is_refused(context: Context) -> None:
    given = SightingIn(
        observed_at="2022-10-05T06:00+02:00", lon="2.39", lat="48.8998", headcount="1",
        unit="\ud800",
    )  # fmt: skip
    with pytest.raises(Refused, match="unit"):
        given.to_record(context)


@pytest.mark.parametrize(
    ("wkt", "reason"),
    [
        ("CURVEPOLYGON(CIRCULARSTRING(2.39 48.89,2.40 48.89,2.39 48.89))", "curves"),
        ("POLYGON((2 48,3 48,3 49,2 49,2 48))", "km²"),
    ],
)
def test_an_area_no_operation_has_is_refused(context: Context, wkt: str, reason: str) -> None:
    with pytest.raises(Refused) as caught:
        _operation(wkt).to_record(context)
    assert reason in caught.value.rows[0].reason  # type: ignore[attr-defined]


@pytest.mark.parametrize("slug", ["\x00", "for\x00ceval", "Forceval", "../x", "a" * 5000 + "!"])
def test_what_is_no_slug_is_not_found(conn: sa.Connection, slug: str) -> None:
    with pytest.raises(NotFound):
        services.closure(conn, slug, NOW)
    with pytest.raises(NotFound):
        events.at_site(conn, slug, NOW)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_days_at_the_ends_of_the_calendar_are_refused(conn: sa.Connection, day: str) -> None:
    with pytest.raises(Refused, match="out of range"):
        events.parse(conn, f"forceval@{day}")
    at = dt.datetime.fromisoformat(f"{day}T12:00:00+00:00")
    with pytest.raises(Refused, match="out of range"):
        events.at_site(conn, "forceval", at)


@pytest.mark.parametrize("week", ["0001-W01", "9998-W01"])
def test_weeks_at_the_ends_of_the_calendar_are_refused(week: str) -> None:
    with pytest.raises(Refused, match="out of range"):
        IsoWeek.parse(week)


@pytest.mark.parametrize("name", ["x" * 201, "a\nb", "\x1b[31mred", " "])
def test_a_site_has_a_short_name_on_one_line(name: str) -> None:
    with pytest.raises(Refused, match="name"):
        Site(
            slug="x", name=name, perimeter=shapely.Point(0, 0).buffer(9), precision_m=1,
            territory="75119",
        )  # fmt: skip
