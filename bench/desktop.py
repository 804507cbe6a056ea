"""Debian's QGIS (`apt-get install python3-qgis`) loads features and vector tiles, and draws them.

The exercise is served from a scratch store. The picture `build/desktop.png` is left to be looked
at.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bench.services import Service, serving
from bench.stores import filled
from bench.table import Promise, Table
from geosites import exercise

SYSTEM_PYTHON = Path("/usr/bin/python3")
SCRIPT = Path(__file__).with_name("qgis") / "draw.py"
PICTURE = Path(__file__).parents[1] / "build" / "desktop.png"
AT_LEAST = {"territories": 200, "sites": 8, "hotspots": 1, "closures": 1}


def run() -> Table:
    """Return how many features of each collection QGIS came by, and what it drew of the tiles."""
    PICTURE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="geosites-bench-") as folder, filled(0, 1) as store:
        with store.begin() as conn:
            exercise.load(conn)
        with serving(store, Path(folder)) as service:
            told = _drawn(service)
    features = {**told["features"], "pixels of sightings": told["pixels"]}
    least = {**AT_LEAST, "pixels of sightings": 1000}
    return Table(
        name="desktop",
        note=f"QGIS {told['version']}, offscreen; sightings as vector tiles, all else as features; "
        f"drawn to build/{PICTURE.name}",
        columns=("layer", "came"),
        rows=tuple(features.items()),
        promises=tuple(
            Promise(
                what=f"{name} in QGIS",
                promised=f"at least {least[name]}",
                measured=came,
                kept=came >= least[name],
            )
            for name, came in features.items()
        ),
    )


def _drawn(service: Service) -> dict[str, Any]:
    address = f"http://127.0.0.1:{service.port}/ogc"
    token = service.headers["Authorization"].removeprefix("Bearer ")
    command = [str(SYSTEM_PYTHON), str(SCRIPT), address, token, str(PICTURE)]
    drawn = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(drawn.stdout.splitlines()[-1])
    return told
