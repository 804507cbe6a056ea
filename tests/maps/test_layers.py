"""Map layers as GeoJSON: what they hold, how it is drawn, how small it is."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import geopandas as gpd
import pytest
import shapely

from geosites.core import city
from geosites.core.records import Closure, Operation, OperationKind
from geosites.core.weeks import IsoWeek
from geosites.maps import geojson
from geosites.maps.layers.contours import Band
from geosites.maps.layers.displacement_layer import displacement_layer
from geosites.maps.layers.flow_arrows import arrow
from geosites.maps.layers.territory_layer import outlines
from geosites.maps.layers.week_layer import SiteState, WeekPicture, site_layer, week_layer
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links
from geosites.presentation.text.closure_text import closure_statement
from plain import plain
from samples import samples_of_render as samples
from samples.hostile import ATTACKS

FR = Words(Language.FRENCH)
LINKS = Links(Language.FRENCH)
TERRITORIES = Path(__file__).parents[2] / "data" / "geo" / "territories.geojson"
ID = UUID("00000000-0000-0000-0000-000000000001")


def state(name: str = "Square Forceval") -> SiteState:
    closed_from = samples.AS_OF.replace(month=9)
    return SiteState(
        site=samples.site(name),
        answer=samples.closure(name=name),
        claim=Closure(id=ID, site="forceval", closed_from=closed_from, legal_ref=name),
    )


def operation(unit: str = "DSPAP") -> Operation:
    return Operation(
        id=ID,
        started_at=samples.AS_OF.replace(hour=4),
        ended_at=samples.AS_OF.replace(hour=6),
        kind=OperationKind.EVACUATION,
        area=samples.CENTRE.buffer(200),
        headcount_dispersed=60,
        unit=unit,
    )


def picture(name: str = "Square Forceval") -> WeekPicture:
    disc = shapely.MultiPolygon([samples.CENTRE.buffer(300)])
    return WeekPicture(
        document=samples.hotspots(),
        bands=[Band(1, 0.5, disc)],
        areas=[samples.CENTRE.buffer(100)],
        unobserved=shapely.box(640_000, 6_860_000, 641_000, 6_861_000),
        sites=[state(name)],
        operations=[operation(name)],
        exercise=True,
    )


def kinds(layer: dict[str, Any]) -> list[str]:
    return [feature["properties"]["kind"] for feature in layer["features"]]


def test_a_week_is_drawn_from_the_ground_up() -> None:
    layer = week_layer(FR, LINKS, picture())
    assert kinds(layer) == [
        "density",
        "unobserved",
        "hotspot",
        "hotspot-rank",
        "operation",
        "closure",
        "site",
    ]
    assert layer["exercise"] is True
    assert layer["classes"] == [0.5]


def test_coordinates_are_degrees_with_five_decimals_longitude_first() -> None:
    shape = geojson.geometry(samples.CENTRE)
    longitude, latitude = shape["coordinates"]
    assert (round(longitude, 5), round(latitude, 5)) == (longitude, latitude)
    assert 2.3 < longitude < 2.5
    assert 48.8 < latitude < 49.0


def test_rings_run_as_rfc_7946_asks() -> None:
    ring = geojson.geometry(samples.CENTRE.buffer(100))["coordinates"][0]
    assert shapely.LinearRing(ring).is_ccw


def test_a_tap_on_a_site_tells_its_closure_and_leads_to_it() -> None:
    (mark,) = [f for f in week_layer(FR, LINKS, picture())["features"] if is_a(f, "site")]
    told = mark["properties"]
    assert told["title"] == "Square Forceval"
    assert told["status"] == "confirmed_closed"
    assert told["facts"][0][1].startswith("fermeture confirmée")
    assert told["href"] == "/sites/forceval"


def is_a(feature: dict[str, Any], kind: str) -> bool:
    return bool(feature["properties"]["kind"] == kind)


def test_each_territory_has_its_words_of_the_week() -> None:
    told = week_layer(FR, LINKS, picture())["territories"]
    assert told["75102"]["facts"][0] == ["Personnes présentes", "non observé"]
    assert told["75119"]["facts"][0] == ["Personnes présentes", "environ 47 personnes"]


def test_links_go_along_with_a_chosen_language() -> None:
    english = Links(Language.ENGLISH, chosen=True)
    (mark,) = [
        f
        for f in week_layer(Words(Language.ENGLISH), english, picture())["features"]
        if is_a(f, "site")
    ]
    assert mark["properties"]["href"] == "/sites/forceval?lang=en"


@pytest.mark.parametrize("text", ATTACKS)
def test_what_people_typed_comes_back_as_the_same_text(text: str) -> None:
    layer = json.loads(geojson.dump(week_layer(FR, LINKS, picture(text))))
    (mark,) = [f for f in layer["features"] if is_a(f, "site")]
    assert mark["properties"]["title"] == text


def test_a_site_without_closure_shows_its_perimeter_all_the_same() -> None:
    open_site = SiteState(site=samples.site(), answer=samples.closure(status="never_closed"))
    layer = site_layer(FR, LINKS, open_site)
    assert kinds(layer) == ["perimeter", "site"]
    west, south, east, north = layer["bbox"]
    assert west < east
    assert south < north


def test_arrows_go_from_here_to_there_and_back_apart() -> None:
    here, there = shapely.Point(0, 0), shapely.Point(3000, 0)
    out, back = arrow(here, there, 200), arrow(there, here, 200)
    assert out.is_valid
    assert out.touches(there) or out.distance(there) < 1e-6
    between = shapely.box(500, -3000, 2500, 3000)
    assert out.intersection(between).disjoint(back.intersection(between))


def test_an_arrow_whose_interval_holds_zero_is_doubtful() -> None:
    points = {
        "75119": samples.CENTRE,
        "75118": shapely.Point(651_500, 6_866_000),
        "93055": shapely.Point(656_500, 6_867_500),
    }
    layer = displacement_layer(FR, samples.displacement(), points, samples.CENTRE.buffer(150))
    signs = [f["properties"]["sign"] for f in layer["features"] if is_a(f, "flow")]
    levels = [f["properties"]["level"] for f in layer["features"] if is_a(f, "change")]
    assert signs == ["clear", "doubtful"]
    assert levels == ["fall", "rise", "new"]


@pytest.fixture(scope="module")
def ground() -> gpd.GeoDataFrame:
    frame = gpd.read_file(TERRITORIES).to_crs(city.metric())
    return frame[frame.level != "quartier"].reset_index(drop=True)


def test_outlines_of_all_territories_fit_a_slow_line(ground: gpd.GeoDataFrame) -> None:
    body = geojson.dump(geojson.collection(outlines(ground)))
    assert len(gzip.compress(body)) < 30_000


def test_thinned_outlines_open_no_gap_and_overlap_nowhere(ground: gpd.GeoDataFrame) -> None:
    layer = [f for f in outlines(ground) if is_a(f, "territory")]
    shapes = shapely.from_geojson([json.dumps(f["geometry"]) for f in layer])
    assert len(shapes) == len(ground) == 142
    together = shapely.union_all(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(together.area, rel=1e-5)
    holes = [
        shapely.Polygon(ring) for part in shapely.get_parts(together) for ring in part.interiors
    ]
    assert sum(hole.area for hole in holes) < together.area * 1e-5


def test_arrondissements_are_numbered_and_communes_named(ground: gpd.GeoDataFrame) -> None:
    labels = {
        f["properties"]["code"]: f["properties"]["label"]
        for f in outlines(ground)
        if is_a(f, "territory-label")
    }
    assert labels["75119"] == "19"
    assert labels["93055"] == "Pantin"


def test_what_was_reported_and_what_was_seen_too_little_are_drawn_apart() -> None:
    box = shapely.box(652_000, 6_862_000, 652_100, 6_862_100)
    apart = replace(picture(), reported=[Band(2, 1.0, shapely.MultiPolygon([box]))], unranked=box)
    drawn = kinds(week_layer(Words(), Links(), apart))
    assert [drawn.count(kind) for kind in ("density", "reported", "unranked")] == [1, 1, 1]
    plain = kinds(week_layer(Words(), Links(), picture()))
    assert not {"reported", "unranked"} & set(plain)


def test_a_week_without_hotspots_looks_at_where_people_stood_too() -> None:
    far = shapely.Point(samples.CENTRE.x + 4000, samples.CENTRE.y)
    discs = [samples.CENTRE.buffer(300), far.buffer(300)]
    band = Band(rank=1, bound=0.5, area=shapely.MultiPolygon(discs))
    document = {**samples.hotspots(), "hotspots": []}
    quiet = replace(picture(), document=document, areas=(), bands=(band,))
    lon = geojson.geometry(far)["coordinates"][0]
    assert week_layer(FR, LINKS, quiet)["bbox"][2] > lon
    assert week_layer(FR, LINKS, replace(quiet, bands=()))["bbox"][2] < lon


def test_the_card_of_a_past_week_gives_the_day_of_the_last_visit() -> None:
    document = samples.hotspots()
    end = IsoWeek.parse(document["week"]).end
    said = {}
    for days in (-1, 1):
        document = {**document, "as_known_at": end + dt.timedelta(days=days)}
        layer = week_layer(FR, LINKS, replace(picture(), document=document))
        (card,) = (f["properties"] for f in layer["features"] if f["properties"]["kind"] == "site")
        said[days] = plain(dict(card["facts"])["Fermeture"])
    assert "dernière visite il y a 2 jours" in said[-1]
    assert "dernière visite le 7 octobre" in said[1]


def test_a_card_means_what_the_page_of_its_site_says() -> None:
    unchecked = samples.closure(never_checked=True, p_clear=None)
    at_site = replace(state(), answer=unchecked)
    (card,) = (
        f["properties"]
        for f in site_layer(FR, LINKS, at_site)["features"]
        if f["properties"]["kind"] == "site"
    )
    assert dict(card["facts"])["Signification"] == closure_statement(FR, unchecked)[0]
