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
