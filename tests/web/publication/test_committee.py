"""The committee: one page a member, nothing that a partner may not see, no cause."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import shapely
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites import services
from geosites.core.care_records import CareFigure, CareKind, CarePlace
from geosites.core.crs import to_metric
from geosites.core.documents.weeks import WeekDocument
from geosites.core.errors import Refused
from geosites.core.weeks import DAY_PARTS, IsoWeek
from geosites.db.geography import care_places
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from geosites.reference_data.care_places import read_care_places
from geosites.reference_data.committee import members, read_members
from geosites.services.places import care_reach as reach
from geosites.services.places.care_reach import reach_class
from plain import plain
from stores import signed, small_exercise
from web.conftest import over

PARTNER = signed.bearer(Role.PARTNER)
ENGLISH = {"lang": "en"}


@pytest.fixture
def store(template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    own = Store(new_database(template))
    small_exercise.fill(own)
    yield own
    own.close()


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    yield from over(store)


def test_each_member_has_a_page(client: TestClient) -> None:
    page = client.get("/committee", headers=PARTNER, params=ENGLISH).text
    assert len(members()) >= 5
    for item in members():
        assert f'href="/committee/{item.key}?lang=en"' in page
        shown = client.get(f"/committee/{item.key}", headers=PARTNER)
        assert shown.status_code == 200
        assert f"<h1>{item.name}</h1>" in shown.text
    assert client.get("/committee/nobody", headers=PARTNER).status_code == 404
    assert client.get("/committee", headers=signed.bearer(Role.REPORTER)).status_code == 403
    assert client.get("/committee", headers=signed.bearer(Role.ADMIN)).status_code == 403


def test_a_coordinator_sees_what_the_partner_sees(client: TestClient) -> None:
    for item in members():
        asked = f"/committee/{item.key}"
        told = [
            re.search(r"<main.*</main>", client.get(asked, headers=who).text, re.DOTALL)
            for who in (PARTNER, signed.bearer(Role.COORDINATOR))
        ]
        assert told[0] is not None
        assert told[1] is not None
        assert told[0][0] == told[1][0]


def test_seine_saint_denis_sees_its_own_ground(client: TestClient) -> None:
    page = client.get("/committee/seine-saint-denis", headers=PARTNER).text
    assert "/territories/75" not in page
    assert "Forceval" not in page


def test_nothing_on_a_page_says_why(client: TestClient) -> None:
    causal = r"\b(because|cause[ds]?|due to|led to|thanks to|effect of|as a result)\b"
    for item in members():
        page = client.get(f"/committee/{item.key}", headers=PARTNER, params=ENGLISH).text
        main = re.search(r"<main.*</main>", page, re.DOTALL)
        assert main is not None
        assert re.search(causal, main[0], re.IGNORECASE) is None


def test_care_tells_hours_or_that_they_are_not_published(store: Store) -> None:
    near = shapely.Point(to_metric([2.3700, 48.8840])[0])
    place = CarePlace(slug="a", name="Open mornings", kind=CareKind.REST_SPACE, point=near)
    with store.begin() as conn:
        care_places.put(conn, dataclasses.replace(place, day_parts=("morning",)))
        care_places.put(conn, dataclasses.replace(place, slug="b", name="Hours unknown"))
        assert care_places.list_all(conn)[0].day_parts is not None
        assert not care_places.put(conn, dataclasses.replace(place, day_parts=("morning",)))
    for client in over(store):
        page = client.get("/committee/ars", headers=PARTNER, params=ENGLISH).text
        assert "Hours unknown" in page
        assert "hours not published" in page
        assert "in the morning" in page
        assert "1.3 times the straight line" in page or "follows the streets" in page


def test_a_territory_whose_count_is_withheld_enters_no_figure(store: Store) -> None:
    near = shapely.Point(to_metric([2.3700, 48.8840])[0])
    with store.begin() as conn:
        place = CarePlace(slug="a", name="A", kind=CareKind.REST_SPACE, point=near)
        care_places.put(conn, place)
        document = reach_document(conn)
        rows = [
            {
                "code": item["code"],
                "name": item["name"],
                "visits": 3,
                "places": 1,
                "heads": heads,
                "heads_counted": heads,
            }
            for item, heads in zip(document["territories"], (None, 12, 30), strict=False)
        ]
        told = reach.care_reach(
            conn, IsoWeek.parse(small_exercise.WEEK), document["occupied"], rows
        )  # type: ignore[arg-type]
    withheld = told["territories"][0]
    assert withheld["unpublished"] is None
    assert set(withheld["parts"].values()) == {None}
    assert set(withheld["open_places"].values()) == {None}
    classes = {"none", "few", "part", "most"}
    assert {row["unpublished"] for row in told["territories"][1:]} <= classes | {None}
    assert "heads" not in str(told["territories"])


def test_open_places_are_counted_by_part_of_the_day(store: Store) -> None:
    """Two within a walk, of which one opens in the morning; one ten kilometres away."""
    near, far = shapely.Point(to_metric([2.3700, 48.8840])[0]), shapely.Point(645_000, 6_853_000)
    with store.begin() as conn:
        for item in care_places.list_all(conn):
            care_places.put(conn, dataclasses.replace(item, point=None))
        place = CarePlace(slug="m", name="M", kind=CareKind.REST_SPACE, point=near)
        care_places.put(conn, dataclasses.replace(place, day_parts=("morning",)))
        care_places.put(conn, dataclasses.replace(place, slug="u", name="U"))
        care_places.put(
            conn, dataclasses.replace(place, slug="f", name="F", point=far, day_parts=("morning",))
        )
        document = reach_document(conn)
        rows = [{**item, "heads": 20, "visits": 3} for item in document["territories"]]
        told = reach.care_reach(
            conn,
            IsoWeek.parse(small_exercise.WEEK),
            document["occupied"],
            rows,  # type: ignore[arg-type]
        )
    counts = [row["open_places"] for row in told["territories"] if row["parts"]["morning"]]
    best = max(counts, key=lambda row: (row["morning"] or 0, row["unpublished"] or 0))
    assert (best["morning"], best["night"], best["unpublished"]) == (1, 0, 1)


def reach_document(conn: sa.Connection) -> WeekDocument:
    return services.hotspots(conn, IsoWeek.parse(small_exercise.WEEK)).document()


def test_shares_are_classes() -> None:
    told = [reach_class(share) for share in (0.0, 0.01, 0.25, 0.26, 0.75, 0.76, 1.0)]
    assert told == ["none", "few", "few", "part", "part", "most", "most"]


def test_hours_are_read_and_none_are_invented(tmp_path: Path) -> None:
    entry = '{"slug": "a", "name": "A", "kind": "rest_space", "source": "x"%s}'
    file = tmp_path / "care.json"
    file.write_text(f"[{entry % ''}]")
    assert read_care_places(tmp_path)[0].day_parts is None
    file.write_text("[%s]" % (entry % ', "day_parts": ["evening", "morning"]'))
    order = [part.value for part in DAY_PARTS]
    parts = read_care_places(tmp_path)[0].day_parts
    assert parts == tuple(sorted(("evening", "morning"), key=order.index))
    file.write_text("[%s]" % (entry % ', "day_parts": ["teatime"]'))
    with pytest.raises(Refused):
        read_care_places(tmp_path)


def test_a_section_that_there_is_not_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "committee.json"
    file.write_text('[{"key": "a", "name": "A", "sections": ["names"]}]')
    with pytest.raises(Refused):
        read_members(file)


def test_what_a_figure_is_of_is_told_in_the_language_of_the_page(
    client: TestClient, store: Store
) -> None:
    odd = CareFigure(measure="places", as_of="some day", value=7, qualifier=None)
    place = CarePlace(slug="odd", name="Odd", kind=CareKind.REST_SPACE, figures=(odd,), source="x")
    with store.begin() as conn:
        care_places.put(conn, place)
    page = plain(client.get("/committee/ars?lang=fr").text)
    for told in ("début du plan", "1er octobre 2021", "février 2020"):
        assert f"({told})" in page
    assert (
        "60 places (début du plan) ; 400 places (1er octobre 2021) ; "
        "200 places (objectif du plan)" in page
    )
    assert "50 places, annoncées pour septembre 2023" in page
    assert "(jusqu'en juillet 2023)" in page
    assert "(some day)" in page
    assert "Press release" not in page
    assert "50 places, announced for September 2023" in plain(
        client.get("/committee/ars?lang=en").text
    )
