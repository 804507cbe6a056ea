"""Maps as files, made from the store, that ask nobody anything."""

from __future__ import annotations

import re

import pytest

from geosites import services
from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.maps.map_export import week_files
from geosites.presentation.i18n import Language
from samples.hostile import ATTACKS
from stores import small_exercise


@pytest.fixture(scope="module")
def week_file(hostile_store: Store) -> str:
    with hostile_store.begin() as conn:
        answer = services.hotspots(conn, IsoWeek.parse(small_exercise.WEEK))
        return week_files(conn, answer, small_exercise.LAST, Language.FRENCH)["html"]().decode()


def test_a_file_names_no_address_but_that_of_drawing(week_file: str) -> None:
    page = re.sub(r"(?s)<(script|style).*?</\1>", "", week_file)
    assert re.findall(r'(?:href|src)="(?!#)[^"]*"', page) == []


def test_a_file_allows_only_its_own_scripts(week_file: str) -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', week_file)
    assert policy.startswith("default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-")
    assert policy.count("sha256-") == 5
    assert "unsafe" not in policy


def test_hostile_names_stay_inside_the_data(week_file: str) -> None:
    assert week_file.count("<script") == week_file.count("</script>") == 3 + 4
    assert [text for text in ATTACKS if "<" in text and text in week_file] == []


def test_a_file_says_that_it_is_an_exercise(week_file: str) -> None:
    assert 'class="exercise"' in week_file


def test_the_same_week_gives_the_same_file(hostile_store: Store, week_file: str) -> None:
    with hostile_store.begin() as conn:
        answer = services.hotspots(conn, IsoWeek.parse(small_exercise.WEEK))
        again = week_files(conn, answer, small_exercise.LAST, Language.FRENCH)["html"]().decode()
    assert again == week_file
