"""Run by Debian's own Python, which has QGIS: load features and tiles, and draw them.

Arguments: the address of the service's `/ogc`, a token, the picture to write. Prints one JSON line.
"""

from __future__ import annotations

import json
import os
import sys

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFillSymbol,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsMarkerSymbol,
    QgsNetworkAccessManager,
    QgsProject,
    QgsRectangle,
    QgsSingleSymbolRenderer,
    QgsVectorLayer,
    QgsVectorTileBasicRenderer,
    QgsVectorTileBasicRendererStyle,
    QgsVectorTileLayer,
    QgsWkbTypes,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QImage
from qgis.PyQt.QtNetwork import QNetworkRequest

FILLS = {
    "territories": {"color": "#f4f1ea", "outline_color": "#8a8478"},
    "sites": {"color": "#2b6cb0", "outline_color": "#1a4674"},
    "hotspots": {"color": "#e8a33d80", "outline_color": "#a86a0c"},
    "closures": {"color": "#00000000", "outline_color": "#111111", "outline_width": "0.8"},
}
"""What is loaded as features, the lowest first, and how it is drawn."""
TILES_COLOR = "#c2185b"
MERCATOR = "EPSG:3857"
PATIENCE_MS = 600_000


def main(address: str, token: str, picture: str) -> None:
    """Load, draw, and say how many features came."""
    application = QgsApplication([], False)
    application.initQgis()
    _sign_in(token)
    layers = {name: _features(address, name) for name in FILLS}
    tiles = _tiles(address, "sightings")
    told = {name: sum(1 for _ in layer.getFeatures()) for name, layer in layers.items()}
    image = _draw([tiles, *(layers[name] for name in reversed(FILLS))])
    image.save(picture)
    print(json.dumps({"version": Qgis.version(), "features": told, "pixels": _pixels(image)}))
    sys.stdout.flush()
    os._exit(0)  # QGIS 3.22 falls over where Python takes it down layer by layer


def _sign_in(token: str) -> None:
    """Show the token with every request; Debian's QGIS comes without a way to set a header."""

    def signed(request: QNetworkRequest) -> None:
        request.setRawHeader(b"Authorization", f"Bearer {token}".encode())

    QgsNetworkAccessManager.setRequestPreprocessor(signed)
    QgsNetworkAccessManager.setTimeout(PATIENCE_MS)


def _features(address: str, name: str) -> QgsVectorLayer:
    uri = f"url='{address}' typename='{name}' pageSize='100'"
    layer = QgsVectorLayer(uri, name, "OAPIF")
    if not layer.isValid():
        raise SystemExit(f"{name}: {layer.error().message()}")
    layer.setRenderer(QgsSingleSymbolRenderer(QgsFillSymbol.createSimple(FILLS[name])))
    return layer


def _tiles(address: str, name: str) -> QgsVectorTileLayer:
    there = f"{address}/collections/{name}/tiles/WebMercatorQuad/{{z}}/{{y}}/{{x}}"
    uri = f"type=xyz&url={there}&zmin=0&zmax=16"
    layer = QgsVectorTileLayer(uri, name)
    if not layer.isValid():
        raise SystemExit(f"tiles of {name} cannot be read")
    style = QgsVectorTileBasicRendererStyle("points", name, QgsWkbTypes.PointGeometry)
    look = {"color": TILES_COLOR, "outline_style": "no", "size": "1.6"}
    style.setSymbol(QgsMarkerSymbol.createSimple(look))
    drawn = QgsVectorTileBasicRenderer()
    drawn.setStyles([style])
    layer.setRenderer(drawn)
    return layer


def _draw(layers: list[object]) -> QImage:
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
    return job.renderedImage()


def _pixels(image: QImage) -> int:
    """Return how many pixels have the colour in which only tiles are drawn."""
    wanted = QColor(TILES_COLOR).rgb()
    wide, high = image.width(), image.height()
    return sum(image.pixel(x, y) == wanted for x in range(wide) for y in range(high))


if __name__ == "__main__":
    main(*sys.argv[1:])
