"""The pages people read, over three fictional weeks."""

from __future__ import annotations

import html
import re

import pytest
from starlette.testclient import TestClient

from geosites import services
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.template_rendering import Page
from geosites.presentation.text.hotspot_text import beside as beside_hotspot
from geosites.web import views
from plain import plain
from samples.hostile import ATTACKS
from stores import small_exercise

PAGES = (
    "/",
    f"/maps/hotspots/{small_exercise.WEEK}",
    "/sites",
    "/sites/forceval",
    f"/maps/displacement/{small_exercise.EVENT}",
    "/problems",
)


def text_of(page: str) -> str:
    """Return what a page says: tags left out, spaces made plain."""
    body = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]*>", " ", page)
    return re.sub(r"\s+", " ", plain(html.unescape(body)))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_and_says_that_it_is_an_exercise(reader: TestClient, path: str) -> None:
    answer = reader.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "Exercice Données fictives" in text_of(answer.text)
    english = reader.get(path, params={"lang": "en"})
    assert "Exercise Fictional data" in text_of(english.text)


def test_the_first_page_opens_with_the_answer(reader: TestClient) -> None:
    said = text_of(reader.get("/").text)
    assert re.search(
        r"Semaine 40 \(3–9 octobre 2022\) : environ \d+ personnes aux \d+ endroits visités , "
        r"\d points? chauds? ,",
        said,
    )
    assert "Square Forceval" in said
    assert "fermeture confirmée" in said


def test_a_store_without_sightings_has_a_first_page_too(empty: TestClient) -> None:
    answer = empty.get("/")
    assert answer.status_code == 200
    assert "Aucune observation n'est encore enregistrée." in text_of(answer.text)
    assert "Exercice" not in text_of(answer.text)


def test_the_map_leads_to_the_latest_week(reader: TestClient) -> None:
    answer = reader.get("/maps/hotspots", params={"lang": "en"}, follow_redirects=False)
    assert answer.status_code == 307
    assert answer.headers["location"] == f"/maps/hotspots/{small_exercise.WEEK}?lang=en"


def test_the_table_says_the_same_as_the_api(reader: TestClient) -> None:
    told = reader.get(f"/api/hotspots/{small_exercise.WEEK}").json()
    said = text_of(reader.get(f"/maps/hotspots/{small_exercise.WEEK}").text)
    assert told["exercise"] is True
    assert len(told["hotspots"]) >= 1
    for spot in told["hotspots"]:
        beside = plain(beside_hotspot(Words(Language.FRENCH), spot) or "")
        assert ("vu par les seules patrouilles" in beside) == spot["discoveries_only"]
        name = f"{spot['quartier']} · {spot['territory']}"
        assert " ".join(f"{name} {beside} {round(spot['heads'])}".split()) in said


def test_the_latest_week_has_no_next_one(reader: TestClient) -> None:
    latest = reader.get(f"/maps/hotspots/{small_exercise.WEEK}").text
    assert 'rel="prev" href="/maps/hotspots/2022-W39"' in latest
    assert 'rel="next"' not in latest
    assert 'rel="next" href="/maps/hotspots/2022-W40"' in reader.get("/maps/hotspots/2022-W39").text


def test_a_week_nobody_looked_at_is_not_observed_and_not_zero(reader: TestClient) -> None:
    said = text_of(reader.get("/maps/hotspots/2021-W10").text)
    assert "Semaine 10 (8–14 mars 2021) : non observé" in said


@pytest.mark.parametrize("week", ["2022-W53", "2022-W00", "2022-40", "x"])
def test_a_week_that_does_not_exist_is_refused_in_words(reader: TestClient, week: str) -> None:
    answer = reader.get(f"/maps/hotspots/{week}", headers={"accept": "text/html"})
    assert answer.status_code == 422
    assert week in text_of(answer.text)


def test_a_site_says_what_its_closure_rests_on(reader: TestClient) -> None:
    said = text_of(reader.get("/sites/forceval").text)
    assert "Fermé depuis le 29 septembre 2022, jusqu'à nouvel ordre." in said
    assert "Sans nouvelle visite, la confirmation cesse le" in said
    assert "visite, personne sur place" in said


def test_what_followed_an_event_is_told_from_the_spot_outward(reader: TestClient) -> None:
    said = text_of(reader.get(f"/maps/displacement/{small_exercise.EVENT}").text)
    assert "Après le 2 août 2022" in said
    assert "Sur place il ne reste presque personne" in said
    assert "dans des lieux connus (Paris 10e 14, ailleurs 1)" in said
    assert "personne n'a été suivi" in said


def test_too_little_to_tell_what_followed_is_said_in_words(reader: TestClient) -> None:
    answer = reader.get("/maps/displacement/porte-villette@2020-01-01")
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems#not-enough-data"


