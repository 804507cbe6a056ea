"""Locations as one text, or in degrees, minutes and seconds, converted to lon and lat.

`48.8975, 2.3868`, `(48,8975; 2,3868)`, `48°53'51"N 2°23'12.5"E`, `POINT (2.3868 48.8975)`, PostGIS'
`SRID=2154;POINT(…)` and its hexadecimal form. Which of two numbers comes first is given by the name
of our column (`lat_lon`, `lon_lat`); WKT points are always x and y.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache, partial
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.errors import GEOSException

from geosites.core.crs import GEOGRAPHIC
from geosites.core.errors import phrase
from geosites.core.untrusted_geometry import from_wkb_one, from_wkt
from geosites.validation.table_columns.text_columns import Block, Faults, filled, mask
from geosites.validation.value_rules import require

LAT_LON, LON_LAT, WKT = "lat_lon", "lon_lat", "wkt"
POINTS = (LAT_LON, LON_LAT, WKT)
"""Columns of ours with a location as one text."""

_NUMBER = r"\d{1,15}(?:[.,]\d+)?"
_ANGLE = re.compile(
    rf"(?P<before>[NSEWO])?\s*(?P<sign>[-+−]?)(?P<deg>{_NUMBER})\s*"
    rf"(?:[°º˚]\s*(?:(?P<min>{_NUMBER})\s*['′’´]\s*)?"
    rf"(?:(?P<sec>{_NUMBER})\s*(?:\"|″|”|''|′′|’’)\s*)?)?(?P<after>[NSEWO])?",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\s*[;,/|]\s*|\s+")
_COMMAS = re.compile(r"(-?\d+),(\d+)\s*,\s*(-?\d+),(\d+)")
_IN_DEGREES = r"[°º˚NSEWOnsewo]"
_VALUE = r"""["']?\s*:\s*["']?([-+]?\d{1,3}(?:\.\d{1,17})?)(?![\d.])"""
_LON = re.compile(rf"""["'](?:lon|lng|long|longitude){_VALUE}""", re.IGNORECASE)
_LAT = re.compile(rf"""["'](?:lat|latitude){_VALUE}""", re.IGNORECASE)
_CORNER = re.compile(
    r"""["']coordinates["']\s*:\s*\[\s*([-+]?\d{1,3}(?:\.\d{1,17})?)\s*,"""
    r"""\s*([-+]?\d{1,3}(?:\.\d{1,17})?)\s*[\],]"""
)
_SRID = re.compile(r"SRID=(\d{1,6});", re.IGNORECASE)
_HEXADECIMAL = re.compile(r"0[01][0-9A-F]{40,}", re.IGNORECASE)
_MOST_LETTERS = 1000
_WEST_OR_EAST = phrase("O may mean west (ouest) or east (Ost): write W or E")
_NO_PAIR = phrase(
    "is not a latitude and a longitude, such as 47.3769, 8.5417 or 47°22'37\"N 8°32'30\"E"
)
_NO_POINT = phrase("is not a point in WKT, such as POINT (8.5417 47.3769)")


class Degrees(NamedTuple):
    """A longitude and a latitude as texts, or why a text is none."""

    lon: str | None = None
    lat: str | None = None
    reason: str = ""


class Angle(NamedTuple):
    """An angle, and its axis: `lat`, `lon`, or nothing without a letter."""

    degrees: float
    name: str = ""


def in_degrees(block: Block, faults: Faults) -> Block:
    """Return a block with locations in degrees in `lon` and `lat`.

    Rows with invalid texts are marked; `wkt` of operations is an area, and unchanged.
    """
    for name in ("lon", "lat"):
        if name in block and mask(pc.match_substring_regex(block.column(name), _IN_DEGREES)).any():
            block = block.with_columns({name: _angles(block, faults, name)})
    for name in (LAT_LON, LON_LAT):
        if name in block:
            block = _split(block, faults, name, partial(pair_of, order=name))
    return block


def in_points(block: Block, faults: Faults) -> Block:
    """Return a block with WKT points converted to `lon` and `lat`."""
    return _split(block, faults, WKT, point_of) if WKT in block else block


def _split(block: Block, faults: Faults, name: str, read: Callable[[str], Degrees]) -> Block:
    text = block.column(name)
    require(block, faults, name, unless=filled(block.column("site")))
    found = {cell: read(cell) for cell in text.unique().to_pylist() if cell}
    rows = [found.get(cell, Degrees()) for cell in text.to_pylist()]
    wrong = pa.array([bool(row.reason) for row in rows], pa.bool_())
    faults.mark(name, mask(wrong), lambda row: rows[row].reason)
    return block.with_columns(
        {
            "lon": pa.array([row.lon for row in rows], pa.string()),
            "lat": pa.array([row.lat for row in rows], pa.string()),
        }
    )


def _angles(block: Block, faults: Faults, name: str) -> pa.Array:
    """Return a column of degrees as numbers; other texts are unchanged."""
    text = block.column(name)
    made: list[str | None] = []
    reasons: dict[int, str] = {}
    for row, cell in enumerate(text.to_pylist()):
        angle = angle_of(cell) if cell and re.search(_IN_DEGREES, cell) else None
        if isinstance(angle, str) or (angle and angle.name not in ("", name)):
            reasons[row] = angle if isinstance(angle, str) else _other_axis(name)
        made.append(repr(angle.degrees) if isinstance(angle, Angle) else cell)
    wrong = pa.array([row in reasons for row in range(len(text))], pa.bool_())
    faults.mark(name, mask(wrong), lambda row: reasons[row])
    return pa.array(made, pa.string())


def _other_axis(name: str) -> str:
    if name == "lat":
        return phrase("is a longitude, by its letter; a latitude ends in N or S")
    return phrase("is a latitude, by its letter; a longitude ends in E or W")


def angle_of(text: str) -> Angle | str | None:
    """Parse an angle; None if there is none, or the reason why it is ambiguous."""
    match = _ANGLE.fullmatch(text.strip()) if len(text) <= _MOST_LETTERS else None
    return None if match is None else _angle(match)


def _angle(match: re.Match[str]) -> Angle | str | None:
    letters = ((match["before"] or "") + (match["after"] or "")).upper()
    if letters == "O":
        return _WEST_OR_EAST
    parts = [float((match[name] or "0").replace(",", ".")) for name in ("deg", "min", "sec")]
    signed = match["sign"] in ("-", "−")
    if len(letters) > 1 or (letters and match["sign"]) or max(parts[1:]) >= 60:
        return None
    value = round(parts[0] + parts[1] / 60 + parts[2] / 3600, 9)
    name = "" if not letters else "lat" if letters in "NS" else "lon"
    return Angle(-value if signed or letters in ("S", "W") else value, name)


def pair_of(text: str, order: str) -> Degrees:
    """Return the degrees of two numbers in one text; letters go before the order of the column."""
    if len(text) > _MOST_LETTERS:
        return Degrees(reason=_NO_PAIR)
    if text.lstrip().startswith("{"):
        return _of_object(text)
    bare = text.strip().strip("()[]").strip()
    found = _COMMAS.fullmatch(bare)
    if found:
        bare = f"{found[1]}.{found[2]} {found[3]}.{found[4]}"
    angles = _two(bare)
    if isinstance(angles, str):
        return Degrees(reason=angles)
    first, second = angles
    said = {first.name, second.name} - {""}
    if said and said != {"lat", "lon"}:
        return Degrees(reason=_NO_PAIR)
    lat_first = first.name == "lat" if said else order == LAT_LON
    lat, lon = (first, second) if lat_first else (second, first)
    return Degrees(repr(lon.degrees), repr(lat.degrees))


def _of_object(text: str) -> Degrees:
    """Return the degrees of an object of JSON, or of a point of GeoJSON, whatever the order."""
    corner = _CORNER.search(text)
    if corner:
        return Degrees(corner[1], corner[2])
    lon, lat = _LON.search(text), _LAT.search(text)
    return Degrees(lon[1], lat[1]) if lon and lat else Degrees(reason=_NO_PAIR)


def _two(text: str) -> tuple[Angle, Angle] | str:
    """Return the two angles of a text, or why it is none of two."""
    why: str = _NO_PAIR
    for gap in _BETWEEN.finditer(text):
        first, second = angle_of(text[: gap.start()]), angle_of(text[gap.end() :])
        if isinstance(first, Angle) and isinstance(second, Angle):
            return first, second
        if first is not None and second is not None:
            why = first if isinstance(first, str) else str(second)
    return why


def point_of(text: str) -> Degrees:
    """Return the degrees of a point in WKT, EWKT or hexadecimal EWKB; without SRID in WGS 84."""
    bare = text.strip()
    said = _SRID.match(bare)
    try:
        if _HEXADECIMAL.fullmatch(bare):
            shape = from_wkb_one(bytes.fromhex(bare[: len(bare) // 2 * 2]))
            code = shapely.get_srid(shape)
        else:
            shape = from_wkt(bare[said.end() :] if said else bare)
            code = int(said[1]) if said else 0
    except (GEOSException, TypeError, ValueError):
        return Degrees(reason=_NO_POINT)
    if shape is not None and shape.geom_type == "MultiPoint" and len(shape.geoms) == 1:
        shape = shape.geoms[0]
    if shape is None or shape.geom_type != "Point" or shape.is_empty:
        return Degrees(reason=_NO_POINT)
    try:
        turn = _transformer(int(code)) if code else None
    except CRSError:
        why = phrase("has a reference system that is not known: %(code)s", code=int(code))
        return Degrees(reason=why)
    lon, lat = turn.transform(shape.x, shape.y) if turn else (shape.x, shape.y)
    return Degrees(repr(float(lon)), repr(float(lat)))


@cache
def _transformer(code: int) -> Transformer:
    return Transformer.from_crs(CRS.from_epsg(code), CRS.from_epsg(GEOGRAPHIC), always_xy=True)
