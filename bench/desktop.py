"""Debian's QGIS (`apt-get install python3-qgis`) loads features and vector tiles, and draws them.

`python -m bench.desktop PICTURE.png` fills a scratch store with the exercise, serves it, leaves a
picture to be looked at.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.ogc import serving
from bench.stores import filled
from geosites import exercise

SYSTEM_PYTHON = "/usr/bin/python3"
SCRIPT = Path(__file__).with_name("desktop_draw.py")
AT_LEAST = {"territories": 200, "sites": 8, "hotspots": 1, "closures": 1}


def main(picture: str) -> int:
    """Draw the picture; return 1 where a collection came with less than it holds."""
    with tempfile.TemporaryDirectory(prefix="geosites-bench-") as folder, filled(0, 1) as store:
        with store.begin() as conn:
            exercise.load(conn)
        with serving(store, Path(folder)) as service:
            address = f"http://127.0.0.1:{service.port}/ogc"
            token = service.headers["Authorization"].removeprefix("Bearer ")
            command = [SYSTEM_PYTHON, str(SCRIPT), address, token, picture]
            drawn = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told = json.loads(drawn.stdout.splitlines()[-1])
    print(json.dumps(told))
    short = [name for name, least in AT_LEAST.items() if told["features"][name] < least]
    return int(bool(short) or not told["tiles"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
