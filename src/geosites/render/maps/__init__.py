"""Folium maps without a network and without user text: numbers, fixed labels, our own addresses."""

from geosites.render.maps.layers import WEEK, FeatureLayer, WeekSlider
from geosites.render.maps.sitemap import MapParts, MapView, SiteMap

__all__ = ["WEEK", "FeatureLayer", "MapParts", "MapView", "SiteMap", "WeekSlider"]
