"""The pages and the document of territories."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from stores import small_exercise

PAGE = {"accept": "text/html"}


def test_a_territory_is_told_week_by_week(reader: TestClient) -> None:
    document = reader.get("/api/territories/75119?weeks=4").json()
    assert document["name"] == "Paris 19e"
    assert [row["week"] for row in document["weeks"]][-1] == small_exercise.WEEK
    assert len(document["weeks"]) == 4
    told = {"week", "visits", "places", "heads", "heads_counted", "share", "low", "high"}
    assert told == set(document["weeks"][0])
    assert "forceval" in {site["site"] for site in document["sites"]}


def test_what_nobody_saw_is_null_in_the_document_and_said_in_the_page(reader: TestClient) -> None:
    (row, *_) = reader.get("/api/territories/75102?weeks=1").json()["weeks"]
    assert (row["visits"], row["heads"], row["share"]) == (0, None, None)
    assert "non observé" in reader.get("/territories/75102", headers=PAGE).text


def test_the_page_shows_its_sites_and_what_was_done(reader: TestClient) -> None:
    page = reader.get("/territories/75118", headers=PAGE).text
    assert "Jardins d&#39;Éole" in page
    assert f"/maps/displacement/{small_exercise.OPERATION}" in page
    assert "Semaine par semaine" in page


@pytest.mark.parametrize("path", ["/territories", "/territories?weeks=52"])
def test_the_list_leads_to_each_observed_territory(reader: TestClient, path: str) -> None:
    page = reader.get(path, headers=PAGE).text
    assert 'href="/territories/75119"' in page
    assert "Non observés" in page


def test_tables_and_cards_of_a_week_lead_to_territories(reader: TestClient) -> None:
    page = reader.get(f"/maps/hotspots/{small_exercise.WEEK}", headers=PAGE).text
    assert 'href="/territories/75118"' in page
    layer = reader.get(f"/layers/weeks/{small_exercise.WEEK}").json()
    assert layer["territories"]["75118"]["href"].startswith("/territories/75118")


def test_a_territory_that_is_not_known_is_not_found(reader: TestClient) -> None:
    assert reader.get("/api/territories/99999").status_code == 404
    assert reader.get("/territories/x", headers=PAGE).status_code == 404


def test_too_many_weeks_are_refused(reader: TestClient) -> None:
    assert reader.get("/api/territories/75119?weeks=100000").status_code == 422


def test_an_operation_is_shown_with_its_facts(reader: TestClient) -> None:
    page = reader.get(f"/maps/displacement/{small_exercise.OPERATION}", headers=PAGE).text
    for fact in ("Évacuation", "environ 60 personnes", "Unit 1", "13\u00a0ha"):
        assert fact in page


def test_a_site_lists_what_was_done_there(reader: TestClient) -> None:
    page = reader.get("/sites/jardins-eole", headers=PAGE).text
    assert f"/maps/displacement/{small_exercise.OPERATION}" in page
