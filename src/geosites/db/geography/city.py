"""The city of a store, and the settings that the database itself needs of it.

Triggers that count weeks and log operations read its time zone and levels; every geometry column
uses its metric reference system.
"""

from __future__ import annotations

import json

import sqlalchemy as sa

from geosites.core import city
from geosites.core.city_document import parsed
from geosites.core.city_records import CitySettings
from geosites.core.errors import Refused
from geosites.db.maintenance import store_flags
from geosites.db.schema.closures import closure
from geosites.db.schema.operations import operation
from geosites.db.schema.sightings import sighting

CITY = store_flags.CITY

_COLUMNS = sa.text(
    """
    SELECT f_table_schema, f_table_name, f_geometry_column, type, srid FROM geometry_columns
    JOIN information_schema.columns ON table_schema = f_table_schema
        AND table_name = f_table_name AND column_name = f_geometry_column
    WHERE f_table_schema = current_schema() AND is_generated = 'NEVER' AND srid <> :metric
        AND srid > 0
    """
)
_GENERATED = "st_transform(point, 3857)"


def get(conn: sa.Connection) -> CitySettings | None:
    """Return the city of the store; None if it was never set."""
    text = store_flags.get(conn, CITY)
    return None if text is None else parsed(json.loads(text))


def has_records(conn: sa.Connection) -> bool:
    """Return whether anything was ever recorded: sightings, operations, closures."""
    there = (sa.exists().select_from(table) for table in (sighting, operation, closure))
    return bool(conn.execute(sa.select(sa.or_(*there))).scalar_one())


def add_levels(conn: sa.Connection, of: CitySettings) -> None:
    """Add the city's levels to the store, usable from the next transaction on."""
    for level in of.level_ids:
        word = level.replace("'", "''")
        conn.exec_driver_sql(f"ALTER TYPE territory_level ADD VALUE IF NOT EXISTS '{word}'")


def put(conn: sa.Connection, chosen: CitySettings) -> None:
    """Make a city that of the store, and of this process.

    Raises `Refused` where places are recorded in another metric reference or weeks on other clocks.
    """
    before = get(conn) or city.packaged()
    moved = (before.metric, before.zone) != (chosen.metric, chosen.zone)
    if moved and has_records(conn):
        raise Refused(
            "the store holds records of %(name)s (%(zone)s, EPSG:%(metric)s): "
            "make another store for %(other)s (GEOSITES_HOME)",
            name=before.name,
            zone=before.zone,
            metric=before.metric,
            other=chosen.name,
        )
    store_flags.put(conn, CITY, json.dumps(chosen.document(), ensure_ascii=False))
    city.use(chosen)
    _label_columns(conn, chosen.metric)


def clear_geography(conn: sa.Connection) -> None:
    """Delete territories, sites, care places and map background, in a store without records."""
    conn.exec_driver_sql(
        "TRUNCATE territory, territory_code, site, site_slug, site_use, care_place, care_figure,"
        " ground_feature, ground_loaded CASCADE"
    )


def _label_columns(conn: sa.Connection, metric: int) -> None:
    """Set the metric reference system of every geometry column; generated columns are recreated.

    Tables must be empty, or already contain geometries in that system.
    """
    columns = conn.execute(_COLUMNS, {"metric": metric}).all()
    if not columns:
        return
    conn.exec_driver_sql("ALTER TABLE sighting DROP COLUMN point_3857")
    for schema, table, column, kind, _ in columns:
        conn.exec_driver_sql(
            f'ALTER TABLE "{schema}"."{table}" ALTER COLUMN "{column}"'
            f' TYPE geometry({kind}, {metric:d}) USING ST_SetSRID("{column}", {metric:d})'
        )
    conn.exec_driver_sql(
        "ALTER TABLE sighting ADD COLUMN point_3857 geometry(Point, 3857)"
        f" GENERATED ALWAYS AS ({_GENERATED}) STORED"
    )
