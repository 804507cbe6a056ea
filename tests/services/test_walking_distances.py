"""Ways on foot in the answers: round sheets, plans and care, with a street network and without."""

from __future__ import annotations

import datetime as dt
import uuid

import numpy as np
import pytest
import sqlalchemy as sa

from geosites import services
from geosites.analysis.rounds import ShiftLimits
from geosites.analysis.street_routing import WayKind
from geosites.core.records import Closure
from geosites.core.street_network import STOOD_ON, WALKED, StreetNetwork, network
from geosites.db.closure import closures
from geosites.db.geography import sites, street_map
from geosites.exercise import DAYS_THAT_MATTER
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.round_sheet_pdf import round_pdf
from geosites.presentation.text.round_text import rounds_reading
from geosites.presentation.text.walking_route_text import directions, flow_way
from plain import plain

DAY = dt.timedelta(days=1)
SLUG, AT = DAYS_THAT_MATTER["contradicted"]
CLOSED_TOO = ("porte-villette", "place-auguste-baron", "stalingrad", "colline-crack")
CLOSED_AT = dt.datetime(2022, 10, 5, 4, 0, tzinfo=dt.UTC)
FRENCH = Words(Language.FRENCH)


@pytest.fixture
def closed(in_exercise: sa.Connection) -> sa.Connection:
    for slug in CLOSED_TOO:
        closures.add(in_exercise, Closure(id=uuid.uuid4(), site=slug, closed_from=AT - 2 * DAY))
    return in_exercise


def middles(conn: sa.Connection) -> dict[str, tuple[float, float]]:
    return {
        site.slug: (site.perimeter.centroid.x, site.perimeter.centroid.y)
        for site in sites.list_all(conn)
    }


def streets(lines: list[list[tuple[float, float]]]) -> StreetNetwork:
    return network(
        np.array([point for line in lines for point in line]),
        np.repeat(np.arange(len(lines)), [len(line) for line in lines]),
        np.array([f"Rue {n}" for n in range(len(lines))], dtype=object),
        np.full(len(lines), WALKED | STOOD_ON),
    )


def hub(conn: sa.Connection) -> StreetNetwork:
    """Return a street from each site to one place north of them all, and so a long way round."""
    at = middles(conn)
    top = max(y for _, y in at.values()) + 3000
    here = (float(np.mean([x for x, _ in at.values()])), top)
    return streets([[at[slug], here] for slug in sorted(at)])


def test_without_streets_ways_are_the_straight_line_times_1_3(closed: sa.Connection) -> None:
    document = services.rounds(closed, AT, AT + DAY).document()
    at = middles(closed)
    for one in document["rounds"]:
        before = one["stops"][0]
        for stop in one["stops"][1:]:
            crow = np.hypot(*np.subtract(at[stop["site"]], at[before["site"]]))
            assert stop["leg_m"] == pytest.approx(1.3 * crow)
            assert (stop["way"], stop["along"]) == ("straight", [])
            before = stop
    assert any(
        "1,3 fois la distance à vol d’oiseau" in line for line in rounds_reading(FRENCH, document)
    )


def test_with_streets_the_sheet_follows_them_and_names_them(closed: sa.Connection) -> None:
    street_map.put_network(closed, hub(closed))
    sheet = services.rounds(closed, AT, AT + DAY)
    document = sheet.document()
    at = middles(closed)
    later = 0
    for one in document["rounds"]:
        before = one["stops"][0]
        for stop in one["stops"][1:]:
            later += 1
            crow = np.hypot(*np.subtract(at[stop["site"]], at[before["site"]]))
            assert stop["way"] == "streets"
            assert stop["leg_m"] >= max(crow, 6000)
            assert len(stop["along"]) == 2
            assert sum(leg["metres"] for leg in stop["along"]) == pytest.approx(
                stop["leg_m"], abs=0.1
            )
            assert plain(directions(FRENCH, stop["along"])).startswith("par rue ")
            before = stop
        assert one["length_m"] == pytest.approx(sum(stop["leg_m"] for stop in one["stops"]))
    assert later
    assert "Les trajets à pied suivent les rues du plan." in rounds_reading(FRENCH, document)
    assert round_pdf(FRENCH, document).startswith(b"%PDF")


