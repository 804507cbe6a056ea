"""A ready-made QGIS project: one GeoPackage with every layer, and a styled map."""

from __future__ import annotations

import datetime as dt
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import geopandas as gpd
import pyarrow as pa
import shapely
import sqlalchemy as sa

from geosites.core import city
from geosites.core.crs import GEOGRAPHIC
from geosites.core.errors import Refused
from geosites.db.geography import territories
from geosites.db.maintenance import store_flags
from geosites.db.publication import changes
from geosites.exports import qgis_styles, vector
from geosites.exports.exported_columns import SHAPE, ExportKind, ExportRequest
from geosites.exports.exporting import pages
from geosites.exports.formats import PRIVATE
from geosites.exports.metadata import About, about

ENDINGS = (".qgz", ".qgs")
LAYERS = (
    ("closure_status", "Point"),
    ("sightings", "Point"),
    ("operations", "Polygon"),
    ("closures", "Polygon"),
    ("sites", "Polygon"),
    ("territories", "Polygon"),
)
"""The layers of the project and their sources, the topmost first."""

_DOCTYPE = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
_CRS = (
    "<spatialrefsys><proj4>+proj=longlat +datum=WGS84 +no_defs</proj4><srsid>3452</srsid>"
    "<srid>4326</srid><authid>EPSG:4326</authid><description>WGS 84</description>"
    "<projectionacronym>longlat</projectionacronym><ellipsoidacronym>EPSG:7030</ellipsoidacronym>"
    "<geographicflag>true</geographicflag></spatialrefsys>"
)


@dataclass(frozen=True)
class SiteStatus:
    """The status of a site's closure, as a code and as a word."""

    site: str
    name: str
    status: str
    word: str
    perimeter: shapely.Geometry


@dataclass(frozen=True)
class ProjectReport:
    """The written files: the project and the GeoPackage beside it."""

    file: str
    data: str
    rows: dict[str, int]
    as_known_at: dt.datetime
    exercise: bool


def export_project(
    conn: sa.Connection, path: Path, statuses: Sequence[SiteStatus]
) -> ProjectReport:
    """Write a project for QGIS, and beside it a GeoPackage with its layers.

    Raises `Refused` for another ending than `.qgz` and `.qgs`.
    """
    if path.suffix.lower() not in ENDINGS:
        raise Refused(
            "%(name)s ends in none of %(endings)s", name=path.name, endings=", ".join(ENDINGS)
        )
    if not path.absolute().parent.is_dir():
        raise Refused("there is no folder %(parent)s", parent=path.absolute().parent)
    data, known_at = path.with_suffix(".gpkg"), changes.settled_at(conn)
    exercise = store_flags.is_exercise(conn)
    with tempfile.TemporaryDirectory(dir=path.absolute().parent, prefix=".geosites-") as folder:
        unfinished = Path(folder) / data.name
        rows = _layers(conn, unfinished, statuses, known_at, exercise=exercise)
        drawn = Path(folder) / path.name
        _write(drawn, project(data.name, exercise=exercise))
        unfinished.chmod(PRIVATE)
        drawn.chmod(PRIVATE)
        unfinished.replace(data)
        drawn.replace(path)
    return ProjectReport(path.name, data.name, rows, known_at, exercise)


def _layers(
    conn: sa.Connection,
    path: Path,
    statuses: Sequence[SiteStatus],
    known_at: dt.datetime,
    *,
    exercise: bool,
) -> dict[str, int]:
    counts = {}
    for kind in ExportKind:
        asked = ExportRequest(kind=kind, as_known_at=known_at)
        count = _Counted(pages(conn, asked, exercise=exercise))
        answer: About = {**about(asked, 0, exercise=exercise), "rows": None}
        vector.gpkg(path, count.reader(), answer)
        counts[str(kind)] = count.rows
    for name, table in (
        ("territories", _territories(territories.frame(conn))),
        ("closure_status", _statuses(statuses)),
    ):
        vector.gpkg(path, table.to_reader(), {**answer, "kind": name, "title": f"geosites: {name}"})
        counts[name] = len(table)
    return counts


