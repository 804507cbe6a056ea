"""The page of published counts, as each role sees it."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.core.weeks import IsoWeek
from geosites.db.postgres.connection import Store
from geosites.permissions import authorized_answers
from geosites.permissions.policy import RULES, Permission, Principal, Role, decide
from geosites.permissions.query_context import QueryContext
from geosites.reference_data.published_counts import PublishedCount, read_published_counts
from routes.told_numbers import table_rows
from stores import signed
from web.conftest import over

GEO = Path(__file__).parents[3] / "data" / "geo"
COUNTS = read_published_counts(GEO)
NOW = dt.datetime(2024, 1, 9, tzinfo=dt.UTC)
ADDRESS = "/published-counts"


@pytest.fixture
def told(exercise_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store that holds the exercise; partners' releases are written into it."""
    own = Store(new_database(exercise_template))
    yield own
    own.close()


@pytest.fixture
def exercise(told: Store) -> Iterator[TestClient]:
    yield from over(told, now=NOW)


def page(client: TestClient, role: Role, language: str = "fr") -> str:
    answer = client.get(f"{ADDRESS}?lang={language}", headers=signed.bearer(role))
    assert answer.status_code == 200
    return answer.text


def rows(text: str) -> list[list[str]]:
    return list(table_rows(text))[1:]


def test_every_count_is_a_row_with_who_said_it_and_where_it_was_read(
    exercise: TestClient,
) -> None:
    text = page(exercise, Role.COORDINATOR)
    assert "Ce que disaient les chiffres publiés" in text
    assert "20 chiffres publiés" in text
    found = rows(text)
    assert len(found) == len(COUNTS)
    for row, count in zip(found, COUNTS, strict=True):
        assert row[1] == count.place["fr"]
        assert row[2].endswith(count.source)
        assert row[3].startswith(f"entre {count.low} et {count.high}")
    assert "Police (préfet de police)" in found[-1][2]


def test_what_the_exercise_says_stands_beside_by_day_and_by_night(exercise: TestClient) -> None:
    found = {row[0]: row for row in rows(page(exercise, Role.COORDINATOR))}
    stalingrad = found["3\u00a0mai 2021"]
    assert re.fullmatch(r"\d+\d+ visites", stalingrad[4])
    assert "dans l’intervalle" in stalingrad[5]
    assert "en dessous" in found["25\u00a0septembre 2022"][4]
    assert found["5\u00a0octobre 2023"][4].endswith("sans comparaison")


def test_the_picture_draws_each_compared_count_and_runs_nothing(exercise: TestClient) -> None:
    text = page(exercise, Role.COORDINATOR)
    (svg,) = re.findall(r'<figure class="timeline">.*?</figure>', text, re.DOTALL)
    assert svg.count("<rect") == 11
    assert svg.count("<circle") == 10 + 11
    assert "style=" not in text
    assert not re.search(r'(?:src|href)="https?:', text)
    ends = [float(left) for left in re.findall(r'(?:x|cx|x1)="([\d.]+)%"', svg)]
    assert all(0 <= left <= 100 for left in ends)


def test_it_is_told_in_english_too(exercise: TestClient) -> None:
    text = page(exercise, Role.COORDINATOR, "en")
    assert "What published figures said" in text
    assert "mayor of the 19e" in text
    assert "at least as many were present" in text
    assert "proves" not in text


def test_who_may_see_the_first_page_may_see_it(exercise: TestClient) -> None:
    for role in Role:
        answer = exercise.get(ADDRESS, headers=signed.bearer(role))
        assert answer.status_code == (200 if role in RULES[Permission.READ_WEEK] else 403), role


def test_it_is_linked_from_the_first_page_and_from_the_sites(exercise: TestClient) -> None:
    for path in ("/", "/sites"):
        assert f'href="{ADDRESS}"' in exercise.get(path).text


def test_a_partner_sees_released_territories_and_no_site(exercise: TestClient) -> None:
    own, exact = page(exercise, Role.PARTNER), page(exercise, Role.COORDINATOR)
    assert "<circle" not in own
    assert "visites" not in "".join(row[4] for row in rows(own))
    assert all(len(row) == 5 for row in rows(own))
    released = {row[0]: row[4] for row in rows(own)}
    assert released["18\u00a0mai 2021"].startswith("Paris 19e\u00a0: ")
    assert "Paris 18e\u00a0: " in released["18\u00a0mai 2021"]
    assert "inférieurs à 11" in own
    assert "inférieurs à 11" not in exact


def asked(role: Role, scope: tuple[str, ...] = (), threshold: float = 11) -> QueryContext:
    principal = Principal(login=f"a-{role}", role=role, unit="ars", scope=scope)
    return QueryContext(grant=decide(principal, Permission.READ_WEEK), now=NOW, threshold=threshold)


@pytest.fixture
def conn(told: Store) -> Iterator[sa.Connection]:
    with told.begin() as conn:
        yield conn


def test_a_partner_is_told_of_a_territory_what_its_week_tells(conn: sa.Connection) -> None:
    partner = asked(Role.PARTNER)
    for one in authorized_answers.published(conn, partner, COUNTS):
        assert one["seen"] == {}
        if one["beside"]:
            week = authorized_answers.week(conn, partner, IsoWeek.parse(one["week"]))
            told = {row["name"]: row["heads"] for row in week["territories"]}
            assert {row["name"]: row["heads"] for row in one["territories"]}.items() <= told.items()


def test_small_counts_are_withheld_from_a_partner_here_too(conn: sa.Connection) -> None:
    found = authorized_answers.published(conn, asked(Role.PARTNER, threshold=10_000), COUNTS)
    heads = [row["heads"] for one in found for row in one["territories"]]
    assert heads
    assert set(heads) == {None}


def test_what_lies_out_of_scope_is_not_told(conn: sa.Connection) -> None:
    for role in (Role.PARTNER, Role.COORDINATOR):
        for one in authorized_answers.published(conn, asked(role, ("75118",)), COUNTS):
            told = [*filter(None, one["seen"].values()), *one.get("territories", ())]
            assert bool(told) == (one["place"]["fr"] == "Jardins d'Éole")


def test_a_field_added_to_a_count_stays_inside(conn: sa.Connection) -> None:
    fields = {field.name for field in dataclasses.fields(PublishedCount)}
    (one, *_) = authorized_answers.published(conn, asked(Role.PARTNER), COUNTS)
    assert set(one) == fields | {"seen", "week", "territories"}


def test_without_visits_the_public_figures_stand_alone(
    reader: TestClient, empty: TestClient
) -> None:
    text = empty.get(ADDRESS).text
    assert "20 chiffres publiés" in text
    assert "En regard des visites" not in text
    assert "<circle" not in text
