"""The Leaflet map of every page, served from our own server, without user text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

import folium
from branca.element import CssLink, Figure, JavascriptLink
from folium.template import Template

from geosites.core import city
from geosites.maps.interactive.folium_safe import Verbatim
from geosites.presentation.static_assets import asset

_INDENT = re.compile(r"\n\s+")
Bounds = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class MapParts:
    """What our own page template takes over: addresses of scripts and styles, one script text."""

    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    script: str
    name: str


class SiteMap(folium.Map, Verbatim):
    """A Folium map that loads nothing from elsewhere and contains no user text.

    Its page has an element with the id `name`; layers are `FeatureLayer`s.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = geosites.map({{ this.get_name()|tojson }}, {
        bounds: {{ this.fit|tojson }}, maxBounds: {{ this.region|tojson }},
        minZoom: {{ this.min_zoom }}, maxZoom: {{ this.max_zoom }}});
        {% endmacro %}
        """
    )

    def __init__(
        self, fit: Bounds | None = None, *, min_zoom: int = 10, max_zoom: int = 18
    ) -> None:
        here = city.current()
        first = fit or here.first_view.corners
        (south, west), (north, east) = first
        super().__init__(
            location=((south + north) / 2, (west + east) / 2), tiles=None, max_zoom=max_zoom
        )
        self._id = "sites"
        self.default_js = [("leaflet", asset("leaflet/leaflet.js")), ("map", asset("map.js"))]
        self.default_css = [
            ("leaflet_style", asset("leaflet/leaflet.css")),
            ("map_style", asset("map_styles.css")),
        ]
        self.fit = first
        self.region = here.everywhere.corners
        self.min_zoom, self.max_zoom = min_zoom, max_zoom

    def parts(self) -> MapParts:
        """Return what the page template needs, rendered once."""
        root = cast("Figure", self.get_root())
        root.render()
        links = list(root.header._children.values())
        texts = [child.render() for child in root.script._children.values()]
        return MapParts(
            scripts=tuple(link.url for link in links if isinstance(link, JavascriptLink)),
            styles=tuple(link.url for link in links if isinstance(link, CssLink)),
            script="\n".join(_INDENT.sub(" ", text.strip()) for text in texts),
            name=self.get_name(),
        )


@dataclass(frozen=True, kw_only=True)
class MapView:
    """A map on a page, with the legend that explains and switches its layers."""

    parts: MapParts
    label: str
    classes: tuple[float, ...] = ()
    kinds: frozenset[str] = frozenset()
