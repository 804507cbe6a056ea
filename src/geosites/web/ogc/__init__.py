"""OGC API - Features and Tiles under `/ogc`, for QGIS, GDAL and other clients."""

from geosites.web.ogc.routes import router

__all__ = ["router"]
