"""Names of closed sites on paper: beside their own mark, clear of others, none where no room is."""

from __future__ import annotations

from typing import Any

import pytest
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from geosites.bulletins import map_drawing as bulletin_map
from geosites.bulletins import serialization
from geosites.maps import geojson
from geosites.maps.printed.print_label_obstacles import reserved
from geosites.maps.printed.print_map import draw_map, drawing, plain_axes
from geosites.maps.printed.print_place_names import PlacedName, site_names
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from samples import samples_of_render as samples

FR = Words(Language.FRENCH)
SQUARE = samples.CENTRE.buffer(400, cap_style="square")
Mark = tuple[float, float, str, str]
CLOSED = "confirmed_closed"


def layers(marks: list[Mark], rank: tuple[float, float] | None = None) -> dict[str, Any]:
    """Return a week with marks at so many metres from the middle: x, y, status and name."""
    week = [
        geojson.feature(
            "site",
            shapely.Point(samples.CENTRE.x + x, samples.CENTRE.y + y),
            status=status,
            label=name,
        )
        for x, y, status, name in marks
    ]
    if rank is not None:
        at = shapely.Point(samples.CENTRE.x + rank[0], samples.CENTRE.y + rank[1])
        week.append(geojson.feature("hotspot-rank", at, label="1"))
    return {
        "ground": geojson.collection([]),
        "week": geojson.collection(week, bbox=geojson.bbox(SQUARE)),
    }


def drawn(given: dict[str, Any]) -> tuple[Axes, list[PlacedName]]:
    with drawing():
        axes = plain_axes(Figure(figsize=(5, 5)), (0.1, 0.1, 4.8, 4.8))
        draw_map(axes, FR, given)
        return axes, site_names(axes, given, reserved(axes, given, []))


def boxes(axes: Axes, start: str) -> list[shapely.Polygon]:
    """Return the rectangles in metres of the texts on the map that begin so."""
    back = axes.transData.inverted()
    written = [text for text in axes.texts if text.get_text().startswith(start)]
    return [shapely.box(*back.transform_bbox(one.get_window_extent()).extents) for one in written]


def test_a_closed_site_has_its_name_without_what_brackets_say_of_it() -> None:
    axes, names = drawn(layers([(0, 0, CLOSED, "Square Forceval (nom officiel : autre)")]))
    assert [list(name.lines) for name in names] == [["Square Forceval"]]
    (written,) = boxes(axes, "Square Forceval")
    assert written.within(shapely.box(*names[0].box).buffer(3))
    assert shapely.box(*names[0].box).distance(samples.CENTRE) < 60


@pytest.mark.parametrize("status", ["never_closed", "lifted"])
def test_a_site_that_is_not_closed_has_none(status: str) -> None:
    assert drawn(layers([(0, 0, status, "Stalingrad")]))[1] == []


def test_a_name_lies_nearest_to_its_own_mark_or_a_line_leads_there() -> None:
    others: list[Mark] = [(55, 60, "never_closed", ""), (-55, 60, "never_closed", "")]
    others += [(0, -70, "never_closed", "")]
    axes, (name,) = drawn(layers([(0, 0, CLOSED, "Square Forceval"), *others]))
    box = shapely.box(*name.box)
    marks = [shapely.Point(samples.CENTRE.x + x, samples.CENTRE.y + y) for x, y, _, _ in others]
    nearest = min(box.distance(mark) for mark in marks)
    assert name.led is (nearest < box.distance(samples.CENTRE))
    assert any(line.get_linewidth() == 0.7 for line in axes.lines) is name.led


def test_a_name_hemmed_in_by_marks_is_led_to_its_own() -> None:
    ring = shapely.get_coordinates(shapely.Point(0, 0).buffer(75, quad_segs=3))[:-1].tolist()
    marks: list[Mark] = [(x, y, "never_closed", "") for x, y in ring]
    axes, (name,) = drawn(layers([(0, 0, CLOSED, "Square Forceval"), *marks]))
    assert name.led
    assert [line for line in axes.lines if line.get_linewidth() == 0.7]


def test_names_stay_clear_of_each_other_of_marks_and_inside_the_map() -> None:
    marks: list[Mark] = [
        (x, y, CLOSED, f"Place numéro {x} {y} avec un nom sans fin" * 3)
        for x in range(-380, 400, 95)
        for y in range(-380, 400, 95)
    ]
    given = layers(marks, rank=(0, 0))
    axes, names = drawn(given)
    assert 5 <= len(names) < len(marks)
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    page = shapely.box(west, south, east, north)
    places = [shapely.box(*name.box) for name in names]
    for number, place in enumerate(places):
        assert page.contains(place)
        assert not any(place.intersects(other) for other in places[number + 1 :])
        assert not any(
            place.contains(shapely.Point(samples.CENTRE.x + x, samples.CENTRE.y + y))
            for x, y, _, _ in marks
        )


@pytest.mark.parametrize("name", ["x" * 80, "$x^2$ \\frac", " ", "(only brackets)", "\u202eabc"])
def test_odd_names_are_drawn_as_they_stand(name: str) -> None:
    _, names = drawn(layers([(0, 0, CLOSED, name)]))
    assert len(names) == (1 if name.strip() else 0)
    assert all(len(line) <= 30 for found in names for line in found.lines)


def test_a_bulletin_keeps_the_names_of_its_sites_and_is_no_other_for_them() -> None:
    plain = bulletin_map._drawn({"kind": "site", "title": "Square Forceval", "status": CLOSED})
    assert plain["label"] == "Square Forceval"
    named = {"map": {"week": {"features": [{"properties": dict(plain)}]}}}
    without = {"map": {"week": {"features": [{"properties": {**plain}}]}}}
    del without["map"]["week"]["features"][0]["properties"]["label"]
    assert serialization.facts(named) == serialization.facts(without)  # type: ignore[arg-type]
