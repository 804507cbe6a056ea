"""What triggers note of many sightings at once costs a third of what it did.

Revision: 0046
Follows: 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0042"
branch_labels = None
depends_on = None

BY_ROWS = """
    SELECT kind, monday, territory, array_agg(id::text ORDER BY place)
    FROM (
        SELECT kind, monday, territory, id, place,
               (row_number() OVER (PARTITION BY kind, monday, territory ORDER BY place) - 1) / 100
                   AS bundle
        FROM (
            SELECT row.id, row.territory, row_number() OVER () AS place,
                   date_trunc('week', row.observed_at AT TIME ZONE city_zone())::date AS monday,
                   CASE
                       WHEN TG_OP = 'DELETE' THEN 'sighting.erased'
                       WHEN row.superseded_by IS NOT NULL THEN 'sighting.merged'
                       WHEN lower(row.known) <> now() AND EXISTS (
                           SELECT FROM sighting earlier
                           WHERE earlier.id = row.id AND upper(earlier.known) = lower(row.known)
                       ) THEN 'sighting.corrected'
                       ELSE 'sighting.added'
                   END::change_kind AS kind
            FROM changed AS row
        ) AS told
    ) AS bundled
    GROUP BY kind, monday, territory, bundle
    ORDER BY monday, territory, kind, bundle;
"""
BY_GROUPS = """
    WITH told AS (
        SELECT row.id::text AS id, row.territory COLLATE "C" AS territory,
               date_trunc(
                   'week', row.observed_at AT TIME ZONE (SELECT city_zone())
               )::date AS monday,
               CASE
                   WHEN TG_OP = 'DELETE' THEN 'sighting.erased'
                   WHEN row.superseded_by IS NOT NULL THEN 'sighting.merged'
                   WHEN lower(row.known) <> now() AND EXISTS (
                       SELECT FROM sighting earlier
                       WHERE earlier.id = row.id AND upper(earlier.known) = lower(row.known)
                   ) THEN 'sighting.corrected'
                   ELSE 'sighting.added'
               END::change_kind AS kind
        FROM changed AS row
    ), alike AS (
        SELECT kind, monday, territory, array_agg(id) AS ids
        FROM told GROUP BY kind, monday, territory
    )
    SELECT kind, monday, territory, array_agg(id ORDER BY place)
    FROM alike, unnest(ids) WITH ORDINALITY AS named (id, place)
    GROUP BY kind, monday, territory, (place - 1) / 100
    ORDER BY monday, territory, kind, (place - 1) / 100;
"""
EITHER_AREA = """
        SELECT CASE WHEN count(*) <= 20 THEN ST_Collect(point)
            ELSE ST_SetSRID(ST_Extent(point)::geometry, min(ST_SRID(point))) END
        FROM changed HAVING count(*) > 0;
"""
AREA_BY_COUNT = """
        SELECT ST_Collect(point) FROM changed HAVING count(*) BETWEEN 1 AND 20;
        INSERT INTO closure_stale (area)
        SELECT ST_SetSRID(ST_Extent(point)::geometry, min(ST_SRID(point)))
        FROM changed HAVING count(*) > 20;
"""
REPLACED = (
    ("count_changes", "TIME ZONE city_zone()", "TIME ZONE (SELECT city_zone())"),
    ("log_sightings", BY_ROWS, BY_GROUPS),
    ("note_change", EITHER_AREA, AREA_BY_COUNT),
)
"""The zone is asked once a statement, not once a row, and rows are sorted within their group."""


def upgrade() -> None:
    """Apply the change."""
    for name, old, new in REPLACED:
        _rewrite(name, old, new)


def downgrade() -> None:
    """Take the change back."""
    for name, old, new in REPLACED:
        _rewrite(name, new, old)


def _rewrite(name: str, old: str, new: str) -> None:
    """Change a function where it says `old`, which it has to."""
    conn = op.get_bind()
    source = conn.execute(sa.text(f"SELECT pg_get_functiondef('{name}()'::regprocedure)"))
    text = source.scalar_one()
    if old not in text:
        raise ValueError(f"{name} does not say {old}")
    conn.exec_driver_sql(text.replace(old, new).replace("%", "%%"))