def test_the_order_is_that_of_the_streets(closed: sa.Connection) -> None:
    """By a street that goes round by the last of three sites, that one comes before the other."""
    sheet = services.rounds(closed, AT, AT + DAY)
    one = max(sheet.rounds, key=lambda found: len(found.stops))
    assert len(one.stops) > 2
    at = middles(closed)
    first, second, *_, last = (stop.site for stop in one.stops)
    rest = [stop.site for stop in one.stops if stop.site not in (first, second, last)]
    chain = [first, last, *rest, second]
    street_map.put_network(closed, streets([[at[slug] for slug in chain]]))
    again = services.rounds(closed, AT, AT + DAY)
    ordered = next(found for found in again.rounds if found.day_part is one.day_part)
    assert [stop.site for stop in ordered.stops] != [stop.site for stop in one.stops]
    assert ordered.stops[1].site == chain[1]


def test_where_no_street_leads_is_said(closed: sa.Connection) -> None:
    at = middles(closed)
    apart = [
        [point, (point[0] + 400, point[1]), (point[0] + 400, point[1] + 300)]
        for point in at.values()
    ]
    street_map.put_network(closed, streets(apart))
    sheet = services.rounds(closed, AT, AT + DAY)
    kinds = {way.kind for one in sheet.rounds for way in one.ways[1:]}
    assert WayKind.UNREACHABLE in kinds
    document = sheet.document()
    assert any("aucune qui y mène" in line for line in rounds_reading(FRENCH, document))
    assert all(np.isfinite(one["length_m"]) for one in document["rounds"])


def test_a_plan_of_a_shift_walks_by_the_streets(closed: sa.Connection) -> None:
    limits = ShiftLimits(crews=2)
    plain_plan = services.round_plan(closed, AT, limits).document()
    street_map.put_network(closed, hub(closed))
    plan = services.round_plan(closed, AT, limits).document()
    ways = {stop["way"] for crew in plan["rounds"] for stop in crew["stops"]}
    assert ways <= {"streets", "straight", "unreachable"}
    assert {stop["way"] for crew in plain_plan["rounds"] for stop in crew["stops"]} == {"straight"}
    for crew in plan["rounds"]:
        walked = [stop["leg_m"] for stop in crew["stops"] if not stop["ridden"]]
        assert crew["length_m"] == pytest.approx(sum(walked))


def grid(conn: sa.Connection) -> StreetNetwork:
    """Return streets every 200 m, both ways, over all sites and 8 km around."""
    xy = np.array(list(middles(conn).values()))
    low, high = np.floor(xy.min(axis=0) - 8000), xy.max(axis=0) + 8000
    east, north = (np.arange(low[axis], high[axis], 200.0) for axis in (0, 1))
    return streets(
        [[(x, y) for y in north.tolist()] for x in east.tolist()]
        + [[(x, y) for x in east.tolist()] for y in north.tolist()]
    )


def test_flows_are_as_far_as_the_streets_lead(in_exercise: sa.Connection) -> None:
    event = services.events.at_site(in_exercise, "forceval", CLOSED_AT)
    without = services.displacement(in_exercise, event).document()["flows"]
    street_map.put_network(in_exercise, grid(in_exercise))
    along = services.displacement(in_exercise, event).document()["flows"]
    assert along
    for straight, street in zip(without, along, strict=True):
        assert (straight["way"], street["way"]) == ("straight", "streets")
        crow = straight["metres"] / 1.3
        assert crow - 1 <= street["metres"] <= 1.5 * crow + 400
    assert [one["heads"] for one in without] == [one["heads"] for one in along]


def test_care_is_as_far_as_the_streets_lead(in_exercise: sa.Connection) -> None:
    event = services.events.at_site(in_exercise, "forceval", CLOSED_AT)
    before = services.displacement(in_exercise, event).document()["care_distance_m"]
    street_map.put_network(in_exercise, grid(in_exercise))
    after = services.displacement(in_exercise, event).document()["care_distance_m"]
    assert (before["way"], after["way"]) == ("straight", "streets")
    for side in ("before", "after"):
        crow = before[side] / 1.3
        assert crow <= after[side] <= 1.5 * crow + 400
    assert before != after


def test_a_flow_says_whether_it_was_measured_along_streets(in_exercise: sa.Connection) -> None:
    event = services.events.at_site(in_exercise, "forceval", CLOSED_AT)
    without = services.displacement(in_exercise, event).document()["flows"][0]
    street_map.put_network(in_exercise, grid(in_exercise))
    along = services.displacement(in_exercise, event).document()["flows"][0]
    assert "1,3 fois la distance à vol d'oiseau" in plain(flow_way(FRENCH, without) or "")
    told = plain(flow_way(FRENCH, along) or "")
    assert told.endswith("par les rues")
    assert "vol d'oiseau" not in told
