"""OGC API - Features and Tiles under `/ogc`: for QGIS, GDAL and whatever else speaks it."""

from geosites.web.ogc.routes import router

__all__ = ["router"]
