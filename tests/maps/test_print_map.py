"""Maps on paper: the same bytes each time, and nothing in a name is run or drawn as a formula."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest
import shapely
from matplotlib import image
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from geosites.core.crs import geometry_to_geographic
from geosites.maps import geojson
from geosites.maps.printed import print_map, print_text
from geosites.maps.printed.print_map import draw_map, drawing, paper_map, plain_axes
from geosites.maps.printed.print_styles import printable
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.labels import STATUSES
from plain import plain
from samples import samples_of_render as samples
from samples.hostile import ATTACKS

FR = Words(Language.FRENCH)
METADATA = ["metadata", "RDF", "Work", "type", "format", "creator", "Agent", "title"]
DRAWING = {*["svg", "g", "path", "use", "defs", "clipPath", "rect", "style", "pattern"], *METADATA}
SQUARE = samples.CENTRE.buffer(400, cap_style="square")


def layers(label: str = "1") -> dict[str, dict[str, Any]]:
    """Return every kind of feature once, a hole and each status among them."""
    areas = (
        "density",
        "reported",
        "unranked",
        "perimeter",
        "closure",
        "hotspot",
        "operation",
        "flow",
    )
    ring = SQUARE.difference(samples.CENTRE.buffer(100))
    week = [
        geojson.feature("unobserved", ring),
        *(geojson.feature(kind, SQUARE, rank=3, sign="doubtful") for kind in areas),
        geojson.feature("hotspot-rank", samples.CENTRE, label=label),
        geojson.feature("change", samples.CENTRE, label=label, level="rise"),
        geojson.feature("care", samples.CENTRE),
        *(
            geojson.feature(
                "site", shapely.Point(samples.CENTRE.x + 40 * n, samples.CENTRE.y), status=s
            )
            for n, s in enumerate(STATUSES)
        ),
    ]
    ground = [
        geojson.feature("territory", SQUARE, level="inner"),
        geojson.feature("territory-label", samples.CENTRE, level="commune", label=label),
    ]
    return {
        "ground": geojson.collection(ground),
        "week": geojson.collection(week, bbox=geojson.bbox(SQUARE)),
    }


def sheet(**changes: Any) -> print_text.Sheet:
    return print_text.week_sheet(FR, samples.hotspots(**changes), (0.1, 0.2, 0.5, 1.0, 2.0))


@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_same_map_gives_the_same_bytes(form: str) -> None:
    first, second = (print_text.drawn(FR, sheet(), layers(), form) for _ in range(2))
    assert first == second
    assert len(first) > 10_000


def test_a_png_is_a_sheet_of_a4(tmp_path: object) -> None:
    picture = image.imread(io.BytesIO(paper_map(FR, sheet(), layers(), "png")))
    height, width, _ = picture.shape
    assert (round(width / 150, 1), round(height / 150, 1)) == (11.7, 8.3)


@pytest.mark.parametrize("text", [*ATTACKS, "$\\frac{1}{0}$", "漢字 \U0001f600"])
def test_a_name_is_drawn_as_it_stands(text: str) -> None:
    spot = {**samples.hotspots()["hotspots"][0], "quartier": text}
    drawn = print_text.drawn(FR, sheet(hotspots=[spot]), layers(text), "svg").decode()
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(drawn).iter()}
    assert tags - DRAWING == set()


def test_a_character_without_a_shape_becomes_a_box() -> None:
    assert printable("é漢") == "é□"


def test_a_sheet_says_what_the_map_says() -> None:
    said = sheet()
    assert plain(said.title) == "Points chauds, semaine 40 (3–9 octobre 2022)"
    assert [plain(fact) for fact in said.facts] == [
        "1. Villette · Paris 19e : environ 40 personnes, 12 ha, 3e semaine, nouveau"
    ]
    assert said.exercise
    assert "Lambert-93" in said.notes[-1]


def test_more_hotspots_than_fit_are_counted() -> None:
    spots = [{**samples.hotspots()["hotspots"][0], "rank": rank} for rank in range(1, 13)]
    drawn = print_text.drawn(FR, sheet(hotspots=spots), layers(), "svg").decode()
    told, left = drawn.count("<!-- personnes"), re.findall("<!-- et ([0-9]+) autre", drawn)
    assert drawn.count("Villette") + int(left[0]) == len(spots)
    assert told < len(spots)


def test_too_few_visits_to_rank_are_said() -> None:
    assert "il en faut 30" in sheet(visits=12, hotspots=[]).statement[-1]


def test_the_sheet_of_an_event_names_it_and_its_clear_changes() -> None:
    said = print_text.displacement_sheet(FR, samples.displacement(), "Square Forceval")
    assert plain(said.title) == "Après la fermeture du 5 octobre 2022 · Square Forceval"
    assert [plain(fact).partition(" :")[0] for fact in said.facts] == ["Paris 19e", "Paris 18e"]


def drawn_map(also: tuple[shapely.Geometry, ...] = ()) -> Axes:
    """Return the axes of a map with one street after another, over marks and an arrow."""
    rows = [
        geojson.feature(
            "road",
            shapely.LineString(
                [
                    (samples.CENTRE.x - 500, samples.CENTRE.y + y),
                    (samples.CENTRE.x + 500, samples.CENTRE.y + y),
                ]
            ),
            level="main",
            label=f"Rue {y}",
        )
        for y in range(-380, 400, 20)
    ]
    streets = geojson.collection(rows, credit="© Somebody, some licence; " * 8)
    arrow = shapely.LineString(
        [(samples.CENTRE.x, samples.CENTRE.y - 300), (samples.CENTRE.x, samples.CENTRE.y + 300)]
    ).buffer(20)
    week = [
        geojson.feature("flow", arrow, sign="sure"),
        geojson.feature("hotspot-rank", samples.CENTRE, label="1"),
    ]
    edge = shapely.Point(samples.CENTRE.x + 395, samples.CENTRE.y)
    ground = [
        geojson.feature("territory-label", edge, level="commune", label="Saint-Cut-at-the-Edge")
    ]
    bbox = list(geometry_to_geographic(SQUARE).bounds)
    layers = {
        "streets": streets,
        "ground": geojson.collection(ground),
        "week": geojson.collection(week, bbox=bbox),
    }
    with drawing():
        axes = plain_axes(Figure(figsize=(5, 5)), (0.1, 0.1, 4.8, 4.8))
        draw_map(axes, FR, layers, also)
    return axes


def names_on(axes: Axes, start: str) -> list[shapely.Geometry]:
    """Return the rectangles in metres of the texts that begin so."""
    back = axes.transData.inverted()
    found = [text for text in axes.texts if text.get_text().startswith(start)]
    return [shapely.box(*back.transform_bbox(text.get_window_extent()).extents) for text in found]


def test_names_of_streets_stay_clear_of_marks_arrows_scale_and_credit() -> None:
    whole = shapely.union_all([shapely.box(*SQUARE.buffer(-390).bounds)])
    axes = drawn_map((whole,))
    names = names_on(axes, "Rue ")
    assert len(names) >= 10
    scale, credit = names_on(axes, "200"), names_on(axes, "© Somebody")
    assert len(scale) == 1
    assert credit
    arrow = samples.CENTRE.buffer(20)
    for other in (*scale, *credit, arrow, whole):
        assert not shapely.intersects(other, names).any()


def test_every_map_on_paper_credits_the_makers_of_its_streets() -> None:
    axes = drawn_map()
    lines = names_on(axes, "© Somebody") + names_on(axes, "Somebody") + names_on(axes, "some")
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    page = shapely.box(west, south, east, north)
    assert lines
    assert shapely.covers(page, lines).all()
    written = " ".join(text.get_text() for text in axes.texts if "licence" in text.get_text())
    assert written.count("© Somebody, some licence;") == 8


def test_a_name_of_a_territory_that_the_edge_would_cut_is_left_out() -> None:
    assert names_on(drawn_map(), "Saint-Cut") == []


def test_a_long_title_ends_before_the_mark_of_an_exercise() -> None:
    with drawing():
        figure = Figure(figsize=(11.69, 8.27))
        print_map._heading(figure, FR, sheet(title="Après le 5 octobre 2022 · " * 5, exercise=True))
        figure.set_dpi(150)
        title, mark = (text.get_window_extent() for text in figure.texts)
    assert title.x1 < mark.x0
