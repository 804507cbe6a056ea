"""QGIS layer styles: symbols differ by shape, not only by colour."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

from geosites.analysis.closure.status_table import STATUS_TABLE
from geosites.presentation import palette

_TABLE = """
CREATE TABLE IF NOT EXISTS layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256), f_table_name TEXT(256),
    f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
)
"""
_LISTED = """
INSERT OR IGNORE INTO gpkg_contents (table_name, data_type, identifier, description)
VALUES ('layer_styles', 'attributes', 'layer_styles', 'how QGIS draws the layers')
"""
_ADDED = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column,
    styleName, styleQML, useAsDefault, description, update_time)
VALUES ('', '', ?, 'geom', ?, ?, 1, ?, '2000-01-01T00:00:00.000Z')
"""
_INK, _PAPER = palette.rgba("ink"), palette.rgba("sheet")


@dataclass(frozen=True)
class KeySign:
    """A legend entry: the rows it represents, its label, its style."""

    value: str
    word: str
    drawn: Mapping[str, str]


@dataclass(frozen=True)
class Style:
    """The symbols of a layer; `attribute`, an expression, selects the symbol of a row."""

    shape: str
    attribute: str
    signs: Sequence[KeySign]
    label: str | None = None
    kind: str = field(default="SimpleMarker")


def _marker(name: str, fill: str = _INK) -> dict[str, str]:
    return {"name": name, "color": fill, "outline_color": _INK, "outline_width": "0.4", "size": "3"}


def _area(style: str, line: str = "solid") -> dict[str, str]:
    return {
        "style": style,
        "color": _INK,
        "outline_color": _INK,
        "outline_style": line,
        "outline_width": "0.5",
    }


STYLES: Mapping[str, Style] = {
    "sightings": Style(
        "marker",
        '"headcount" = 0',
        (
            KeySign("0", "heads were counted", _marker("circle")),
            KeySign("1", "visited, nobody there", _marker("circle", _PAPER)),
        ),
    ),
    "operations": Style(
        "fill",
        '"kind"',
        (
            KeySign("dispersal", "dispersal", _area("b_diagonal")),
            KeySign("evacuation", "evacuation", _area("diagonal_x")),
            KeySign("presence", "presence", _area("no", "dash")),
        ),
        kind="SimpleFill",
    ),
    "closures": Style(
        "fill",
        '"closed_until" IS NULL',
        (
            KeySign("1", "closed until further notice", _area("cross")),
            KeySign("0", "closed until a day", _area("horizontal")),
        ),
        label="site",
        kind="SimpleFill",
    ),
    "sites": Style(
        "fill",
        "1",
        (KeySign("1", "site", _area("no")),),
        label="name",
        kind="SimpleFill",
    ),
    "territories": Style(
        "fill", "1", (KeySign("1", "territory", _area("no", "dot")),), kind="SimpleFill"
    ),
    "closure_status": Style(
        "marker",
        '"status"',
        tuple(
            KeySign(
                row.status.value,
                row.word,
                _marker(row.sign.qgis, _INK if row.sign.solid else _PAPER),
            )
            for row in STATUS_TABLE
        ),
        label="word",
    ),
}
"""The style of each layer by its name."""


def qml(style: Style) -> str:
    """Return a style in QGIS format, for a file or a GeoPackage."""
    labelled = int(style.label is not None)
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        '<qgis version="3.22.0" styleCategories="Symbology|Labeling"'
        f' labelsEnabled="{labelled}">{renderer(style)}{labelling(style)}</qgis>'
    )


def renderer(style: Style) -> str:
    """Return how a layer is drawn, a sign a category."""
    categories = "".join(
        f"<category symbol={quoteattr(str(place))} value={quoteattr(sign.value)}"
        f' label={quoteattr(sign.word)} render="true"/>'
        for place, sign in enumerate(style.signs)
    )
    symbols = "".join(
        f'<symbol type="{style.shape}" name="{place}" alpha="1" clip_to_extent="1">'
        f'<layer class="{style.kind}" enabled="1" locked="0" pass="0">{_map(sign.drawn)}'
        "</layer></symbol>"
        for place, sign in enumerate(style.signs)
    )
    return (
        f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(style.attribute)}'
        ' enableorderby="0" forceraster="0" symbollevels="0">'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>"
    )


def labelling(style: Style) -> str:
    """Return how a layer is labelled, or nothing."""
    if style.label is None:
        return ""
    field_name = quoteattr(style.label)
    return (
        f'<labeling type="simple"><settings><text-style fieldName={field_name} fontSize="9"'
        f' textColor="{_INK}"><text-buffer bufferDraw="1" bufferSize="1"'
        f' bufferColor="{_PAPER}"/></text-style></settings></labeling>'
    )


def _map(values: Mapping[str, str]) -> str:
    options = "".join(
        f'<Option type="QString" name={quoteattr(name)} value={quoteattr(value)}/>'
        for name, value in values.items()
    )
    return f'<Option type="Map">{options}</Option>'


def add(book: sqlite3.Connection, layer: str) -> None:
    """Give a layer of a GeoPackage its style, which QGIS takes by itself."""
    style = STYLES[layer]
    book.execute(_TABLE)
    book.execute(_LISTED)
    words = "; ".join(sign.word for sign in style.signs)
    book.execute(_ADDED, (layer, layer, qml(style), words))
