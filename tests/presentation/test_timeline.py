"""The picture of a closure over time, and the table that says the same."""

from __future__ import annotations

import datetime as dt
import re
from itertools import pairwise

import pytest

from geosites.core import city
from geosites.maps import FeatureLayer, MapView, SiteMap
from geosites.presentation.charts.status_timeline import stretches, timeline
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.template_rendering import Page

FRENCH, ENGLISH = Words(Language.FRENCH), Words(Language.ENGLISH)


def day(month: int, number: int, year: int = 2022) -> dt.datetime:
    return dt.datetime(year, month, number, tzinfo=city.zone())


def told(*pieces: tuple[dt.datetime, str], end: dt.datetime | None = None) -> dict:
    until = end or day(12, 31)
    starts = [start for start, _ in pieces]
    return {
        "name": "Square Forceval",
        "start": starts[0],
        "end": until,
        "band": [
            {"start": start, "end": stop, "status": status}
            for (start, status), stop in zip(pieces, [*starts[1:], until], strict=True)
        ],
    }


CONFIRMED = told(
    (day(9, 1), "never_closed"),
    (day(10, 5), "unverified"),
    (day(10, 10), "confirmed_closed"),
    (day(11, 24), "contradicted"),
    (day(11, 25), "confirmed_closed"),
)


def test_each_status_has_its_lane_the_firmest_first() -> None:
    lanes = timeline(FRENCH, CONFIRMED).lanes
    assert [lane.status for lane in lanes] == [
        "confirmed_closed",
        "unverified",
        "contradicted",
        "never_closed",
    ]
    assert [len(lane.bars) for lane in lanes] == [2, 1, 1, 1]


def test_bars_fill_the_time_without_gap() -> None:
    bars = [bar for lane in timeline(FRENCH, CONFIRMED).lanes for bar in lane.bars]
    spans = sorted((float(bar.left[:-1]), float(bar.width[:-1])) for bar in bars)
    assert spans[0][0] == 0
    for (left, width), (then, _) in pairwise(spans):
        assert left + width == pytest.approx(then, abs=0.01)
    assert sum(spans[-1]) == pytest.approx(100, abs=0.01)


@pytest.mark.parametrize(
    ("end", "first", "most"),
    [
        (day(10, 2), "oct. 2022", 1),
        (day(12, 31), "oct. 2022", 3),
        (day(9, 1, 2023), "oct. 2022", 5),
        (day(9, 1, 2052), "janv. 2030", 5),
    ],
)
def test_months_are_marked_and_never_crowd(end: dt.datetime, first: str, most: int) -> None:
    ticks = timeline(FRENCH, told((day(9, 1), "never_closed"), end=end)).ticks
    assert 1 <= len(ticks) <= most
    assert end.year > 2050 or ticks[0].text in (first, "nov. 2022", "déc. 2022", "janv. 2023")


def test_the_table_says_the_same_the_latest_first() -> None:
    table = stretches(ENGLISH, CONFIRMED)
    rows = [[cell.text for cell in row] for row in table.rows]
    assert rows[0] == ["25\u00a0November 2022, 00:00", "closure confirmed", "36 days"]
    assert rows[1] == ["24\u00a0November 2022, 00:00", "closure contradicted", "24 hours"]
    assert len(rows) == len(CONFIRMED["band"])


@pytest.mark.parametrize("language", list(Language))
def test_the_picture_has_a_name_and_no_style(language: Language) -> None:
    page = Page.of(language, False, "/sites/forceval", "n0nce")
    picture = timeline(page.words, {**CONFIRMED, "name": '"><script>alert(1)</script>'})
    table = stretches(page.words, CONFIRMED)
    html = page.html(
        "closure/site.html",
        here="sites",
        name="x",
        answer={"status": "unverified"},
        brief="",
        statement=[],
        evidence=table,
        visits=None,
        events=table,
        view=_no_map(),
        reading=[],
        timeline=picture,
        stretches=table,
    )
    assert "<script>alert" not in html
    assert re.findall(r"\sstyle=", html) == []
    assert html.count('class="timeline-bar ') == 5


def _no_map() -> MapView:
    drawn = SiteMap()
    FeatureLayer("ground", "/layers/territories").add_to(drawn)
    return MapView(parts=drawn.parts(), label="x")
