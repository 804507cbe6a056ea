"""Folium maps without a network and without user text: numbers, fixed labels, our own addresses."""

from geosites.maps.interactive.leaflet_layers import (
    WEEK,
    FeatureLayer,
    GroundLayer,
    SearchField,
    WeekSlider,
)
from geosites.maps.interactive.leaflet_map import MapParts, MapView, SiteMap

__all__ = [
    "WEEK",
    "FeatureLayer",
    "GroundLayer",
    "MapParts",
    "MapView",
    "SearchField",
    "SiteMap",
    "WeekSlider",
]
