"""Operations and closures: the list, one that cannot be told, several side by side."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from stores import small_exercise
from web.pages.test_pages import text_of

LIST = "/maps/displacement"
UNTOLD = "porte-villette@2020-01-01"
HTML = {"accept": "text/html"}


def test_the_list_holds_every_operation_and_closure_with_a_box(reader: TestClient) -> None:
    page = reader.get(LIST).text
    said = text_of(page)
    assert "29 septembre 2022 Square Forceval (nom officiel" in said
    assert "5 octobre 2022 Jardins d'Éole Évacuation 60" in said
    assert f'name="event" value="{small_exercise.OPERATION}"' in page
    assert 'value="forceval@2022-09-29"' in page
    assert f'href="/maps/displacement/{small_exercise.OPERATION}"' in page


def test_the_list_is_in_the_navigation(reader: TestClient) -> None:
    assert '<a href="/maps/displacement">Déplacements</a>' in reader.get("/").text


def test_a_store_without_events_says_so(empty: TestClient) -> None:
    assert "Aucune opération ni fermeture n'est enregistrée." in text_of(empty.get(LIST).text)


def test_events_stand_side_by_side_and_one_without_answer_says_why(reader: TestClient) -> None:
    chosen = [small_exercise.EVENT, UNTOLD]
    answer = reader.get(LIST, params={"event": chosen})
    said = text_of(answer.text)
    assert answer.status_code == 200
    assert "1 événement sur 2 a une réponse" in said
    assert "Paris 10e (+" in said
    assert "Pas de réponse. Aucune patrouille ni enquête n'a eu lieu" in said
    assert all(
        f'href="/maps/displacement/{key.replace("@", "%40")}"' in answer.text for key in chosen
    )


def test_the_figures_beside_others_are_those_of_the_api(reader: TestClient) -> None:
    about = {"site": "stalingrad", "at": "2022-08-02T00:00:00+02:00"}
    told = reader.get("/api/displacement", params=about).json()
    said = text_of(reader.get(LIST, params={"event": [small_exercise.EVENT, UNTOLD]}).text)
    assert f"−{round(-told['target']['change'])} (entre −" in said


def test_one_ticked_event_leads_to_its_own_page(reader: TestClient) -> None:
    answer = reader.get(LIST, params={"event": UNTOLD, "lang": "en"}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/maps/displacement/porte-villette%402020-01-01?lang=en"


def test_too_many_ticked_events_stay_ticked_and_are_refused_in_words(reader: TestClient) -> None:
    chosen = [str(small_exercise.OPERATION), *(f"forceval@2022-09-0{day}" for day in range(1, 8))]
    answer = reader.get(LIST, params={"event": chosen})
    assert answer.status_code == 422
    assert "8 événements sont cochés, et on peut en comparer 6 au plus" in text_of(answer.text)
    assert f'value="{small_exercise.OPERATION}" checked' in answer.text


def test_an_unknown_event_among_several_is_refused(reader: TestClient) -> None:
    answer = reader.get(LIST, params={"event": ["nowhere@2022-10-05", UNTOLD]}, headers=HTML)
    assert answer.status_code == 404


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_cannot_be_told_has_a_calm_page(reader: TestClient, language: str) -> None:
    answer = reader.get(f"{LIST}/{UNTOLD}", params={"lang": language}, headers=HTML)
    said = text_of(answer.text)
    assert answer.status_code == 422
    expected = {"fr": "Aucune patrouille ni enquête n'a eu lieu", "en": "No patrol or survey went"}
    assert expected[language] in said
    assert "not enough data" not in said
    scripts = re.findall(r'<script src="/static/(\w+\.js)', answer.text)
    assert (answer.text.count("<script"), scripts) == (2, ["common.js", "submit_once.js"])


def test_the_page_of_an_event_tells_what_it_stands_on(reader: TestClient) -> None:
    said = text_of(reader.get(f"{LIST}/{small_exercise.EVENT}").text)
    assert "Sur ces 27, 15 se retrouvent alentour" in said
    assert "12 n'ont pas été retrouvées" in said
    assert "À retenir : la comparaison des lieux" in said
    assert "Test des lieux p < 0,001" in said
    assert "Semaines avant 26 (" in said
    assert "supposent les mêmes patrouilles" in said
    assert "sans écart net" in said
