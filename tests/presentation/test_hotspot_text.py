"""What is said of hotspots, and of weeks in which none can be told."""

from __future__ import annotations

from typing import Any

import pytest

from geosites.analysis.hotspots.emerging_hotspot_classes import Trend
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.text import hotspot_text
from samples import samples_of_render as samples

FR, EN = Words(Language.FRENCH), Words(Language.ENGLISH)


def spot(**changes: Any) -> dict[str, Any]:
    return {**samples.hotspots()["hotspots"][0], **changes}


def test_a_hotspot_tells_how_old_it_is() -> None:
    assert [hotspot_text.age(FR, spot(weeks_old=weeks)) for weeks in (1, 3)] == [
        "1re semaine",
        "3e semaine",
    ]
    ages = [
        hotspot_text.age(EN, spot(weeks_old=weeks)) for weeks in (1, 2, 3, 4, 11, 12, 13, 21, 112)
    ]
    assert " ".join(age.split()[0] for age in ages) == "1st 2nd 3rd 4th 11th 12th 13th 21st 112th"


def test_a_hotspot_that_patrols_alone_saw_carries_a_warning() -> None:
    assert hotspot_text.warning(FR, spot()) is None
    alone = hotspot_text.warning(FR, spot(discoveries_only=True))
    assert alone == "vu par les seules patrouilles"
    assert alone in hotspot_text.line(FR, spot(discoveries_only=True))


@pytest.mark.parametrize(
    ("away", "site"), [(0.0, "stalingrad"), (500.0, "stalingrad"), (4915.0, None)]
)
def test_a_hotspot_leads_to_a_site_only_where_it_lies_at_it(away: float, site: str | None) -> None:
    assert hotspot_text.site_of(spot(nearest_site_m=away)) == site


@pytest.mark.parametrize("words", [FR, EN])
def test_every_trend_has_its_word_and_its_meaning(words: Words) -> None:
    told = hotspot_text.trends_told(words, [spot(trend=str(trend)) for trend in Trend])
    assert len(set(told)) == len(Trend)
    assert hotspot_text.trends_told(
        words, [spot(trend=None), spot(trend="new"), spot(trend="new")]
    ) == [told[0]]


def test_too_few_visits_are_the_reason_why_nothing_is_ranked() -> None:
    few = samples.hotspots(visits=12, hotspots=[])
    assert "12 visits are too few" in (hotspot_text.no_ranking(EN, few) or "")
    assert hotspot_text.caution(EN, few) == hotspot_text.no_ranking(EN, few)
    assert hotspot_text.method(EN, few) is None


def test_a_week_without_a_single_zero_is_read_with_caution() -> None:
    parameters = {**samples.hotspots()["parameters"], "significance": "no_effort"}
    blind = samples.hotspots(parameters=parameters)
    assert (hotspot_text.caution(EN, blind) or "").startswith("Effort is unknown")
    assert (hotspot_text.method(EN, blind) or "").startswith("Not adjusted for effort")


def test_a_week_with_effort_needs_no_caution_and_an_unobserved_one_no_method() -> None:
    assert hotspot_text.caution(EN, samples.hotspots()) is None
    assert hotspot_text.method(EN, samples.hotspots(visits=0)) is None
