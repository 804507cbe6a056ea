"""Leaflet layers that fetch one of our GeoJSON documents and style each feature by kind."""

from __future__ import annotations

from collections.abc import Mapping

from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template

from geosites.core.errors import Refused
from geosites.maps.interactive.folium_safe import Verbatim

WEEK = "{week}"
"""Placeholder of a week in a URL that a page fills in."""


class FeatureLayer(Layer, Verbatim):
    """A GeoJSON document on the map, fetched from `url` on our own server.

    Every feature's `kind` determines its style and pane; the text of its popup is part of it.
    Raises `Refused` for a URL of another server.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        var {{ this.get_name() }} = geosites.layer(
        {{ this._parent.get_name() }}, {{ this.layer_name|tojson }}, {{ this.url|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, name: str, url: str) -> None:
        super().__init__(name=name, overlay=True, control=False, show=False)
        self._name = "FeatureLayer"
        self._id = name
        self.url = own(url)


class GroundLayer(JSCSSMixin, Layer, Verbatim):
    """Map background, fetched from `url` on our own server: lines, areas and names."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        geosites.ground({{ this._parent.get_name() }}, {{ this.url|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, url: str) -> None:
        super().__init__(name="streets", overlay=True, control=False, show=False)
        self._name = "GroundLayer"
        self._id = "streets"
        self.url = own(url)


class SearchField(Layer, Verbatim):
    """A search field for places by name at `url`; `say` has its translated texts."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        geosites.search(
        {{ this._parent.get_name() }}, {{ this.url|tojson }}, {{ this.say|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, url: str, say: Mapping[str, str]) -> None:
        super().__init__(name="search", overlay=True, control=False, show=False)
        self._name = "SearchField"
        self._id = "search"
        self.url, self.say = own(url), dict(say)


class WeekSlider(Layer, Verbatim):
    """Lets the slider of the page change the week that `shown` draws.

    Each address holds `{week}` where a week belongs: of the page, of the layer, of the facts.
    """

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        geosites.weeks({{ this._parent.get_name() }}, {{ this.shown }}, {{ this.urls|tojson }});
        {% endmacro %}
        """
    )

    def __init__(self, shown: FeatureLayer, *, page: str, layer: str, facts: str) -> None:
        super().__init__(name="weeks", overlay=True, control=False, show=False)
        self._name = "WeekSlider"
        self._id = "weeks"
        self.shown = shown.get_name()
        self.urls = {"page": own(page), "layer": own(layer), "facts": own(facts)}


def own(url: str) -> str:
    """Return an address of this server, or raise `Refused`."""
    if not url.startswith("/") or url.startswith("//"):
        raise Refused(f"{url!r} is not an address of this server")
    return url