@pytest.mark.parametrize("event", ["nowhere@2022-10-05", "forceval@soon", "x", "@2022-10-05"])
def test_an_event_that_does_not_exist_is_refused(reader: TestClient, event: str) -> None:
    assert reader.get(f"/maps/displacement/{event}").status_code in (404, 422)


def test_the_language_goes_along_when_chosen_and_only_then(reader: TestClient) -> None:
    chosen = reader.get("/sites", params={"lang": "en"}).text
    liked = reader.get("/sites", headers={"accept-language": "en"}).text
    assert 'href="/sites/forceval?lang=en"' in chosen
    assert 'href="/sites/forceval"' in liked


@pytest.mark.parametrize("path", ["/", "/sites", f"/maps/hotspots/{small_exercise.WEEK}"])
def test_hostile_names_are_text_on_every_page(hostile: TestClient, path: str) -> None:
    page = hostile.get(path).text
    scripts = re.findall(r"<script[^>]*>", page)
    assert all("src=" in tag or "nonce=" in tag for tag in scripts)
    assert re.findall(r"<(?:img|iframe|style)|\son\w+=\"|\sstyle=", page) == []
    if path == "/sites":
        said = html.unescape(page)
        assert [text for text in ATTACKS if text not in said] == []


@pytest.mark.parametrize("number", range(len(ATTACKS)))
def test_a_hostile_site_has_a_page_like_any_other(hostile: TestClient, number: int) -> None:
    answer = hostile.get(f"/sites/{small_exercise.slug(number)}")
    assert answer.status_code == 200
    assert ATTACKS[number] in html.unescape(answer.text)
    calm = hostile.get("/sites/forceval").text
    assert answer.text.count("<script") == calm.count("<script") >= 4


def test_the_week_says_how_it_was_judged_and_keeps_reports_apart(reader: TestClient) -> None:
    week = f"/maps/hotspots/{small_exercise.WEEK}"
    said = text_of(reader.get(f"{week}?whole=1").text)
    assert "Méthode tenant compte de l'effort" in said
    assert "Une maille avec moins de 5 visites" in said
    assert "ressort" in said
    assert re.search(r"\d+(re|e) semaine", said)


def test_an_alarm_is_a_sentence_on_the_first_page(exercise_store: Store) -> None:
    with exercise_store.begin() as conn:
        sounded = [one.document() for one in services.alarms(conn, IsoWeek(2021, 40))]
        week = services.hotspots(conn, IsoWeek(2021, 40)).document()
    page = Page.of(Language.FRENCH, False, "/", "n0nce").marked(True)
    said = text_of(views.home(page, week, [], sounded))
    assert "1 alerte" in said
    assert re.search(r"Paris 19e : environ \d+ personnes? (par semaine|la semaine)", said)


def test_what_the_map_draws_is_fetched_ahead_of_its_scripts(reader: TestClient) -> None:
    answer = reader.get(PAGES[1])
    ahead = re.findall(r"<([^>]+)>; rel=preload; as=fetch; crossorigin", answer.headers["link"])
    assert len(ahead) == 3
    assert all(f'"{url}"' in answer.text for url in ahead)
    assert all(reader.get(url).status_code == 200 for url in ahead)


def test_styles_and_scripts_of_the_map_are_fetched_before_its_layers(reader: TestClient) -> None:
    answer = reader.get(PAGES[1])
    first, _, _ = answer.headers["link"].partition("as=fetch")
    ahead = re.findall(r"<([^>]+)>; rel=preload; as=(style|script)", first)
    asked = re.findall(r'(?:stylesheet" href|script src)="([^"]+)"', answer.text)
    scripts = {url for url in asked if not re.search("/(common|submit_once).js", url)}
    assert {url for url, _ in ahead} == scripts


def test_a_column_of_a_table_has_each_of_its_classes(reader: TestClient) -> None:
    html = reader.get(PAGES[1]).text
    assert re.findall("<th scope=col (class[^>]+)>Surface", html) == ['class="number minor"']
    assert "&#34;" not in html


def test_a_page_tells_the_first_places_and_the_whole_page_all(reader: TestClient) -> None:
    page = reader.get(PAGES[1]).text
    (rest,) = re.findall(r'href="([^"]+whole=1)#places"', page)
    whole = reader.get(rest).text
    places = re.compile(r"<ol class=.places.*?</ol>", re.DOTALL)
    told, every = (places.search(text) for text in (page, whole))
    assert told is not None
    assert every is not None
    assert 1 <= told[0].count("<li>") < every[0].count("<li>")
    assert 'id="reading"' in whole
    assert "whole=1#places" not in whole
