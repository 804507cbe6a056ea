"""Search on the map, as the map asks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from geosites.permissions.policy import Role


def found(client: TestClient, text: str) -> list[tuple[str, str]]:
    answer = client.get("/search", params={"q": text})
    assert answer.status_code == 200
    return [(one["kind"], one["name"]) for one in answer.json()["found"]]


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("bd macdonald", ("street", "Boulevard Macdonald")),
        ("porte de la villette", ("station", "Porte de la Villette")),
        ("pantin", ("territory", "Pantin")),
        ("eole", ("site", "Jardins d'Éole")),
    ],
)
def test_streets_stations_territories_and_sites_are_found(
    reader: TestClient, text: str, best: tuple[str, str]
) -> None:
    assert best in found(reader, text)[:3]


def test_what_is_found_says_where_the_map_looks(reader: TestClient) -> None:
    (first, *_) = reader.get("/search", params={"q": "boulevard macdonald"}).json()["found"]
    west, south, east, north = first["bbox"]
    assert west < 2.378 < east
    assert south < 48.8985 < north


def test_too_long_a_text_is_refused_and_nothing_typed_finds_nothing(reader: TestClient) -> None:
    assert reader.get("/search", params={"q": "x" * 300}).status_code == 422
    assert found(reader, "") == []


def test_a_stranger_finds_nothing(make_client: Callable[..., TestClient]) -> None:
    assert make_client(role=None).get("/search", params={"q": "pantin"}).status_code == 401


def test_every_role_may_look_for_a_street(as_role: Callable[[Role], TestClient]) -> None:
    for role in Role:
        if role is not Role.ADMIN:
            assert ("street", "Boulevard Macdonald") in found(as_role(role), "macdonald")
