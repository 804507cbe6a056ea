"""Base map of a page: tile URL and attribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BUILT = "basemap.mbtiles"
"""The file name of the built street map beside a store."""


@dataclass(frozen=True, kw_only=True)
class BaseMap:
    """Tiles from our own server, pictures or vectors. `credit` is plain text, shown as text.

    `url` holds `{z}`, `{x}` and `{y}`; `bounds` are west, south, east and north in degrees.
    `layers` are those of vector tiles, as the file describes them.
    """

    url: str
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float]
    credit: str = ""
    vector: bool = False
    layers: tuple[Mapping[str, object], ...] = ()

    def tilejson(self, address: str, name: str) -> dict[str, object]:
        """Return the tiles as TileJSON 3.0.0; `address` is that of `url` as a whole."""
        layers = [{**item, "fields": item.get("fields") or {}} for item in self.layers]
        return {
            "tilejson": "3.0.0",
            "name": name,
            "attribution": self.credit,
            "scheme": "xyz",
            "tiles": [address],
            "minzoom": self.min_zoom,
            "maxzoom": self.max_zoom,
            "bounds": list(self.bounds),
            **({"vector_layers": layers} if self.vector else {}),
        }

    def options(self) -> dict[str, object]:
        """Return what the map's script needs to draw the tiles; nothing that people typed."""
        west, south, east, north = self.bounds
        return {
            "minNativeZoom": self.min_zoom,
            "maxNativeZoom": self.max_zoom,
            "bounds": [[south, west], [north, east]],
        }
