"""The map of a bulletin: what it shows besides the week, and where it looks."""

from __future__ import annotations

import io
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from PIL import Image, ImageColor

from geosites.bulletins.map_drawing import bulletin_map, kinds, looked_at, plain_layers
from geosites.core import city
from geosites.core.crs import geometry_to_geographic
from geosites.core.documents.alarms import AlarmDocument
from geosites.core.documents.bulletins import BulletinMap
from geosites.maps.geojson import collection
from geosites.maps.layers.contours import Band
from geosites.maps.layers.week_layer import WeekPicture
from geosites.presentation import palette
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from samples.samples_of_render import CENTRE, alarm, hotspots

TERRITORIES = Path(__file__).parents[2] / "data" / "geo" / "territories.geojson"
FRENCH = Words(Language.FRENCH)
PICTURE = WeekPicture(
    document=hotspots(),
    bands=[Band(1, 0.5, shapely.MultiPolygon([CENTRE.buffer(300)]))],
    areas=[CENTRE.buffer(100)],
)
FAR = shapely.Point(CENTRE.x + 3_000, CENTRE.y - 2_000)


def raised_at(point: shapely.Point) -> AlarmDocument:
    there = geometry_to_geographic(point)
    return alarm(lon=there.x, lat=there.y, radius_m=0.0)


def layers(*alarms: AlarmDocument) -> BulletinMap:
    frame = gpd.read_file(TERRITORIES).to_crs(city.metric())
    ground = frame[frame.level != "quartier"].reset_index(drop=True)
    return plain_layers(ground, collection([]), PICTURE, alarms)


def painted(made: bytes) -> int:
    """Return how many points of a picture have the colour of alarms."""
    red = np.array(ImageColor.getrgb(palette.day("alarm")))
    with Image.open(io.BytesIO(made)) as picture:
        off = np.abs(np.asarray(picture.convert("RGB")).astype(int) - red).max(axis=2)
    return int((off < 24).sum())


def test_an_alarm_is_marked_on_the_map_and_told_in_its_key() -> None:
    with_one, without = layers(raised_at(CENTRE)), layers()
    assert {"alarm", "alarm-sign"} == kinds(with_one) - kinds(without)
    assert painted(bulletin_map(FRENCH, without)) == 0
    assert painted(bulletin_map(FRENCH, with_one)) > 200


def test_a_phone_gets_the_map_over_its_key() -> None:
    """As wide as a phone at twice its points, with nothing empty below the key."""
    with Image.open(io.BytesIO(bulletin_map(FRENCH, layers(raised_at(CENTRE)), tall=True))) as one:
        dots = np.asarray(one.convert("L"))
    high, wide = dots.shape
    assert 2 * 340 <= wide < high
    paper = dots[-1, -1]
    assert (dots[-60:] != paper).any(), "the last line of the key"
    assert (dots[-4:] == paper).all(), "which is not cut"


def test_the_map_looks_at_an_alarm_wherever_it_is() -> None:
    there = geometry_to_geographic(FAR.buffer(200))
    assert not looked_at(PICTURE).contains(there)
    assert looked_at(PICTURE, [raised_at(FAR)]).contains(there)