class _Counted:
    """Tables one after the other as a reader, their rows counted as they go by."""

    def __init__(self, tables: Iterable[pa.Table]) -> None:
        self._tables = iter(tables)
        self.rows = 0

    def reader(self) -> pa.RecordBatchReader:
        first = next(self._tables)
        return pa.RecordBatchReader.from_batches(first.schema, self._batches(first))

    def _batches(self, first: pa.Table) -> Iterable[pa.RecordBatch]:
        for table in (first, *self._tables):
            self.rows += len(table)
            yield from table.to_batches()


def _territories(frame: gpd.GeoDataFrame) -> pa.Table:
    degrees = frame.to_crs(GEOGRAPHIC)
    names = {name: pa.array(frame[name].astype(str)) for name in ("code", "level", "name")}
    return pa.table({**names, SHAPE: pa.array(shapely.to_wkb(degrees.geometry), pa.binary())})


def _statuses(statuses: Sequence[SiteStatus]) -> pa.Table:
    middles = gpd.GeoSeries([item.perimeter.centroid for item in statuses], crs=city.metric())
    degrees = middles.to_crs(GEOGRAPHIC)
    texts = {
        name: pa.array([getattr(item, name) for item in statuses], pa.string())
        for name in ("site", "name", "status", "word")
    }
    place = {"lon": pa.array(degrees.x, pa.float64()), "lat": pa.array(degrees.y, pa.float64())}
    return pa.table({**texts, **place, SHAPE: pa.array(shapely.to_wkb(degrees), pa.binary())})


def project(data: str, *, exercise: bool) -> str:
    """Return the project in QGIS format; `data` is the GeoPackage beside it."""
    title = "geosites (an exercise: fictional)" if exercise else "geosites"
    tree = "".join(
        f'<layer-tree-layer id="{name}" name="{name}" providerKey="ogr" checked="Qt::Checked"'
        f' expanded="1" source={quoteattr(_source(data, name))}/>'
        for name, _ in LAYERS
    )
    order = "".join(f'<layer id="{name}"/>' for name, _ in LAYERS)
    view = city.current().first_view
    layers = "".join(_layer(data, name, shape) for name, shape in LAYERS)
    return (
        f'{_DOCTYPE}\n<qgis version="3.22.0" projectname={quoteattr(title)}>'
        f"<title>{escape(title)}</title><projectCrs>{_CRS}</projectCrs>"
        f"<layer-tree-group>{tree}</layer-tree-group>"
        f"<mapcanvas name='theMapCanvas'><units>degrees</units><extent><xmin>{view.west}</xmin>"
        f"<ymin>{view.south}</ymin><xmax>{view.east}</xmax><ymax>{view.north}</ymax></extent>"
        f"<destinationsrs>{_CRS}</destinationsrs></mapcanvas>"
        f"<projectlayers>{layers}</projectlayers><layerorder>{order}</layerorder></qgis>\n"
    )


def _layer(data: str, name: str, shape: str) -> str:
    style = qgis_styles.STYLES[name]
    return (
        f'<maplayer type="vector" geometry="{shape}" hasScaleBasedVisibilityFlag="0"'
        f' labelsEnabled="{int(style.label is not None)}"><id>{name}</id>'
        f"<datasource>{escape(_source(data, name))}</datasource><layername>{name}</layername>"
        f'<srs>{_CRS}</srs><provider encoding="UTF-8">ogr</provider>'
        f"{qgis_styles.renderer(style)}{qgis_styles.labelling(style)}</maplayer>"
    )


def _source(data: str, name: str) -> str:
    return f"./{data}|layername={name}"


def _write(path: Path, text: str) -> None:
    if path.suffix.lower() == ".qgs":
        path.write_text(text, encoding="utf-8")
        return
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{path.stem}.qgs", text)
