"""Layers that fetch a small GeoJSON document of ours and draw each feature by its kind."""

from __future__ import annotations

from folium.map import Layer
from folium.template import Template

from geosites.errors import Refused
from geosites.render.maps.verbatim import Verbatim


class FeatureLayer(Layer, Verbatim):
    """One GeoJSON document on the map, fetched from `url` on our own server.

    Every feature's `kind` says how it is drawn and into which pane; the words of its card come with
    it as text. Raises `Refused` for an address that is not ours.
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
        if not url.startswith("/") or url.startswith("//"):
            raise Refused(f"{url!r} is not an address of this server")
        super().__init__(name=name, overlay=True, control=False, show=False)
        self._name = "FeatureLayer"
        self._id = name
        self.url = url
