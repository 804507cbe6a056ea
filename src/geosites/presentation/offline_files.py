"""Files that the service worker caches, so that the report form opens without a network."""

from __future__ import annotations

OFFLINE_FILES = (
    "app.css",
    "report.css",
    "common.js",
    "outbox.js",
    "outbox_send.js",
    "ground.js",
    "ground.css",
    "report.js",
    "icon.svg",
    "leaflet/leaflet.css",
    "leaflet/leaflet.js",
)
"""Beside the page itself; where the street map consists of vectors, also `vector_tiles.js`."""
