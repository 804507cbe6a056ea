"""The same weeks on Folium's own pages, with the files those ask four other servers for.

The files come from the packages that those servers mirror, through the npm client, into a folder
that git ignores; what no package holds stands in as an empty file and is named.
"""

from __future__ import annotations

import datetime as dt
import gzip
import mimetypes
import os
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import folium
from folium.plugins import HeatMapWithTime, TimestampedGeoJson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

CACHE = Path(".geosites") / "bench"
FOLDER = "GEOSITES_BENCH_STOCK"
TILE = "tile-{z}-{x}-{y}.png"
CENTRE = (48.86, 2.35)
Feature = dict[str, Any]
_NPM, _CDNJS = "https://cdn.jsdelivr.net/npm/", "https://cdnjs.cloudflare.com/ajax/libs/"
_TEMPLATES = "https://cdn.jsdelivr.net/gh/python-visualization/folium/folium/templates/"

PACKAGES = {
    _NPM + "leaflet@1.9.3/dist/leaflet.js": ("leaflet@1.9.3", "dist/leaflet.js"),
    _NPM + "leaflet@1.9.3/dist/leaflet.css": ("leaflet@1.9.3", "dist/leaflet.css"),
    "https://code.jquery.com/jquery-3.7.1.min.js": ("jquery@3.7.1", "dist/jquery.min.js"),
    _CDNJS + "jquery/3.7.1/jquery.min.js": ("jquery@3.7.1", "dist/jquery.min.js"),
    _NPM + "bootstrap@5.2.2/dist/js/bootstrap.bundle.min.js": (
        "bootstrap@5.2.2",
        "dist/js/bootstrap.bundle.min.js",
    ),
    _NPM + "bootstrap@5.2.2/dist/css/bootstrap.min.css": (
        "bootstrap@5.2.2",
        "dist/css/bootstrap.min.css",
    ),
    _NPM + "@fortawesome/fontawesome-free@6.2.0/css/all.min.css": (
        "@fortawesome/fontawesome-free@6.2.0",
        "css/all.min.css",
    ),
    _CDNJS + "Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.js": (
        "leaflet.awesome-markers@2.0.5",
        "dist/leaflet.awesome-markers.js",
    ),
    _CDNJS + "Leaflet.awesome-markers/2.0.2/leaflet.awesome-markers.css": (
        "leaflet.awesome-markers@2.0.5",
        "dist/leaflet.awesome-markers.css",
    ),
    _NPM + "iso8601-js-period@0.2.1/iso8601.min.js": ("iso8601-js-period@0.2.1", "iso8601.js"),
    _NPM + "leaflet-timedimension@1.1.1/dist/leaflet.timedimension.min.js": (
        "leaflet-timedimension@1.1.1",
        "dist/leaflet.timedimension.min.js",
    ),
    _NPM + "leaflet-timedimension@1.1.1/dist/leaflet.timedimension.control.css": (
        "leaflet-timedimension@1.1.1",
        "dist/leaflet.timedimension.control.css",
    ),
    _CDNJS + "jqueryui/1.10.2/jquery-ui.min.js": ("jquery-ui-dist@1.12.1", "jquery-ui.min.js"),
    _CDNJS + "moment.js/2.18.1/moment.min.js": ("moment@2.18.1", "min/moment.min.js"),
    _CDNJS + "highlight.js/8.4/styles/default.min.css": (
        "highlight.js@8.4.0",
        "styles/default.css",
    ),
}
"""Which file of which package stands behind an address.

jQuery UI and awesome-markers are of a near version, two files are not minified; all are served as
they lie in the package.
"""

EMPTY = (
    "https://netdna.bootstrapcdn.com/bootstrap/3.0.0/css/bootstrap-glyphicons.css",
    _TEMPLATES + "leaflet.awesome.rotate.min.css",
)
"""Style sheets of icons that no package holds, and that no page here shows."""


def keep(pages: Mapping[str, str], folder: Path) -> None:
    """Write these pages by name, and all they ask for, as they are sent: compressed."""
    behind = assets()
    places = {url: f"{n}-{url.rpartition('/')[2]}" for n, url in enumerate(behind)}
    for url, place in places.items():
        (folder / place).write_bytes(gzip.compress(behind[url]))
    for name, html in pages.items():
        for url, place in places.items():
            html = html.replace(url, f"/{place}")
        (folder / f"{name}.html").write_bytes(gzip.compress(html.encode()))


def site() -> Starlette:
    """Return a site of what was kept in the folder that the environment names."""
    held = {f"/{path.name}": path.read_bytes() for path in Path(os.environ[FOLDER]).iterdir()}

    async def answer(request: Request) -> Response:
        path = request.url.path
        if path not in held:
            return Response(status_code=404)
        kind = mimetypes.guess_type(path)[0]
        return Response(held[path], media_type=kind, headers={"Content-Encoding": "gzip"})

    return Starlette(routes=[Route("/{path:path}", answer)])


def assets() -> dict[str, bytes]:
    """Return what stands behind every address that the two pages ask for."""
    CACHE.mkdir(parents=True, exist_ok=True)
    found = {url: _from_npm(package, path) for url, (package, path) in PACKAGES.items()}
    own = files("folium") / "templates"
    found |= {
        _TEMPLATES + name: (own / name).read_bytes()
        for name in ("pa7_hm.min.js", "pa7_leaflet_hm.min.js")
    }
    return found | dict.fromkeys(EMPTY, b"")


def _from_npm(package: str, path: str) -> bytes:
    """Return a file of a package, fetched once."""
    kept = CACHE / f"{package.replace('/', '_')}.tgz"
    if not kept.exists():
        packed = subprocess.run(
            ["npm", "pack", "--silent", "--pack-destination", str(CACHE), package],
            check=True,
            capture_output=True,
            text=True,
        )
        (CACHE / packed.stdout.strip().splitlines()[-1]).rename(kept)
    with tarfile.open(kept) as archive:
        member = archive.extractfile(f"package/{path}")
        if member is None:
            raise FileNotFoundError(f"{package} has no {path}")
        return member.read()


def heat_map(weeks: Mapping[str, Sequence[Sequence[float]]]) -> str:
    """Return Folium's heat map through time: of each week its visits, as (lat, lon, heads).

    It lies on pictures of the ground that our page draws, which this site serves too.
    """
    page = _map()
    folium.TileLayer(f"/{TILE}", attr="the ground of geosites", max_zoom=18).add_to(page)
    HeatMapWithTime(
        [list(points) for points in weeks.values()], index=list(weeks), auto_play=False, radius=30
    ).add_to(page)
    return str(page.get_root().render())


def timed_geojson(ground: Sequence[Feature], weeks: Mapping[dt.date, Sequence[Feature]]) -> str:
    """Return Folium's GeoJSON through time: what our page draws of each week, on its ground."""
    page = _map()
    folium.GeoJson(_collection(ground)).add_to(page)
    features = [
        {
            "type": "Feature",
            "geometry": one["geometry"],
            "properties": {
                "times": [monday.isoformat()],
                "icon": "circle",
                "style": {"weight": 1},
            },
        }
        for monday, drawn in weeks.items()
        for one in drawn
    ]
    TimestampedGeoJson(
        _collection(features),
        period="P7D",
        duration="P6D",
        auto_play=False,
        loop=False,
    ).add_to(page)
    return str(page.get_root().render())


def _collection(features: Sequence[Feature]) -> Feature:
    return {"type": "FeatureCollection", "features": list(features)}


def _map() -> folium.Map:
    return folium.Map(CENTRE, zoom_start=11, tiles=None)
