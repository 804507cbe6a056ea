"""Run by Debian's own Python, which has QGIS: load features and tiles, and draw them.

Arguments: the address of the service's `/ogc`, a token, the picture to write. Prints one JSON line.
"""

from __future__ import annotations

import json
import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsNetworkAccessManager,
    QgsProject,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtNetwork import QNetworkRequest

FEATURES = ("territories", "sites", "hotspots", "closures")
MERCATOR = "EPSG:3857"


def main(address: str, token: str, picture: str) -> None:
    """Load, draw, and say how many features came."""
    application = QgsApplication([], False)
    application.initQgis()
    _sign_in(token)
    layers = {name: _features(address, name) for name in FEATURES}
    tiles = _tiles(address, "sightings")
    told = {name: sum(1 for _ in layer.getFeatures()) for name, layer in layers.items()}
    _draw([tiles, *(layers[name] for name in reversed(FEATURES))], picture)
    print(json.dumps({"features": told, "tiles": tiles.isValid()}))
    application.exitQgis()


def _sign_in(token: str) -> None:
    """Show the token with every request; Debian's QGIS comes without a way to set a header."""

    def signed(request: QNetworkRequest) -> None:
        request.setRawHeader(b"Authorization", f"Bearer {token}".encode())

    QgsNetworkAccessManager.setRequestPreprocessor(signed)


def _features(address: str, name: str) -> QgsVectorLayer:
    uri = f"url='{address}' typename='{name}' pageSize='500'"
    layer = QgsVectorLayer(uri, name, "OAPIF")
    if not layer.isValid():
        raise SystemExit(f"{name}: {layer.error().message()}")
    return layer


def _tiles(address: str, name: str) -> QgsVectorTileLayer:
    there = f"{address}/collections/{name}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
    uri = f"type=xyz&url={there}&zmin=0&zmax=16"
    layer = QgsVectorTileLayer(uri, name)
    if not layer.isValid():
        raise SystemExit(f"tiles of {name} cannot be read")
    return layer


def _draw(layers: list[object], picture: str) -> None:
    settings = QgsMapSettings()
    settings.setLayers(layers)
    settings.setDestinationCrs(QgsCoordinateReferenceSystem(MERCATOR))
    degrees = QgsCoordinateReferenceSystem("EPSG:4326")
    turn = QgsCoordinateTransform(degrees, settings.destinationCrs(), QgsProject.instance())
    settings.setExtent(turn.transformBoundingBox(QgsRectangle(2.22, 48.80, 2.48, 48.93)))
    settings.setOutputSize(QSize(1200, 900))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    for error in job.errors():
        print(error.message, file=sys.stderr)
    job.renderedImage().save(picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
