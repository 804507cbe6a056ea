"""Folium maps without a network and without user text: numbers, fixed labels, our own addresses."""

from geosites.render.maps.layers import FeatureLayer
from geosites.render.maps.sitemap import MapParts, SiteMap

__all__ = ["FeatureLayer", "MapParts", "SiteMap"]
