"""Count weeks and log operations by the clocks and levels of the store's city.

Revision: 0031
Follows: 0027
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0027"
branch_labels = None
depends_on = None

ZONE = """
CREATE FUNCTION city_zone() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT value::jsonb ->> 'zone' FROM mark WHERE name = 'city'), 'Europe/Paris'
    )
$$
"""
TILES = """
CREATE FUNCTION city_tiles() RETURNS text[] LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (
            SELECT array_agg(level) FROM mark, jsonb_array_elements_text(value::jsonb -> 'tiles')
                AS level
            WHERE name = 'city'
        ),
        '{arrondissement,commune}'
    )
$$
"""
"""A store that was never told another city is that of all stores before this change."""

REPLACED = {
    "count_changes": ("'Europe/Paris'", "city_zone()"),
    "log_sightings": ("'Europe/Paris'", "city_zone()"),
    "log_operations": ("'Europe/Paris'", "city_zone()"),
    "log_operations ": ("level <> 'quartier'", "level::text = ANY (city_tiles())"),
    "note_change": (
        "ST_SetSRID(ST_Extent(point)::geometry, 2154)",
        "ST_SetSRID(ST_Extent(point)::geometry, min(ST_SRID(point)))",
    ),
}


def upgrade() -> None:
    """Apply the change."""
    op.execute(ZONE)
    op.execute(TILES)
    for name, (old, new) in REPLACED.items():
        _rewrite(name.strip(), old, new)


def downgrade() -> None:
    """Take the change back."""
    for name, (old, new) in REPLACED.items():
        _rewrite(name.strip(), new, old)
    op.execute("DROP FUNCTION city_tiles()")
    op.execute("DROP FUNCTION city_zone()")


def _rewrite(name: str, old: str, new: str) -> None:
    """Change a function where it says `old`, which it has to."""
    conn = op.get_bind()
    source = conn.execute(sa.text(f"SELECT pg_get_functiondef('{name}()'::regprocedure)"))
    text = source.scalar_one()
    if old not in text:
        raise ValueError(f"{name} does not say {old}")
    conn.exec_driver_sql(text.replace(old, new).replace("%", "%%"))
