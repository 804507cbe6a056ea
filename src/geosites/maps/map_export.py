"""Map files: what `geosites hotspots` and `geosites displacement` can write."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

import sqlalchemy as sa

from geosites.core.documents.displacement import DisplacementDocument
from geosites.core.documents.geojson import Layer
from geosites.core.documents.weeks import WeekDocument
from geosites.core.render_process import apart
from geosites.db.geography import sites, territories
from geosites.db.maintenance import density_classes
from geosites.maps import embedded_basemap, geojson, map_data
from geosites.maps.geojson import collection
from geosites.maps.interactive import html_export
from geosites.maps.layers import displacement_layer, territory_layer
from geosites.maps.layers import week_layer as weeks
from geosites.permissions import authorized_answers, authorized_displacement
from geosites.permissions.query_context import QueryContext
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.services import DisplacementStudy, WeekHotspots
from geosites.services.displacement_studies.events import DispersalEvent

Layers = dict[str, Layer]
Drawn = Callable[[], bytes]


def week_files(
    conn: sa.Connection,
    answer: WeekHotspots,
    now: dt.datetime,
    language: Language,
    asked: QueryContext | None = None,
) -> Mapping[str, Drawn]:
    """Return functions that draw a week in each format, on demand.

    It is drawn as the principal may see it, by default completely.
    """
    document = answer.document()
    if asked is not None:
        document = authorized_answers.in_scope(conn, asked, document)

    def layers() -> Layers:
        return week_layers(conn, answer, now, language, asked)

    return {
        **_documents(layers, "week"),
        "html": lambda: html_export.week_file(
            language, document, density_classes.get(conn), layers()
        ).encode(),
        "png": lambda: apart(
            _week_on_paper, density_classes.get(conn), document, language, layers(), "png"
        ),
        "svg": lambda: apart(
            _week_on_paper, density_classes.get(conn), document, language, layers(), "svg"
        ),
    }


def displacement_files(
    conn: sa.Connection,
    about: DispersalEvent,
    answer: DisplacementStudy,
    language: Language,
    asked: QueryContext | None = None,
) -> Mapping[str, Drawn]:
    """Return functions that draw a displacement study in each format, on demand.

    It is drawn as the principal may see it, by default completely.
    """
    document = answer.document()
    if asked is not None:
        document = authorized_displacement.placed_displacement(conn, asked, about)
    place = sites.get(conn, about.site, answer.as_known_at).name if about.site else None

    def layers() -> Layers:
        return displacement_layers(conn, about, document, language, asked)

    return {
        **_documents(layers, "moves"),
        "html": lambda: html_export.displacement_file(language, document, layers(), place).encode(),
        "png": lambda: apart(_moves_on_paper, document, language, place, layers(), "png"),
        "svg": lambda: apart(_moves_on_paper, document, language, place, layers(), "svg"),
    }


def _documents(layers: Callable[[], Layers], name: str) -> dict[str, Drawn]:
    def dump() -> bytes:
        return geojson.dump(layers()[name])

    return {"geojson": dump, "json": dump}


def _week_on_paper(
    bounds: Sequence[float], told: WeekDocument, language: Language, layers: Layers, form: str
) -> bytes:
    from geosites.maps.printed import print_text  # takes half a second that only paper needs

    words = Words(language)
    sheet = print_text.week_sheet(words, told, bounds)
    return print_text.drawn(words, sheet, layers, form)


def _moves_on_paper(
    told: DisplacementDocument, language: Language, place: str | None, layers: Layers, form: str
) -> bytes:
    from geosites.maps.printed import print_text  # takes half a second that only paper needs

    words = Words(language)
    sheet = print_text.displacement_sheet(words, told, place)
    return print_text.drawn(words, sheet, layers, form)


def week_layers(
    conn: sa.Connection,
    answer: WeekHotspots,
    now: dt.datetime,
    language: Language,
    asked: QueryContext | None = None,
) -> Layers:
    """Return the layers of a week's map, the lowest first, with links that lead nowhere."""
    whole = map_data.week(conn, answer, now)
    picture = whole if asked is None else map_data.in_scope(conn, asked, whole)
    words, links = Words(language), html_export.offline_links(language)
    drawn = weeks.week_layer(words, links, picture)
    return {
        "streets": map_data.streets(conn, view=embedded_basemap.around(drawn["bbox"])),
        "ground": collection(territory_layer.outlines(territories.frame(conn))),
        "week": drawn,
    }


def displacement_layers(
    conn: sa.Connection,
    about: DispersalEvent,
    document: DisplacementDocument,
    language: Language,
    asked: QueryContext | None = None,
) -> Layers:
    """Return the layers of the map of an event, the lowest first."""
    target = about.target if asked is None else map_data.target(asked, about)
    points = map_data.territory_points(conn, target)
    drawn = displacement_layer.displacement_layer(
        Words(language), document, points, target, exercise=document["exercise"]
    )
    return {
        "streets": map_data.streets(conn, view=embedded_basemap.around(drawn["bbox"])),
        "ground": collection(territory_layer.outlines(territories.frame(conn))),
        "moves": drawn,
    }
