"""A map as one HTML file that works without network or server."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from geosites.core.documents.displacement import DisplacementDocument
from geosites.core.documents.geojson import Layer
from geosites.core.documents.weeks import WeekDocument
from geosites.core.weeks import IsoWeek
from geosites.maps import FeatureLayer, GroundLayer, MapView, SiteMap, geojson
from geosites.maps.layers.displacement_layer import MOVE_KINDS
from geosites.maps.layers.week_layer import week_kinds
from geosites.presentation import static_assets
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links
from geosites.presentation.tables import displacement_tables, hotspot_tables, territory_tables
from geosites.presentation.tables.table import Table
from geosites.presentation.template_rendering import Page
from geosites.presentation.text import hotspot_text
from geosites.presentation.text.closure_text import known
from geosites.presentation.text.displacement_text import (
    displacement_statement,
    event_title,
    trust_statement,
)
from geosites.presentation.text.method_notes import displacement_reading, week_reading
from geosites.presentation.text.week_text import week_statement

Layers = Mapping[str, Layer]

STYLES = ("leaflet/leaflet.css", "app.css", "tables.css", "map_styles.css")
SCRIPTS = ("leaflet/leaflet.js", "common.js", "map.js")
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)


def offline_links(language: Language) -> Links:
    """Return dummy links, for content of a file."""
    return Links(language, offline=True)


def week_file(
    language: Language, answer: WeekDocument, classes: Sequence[float], layers: Layers
) -> str:
    """Return the hotspots of a week as one HTML file; `layers` are GeoJSON documents by name."""
    page = _page(language, bool(answer["exercise"]))
    view = _view(page, layers, week_kinds(answer), classes)
    week = page.words.week(IsoWeek.parse(answer["week"]))
    return _file(
        page,
        view,
        layers,
        _Content(
            title=page.words.say("Hotspots, %(week)s", week=week),
            statement=_with_caution(page.words, answer),
            tables=(
                hotspot_tables.hotspots(page.words, page.links, answer),
                territory_tables.territories(page.words, answer),
            ),
            reading=[*week_reading(page.words, answer), known(page.words, answer["as_known_at"])],
        ),
    )


def displacement_file(
    language: Language, answer: DisplacementDocument, layers: Layers, place: str | None
) -> str:
    """Return what followed an event as one HTML file; `layers` are GeoJSON documents by name."""
    page = _page(language, bool(answer["exercise"]))
    return _file(
        page,
        _view(page, layers, MOVE_KINDS),
        layers,
        _Content(
            title=event_title(page.words, answer["event"], place),
            statement=[
                *displacement_statement(page.words, answer),
                *trust_statement(page.words, answer),
            ],
            tables=(
                displacement_tables.changes(page.words, answer),
                displacement_tables.steady(page.words, answer),
                displacement_tables.flows(page.words, answer),
                displacement_tables.study(page.words, answer),
            ),
            reading=displacement_reading(page.words, answer),
        ),
    )


def preview_file(
    language: Language, layers: Layers, statement: Sequence[str], *, exercise: bool
) -> str:
    """Return the preview map of a file's rows as one HTML file; `layers` are GeoJSON by name."""
    page = _page(language, exercise)
    content = _Content(
        title=page.words.say("Import, dry run"), statement=statement, tables=(), reading=()
    )
    return _file(page, _view(page, layers, frozenset()), layers, content)


def city_file(
    language: Language, layers: Layers, name: str, statement: Sequence[str], table: Table
) -> str:
    """Return the territories of a city as one HTML file; `layers` are GeoJSON by name."""
    page = _page(language, exercise=False)
    content = _Content(title=name, statement=statement, tables=(table,), reading=())
    return _file(page, _view(page, layers, frozenset()), layers, content)


def _with_caution(words: Words, answer: WeekDocument) -> list[str]:
    caution = hotspot_text.caution(words, answer)
    return [*week_statement(words, answer), *([caution] if caution else [])]


@dataclass(frozen=True, kw_only=True)
class _Content:
    title: str
    statement: Sequence[str]
    tables: Sequence[Table]
    reading: Sequence[str]


def _page(language: Language, exercise: bool) -> Page:
    links = offline_links(language)
    return Page(words=Words(language), links=links, path="", nonce="", exercise=exercise)


def _view(
    page: Page, layers: Layers, kinds: frozenset[str], classes: Sequence[float] = ()
) -> MapView:
    drawn = SiteMap()
    for name in layers:
        shown = GroundLayer("/") if name == "streets" else FeatureLayer(name, "/")
        shown.add_to(drawn)
    label = page.words.say("Map")
    return MapView(parts=drawn.parts(), label=label, classes=tuple(classes), kinds=kinds)


def _file(page: Page, view: MapView, layers: Layers, content: _Content) -> str:
    scripts = [*map(_text, SCRIPTS), view.parts.script]
    style = "".join(map(_text, STYLES))
    return page.html(
        "maps/exported_map.html",
        policy=_policy(scripts, style),
        view=view,
        content=content,
        style=Markup(style),  # noqa: S704 - our own file
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own files
        documents={name: _embedded(layer) for name, layer in layers.items()},
    )


def _text(name: str) -> str:
    return _SOURCE_MAP.sub("", static_assets.sent(name))


def _embedded(layer: Layer) -> Markup:
    """Return a document as JSON in which no tag can begin or end."""
    text = geojson.dump(layer).decode().replace("<", "\\u003c")
    return Markup(text)  # noqa: S704 - holds no `<`


def _policy(scripts: Sequence[str], style: str) -> str:
    allowed = " ".join(_digest(script) for script in scripts)
    return f"default-src 'none'; img-src data:; style-src {_digest(style)}; script-src {allowed}"


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{b64encode(digest).decode()}'"
