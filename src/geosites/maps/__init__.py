"""Folium maps without network access or user text: numbers, fixed labels, our own URLs."""

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
