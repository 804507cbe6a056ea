"""The Folium map: ours alone, the same each time, and free of what people typed."""

from __future__ import annotations

import re

import folium
import pytest

from geosites.core.errors import Refused
from geosites.core.weeks import IsoWeek
from geosites.maps import FeatureLayer, SiteMap
from geosites.maps.interactive.folium_safe import Text
from geosites.presentation.i18n import Language
from geosites.presentation.template_rendering import Page
from geosites.web import views
from samples import samples_of_render as samples
from samples.hostile import ATTACKS

SPAN = IsoWeek(2020, 42), IsoWeek(2022, 40)
"""104 weeks."""


def page(language: Language = Language.FRENCH) -> Page:
    return Page.of(language, False, "/maps/hotspots/2022-W40", "n0nce").marked(True)


def drawn() -> SiteMap:
    site_map = SiteMap()
    FeatureLayer("week", "/layers/weeks/2022-W40?lang=fr").add_to(site_map)
    return site_map


def test_it_is_a_folium_map_that_asks_only_our_server() -> None:
    site_map = drawn()
    assert isinstance(site_map, folium.Map)
    parts = site_map.parts()
    assert all(url.startswith("/static/") for url in (*parts.scripts, *parts.styles))
    assert "//" not in parts.script


def test_folium_s_own_lists_are_left_alone() -> None:
    before = list(folium.Map.default_js), list(folium.Map.default_css)
    drawn().parts()
    assert (list(folium.Map.default_js), list(folium.Map.default_css)) == before


def test_the_same_map_gives_the_same_text() -> None:
    assert drawn().parts() == drawn().parts()


def test_braces_in_a_rendered_text_are_not_run_again() -> None:
    assert Text("{{ 7*7 }}{% raw %}").render() == "{{ 7*7 }}{% raw %}"
    site_map = SiteMap()
    FeatureLayer("week", "/layers/{{ 7*7 }}").add_to(site_map)
    assert "/layers/{{ 7*7 }}" in site_map.parts().script


@pytest.mark.parametrize("url", ["http://evil.example/x", "//evil.example/x", "data:,x", ""])
def test_a_layer_from_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="not an address of this server"):
        FeatureLayer("week", url)


def test_a_page_has_one_script_with_the_nonce_and_no_inline_style() -> None:
    html = views.week(page(), samples.hotspots(), (0.1, 0.2), SPAN, samples.AS_OF)
    assert html.count("<script nonce=") == html.count('<script nonce="n0nce">') == 1
    assert re.findall(r"<style|\sstyle=|\son\w+=", html) == []


@pytest.mark.parametrize("text", ATTACKS)
def test_what_people_typed_stays_text_on_every_page(text: str) -> None:
    closure = samples.closure(name=text, legal_ref=text)
    spot = {**samples.hotspots()["hotspots"][0], "quartier": text}
    week = samples.hotspots(hotspots=[spot])
    pages = (
        views.home(page(), week, [closure], [samples.alarm(quartier=text)]),
        views.week(page(), week, (0.1,), SPAN, samples.AS_OF),
        views.sites(page(), [closure]),
        views.site(page(), closure),
        views.error(page(), 404, text, [text]),
        views.displacement(page(), samples.displacement(), page().site(text, text)),
    )
    quiet = (
        views.home(page(), samples.hotspots(), [samples.closure()], [samples.alarm()]),
        views.week(page(), samples.hotspots(), (0.1,), SPAN, samples.AS_OF),
        views.sites(page(), [samples.closure()]),
        views.site(page(), samples.closure()),
        views.error(page(), 404, "x", ["x"]),
        views.displacement(page(), samples.displacement(), page().site("x", "x")),
    )
    for html, calm in zip(pages, quiet, strict=True):
        assert tags(html) == tags(calm)
        assert scripts(html) == scripts(calm)


def tags(html: str) -> list[str]:
    """Return every tag with the names of its attributes."""
    return [
        " ".join([name, *re.findall(r'\s([\w-]+)(?==")', rest)])
        for name, rest in re.findall(r"<(/?[a-zA-Z!][\w-]*)((?:[^>\"]|\"[^\"]*\")*)>", html)
    ]


def scripts(html: str) -> list[str]:
    return re.findall(r"<script.*?</script>", html, re.DOTALL)


@pytest.mark.parametrize("language", list(Language))
def test_every_page_says_that_it_is_an_exercise(language: Language) -> None:
    for html in (
        views.home(page(language), samples.hotspots(), [samples.closure()], []),
        views.home_empty(page(language), []),
        views.week(page(language), samples.hotspots(), (), SPAN, samples.AS_OF),
        views.sites(page(language), []),
        views.site(page(language), samples.closure()),
        views.displacement(page(language), samples.displacement()),
        views.error(page(language), 404, None, []),
    ):
        assert 'class="exercise"' in html
        assert f'<html lang="{language}">' in html


def test_a_page_of_a_week_is_light() -> None:
    classes = (0.1, 0.2, 0.5, 1, 2)
    html = views.week(page(), samples.hotspots(), classes, SPAN, samples.AS_OF)
    assert len(html) < 12_000
