"""Pages that say what went wrong, in the language of their reader."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from plain import plain

PAGE = {"accept": "text/html"}


@pytest.mark.parametrize(
    ("path", "french", "english"),
    [
        (
            "/bulletins/2022-W39",
            "aucun territoire n'était connu le 9 octobre 2022",
            "no territory was known on 9 October 2022",
        ),
        (
            "/maps/hotspots/2022-w",
            "n'est pas une semaine ISO de la forme 2022-W40",
            "is not an ISO week like 2022-W40",
        ),
    ],
)
def test_why_is_told_in_the_language_of_the_page(
    reader: TestClient, path: str, french: str, english: str
) -> None:
    for language, said in (("fr", french), ("en", english)):
        page = plain(reader.get(f"{path}?lang={language}", headers=PAGE).text)
        assert said in page
        assert 'class="quiet" lang="en"' not in page


def test_what_a_library_refuses_is_told_in_the_language_of_the_page(reader: TestClient) -> None:
    answer = reader.get("/rounds?crews=many&lang=fr", headers=PAGE)
    assert answer.status_code == 422
    assert "crews : un nombre entier est attendu" in plain(answer.text)
    assert 'class="quiet" lang="en"' not in answer.text


def test_programs_are_told_in_english(reader: TestClient) -> None:
    said = reader.get("/api/hotspots/2022-w?lang=fr").json()["detail"]
    assert said == "'2022-w' is not an ISO week like 2022-W40"


@pytest.mark.parametrize(
    ("act", "page"),
    [
        ("/import/confirm?lang=en", "/import?lang=en"),
        ("/imports/1b671a64-40d5-491e-99b0-da01ff1f3341/withdraw", None),
        ("/operations/326cef63-6092-5f28-bdba-ad555a5100e3/withdraw?lang=fr", None),
    ],
)
def test_the_address_of_an_act_leads_to_its_page(
    reader: TestClient, act: str, page: str | None
) -> None:
    """A page that answers an act has its address: the other language is asked for there."""
    path, mark, query = act.partition("?")
    above = page or path.rpartition("/")[0] + mark + query
    answer = reader.get(act, headers=PAGE, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, above)
    assert reader.get(act, headers={"accept": "application/json"}).status_code == 405


def test_an_act_without_a_page_says_so(reader: TestClient) -> None:
    answer = reader.get("/sign-out", headers=PAGE, follow_redirects=False)
    assert (answer.status_code, answer.headers["allow"]) == (405, "OPTIONS, POST")
