"""Keep the point of each sighting in the reference system of map tiles beside it.

Revision: 0009
Follows: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_COMPARED = "to_jsonb(NEW) - 'known' <> to_jsonb(OLD) - 'known'"
_WITHOUT_MADE = (
    "to_jsonb(NEW) - '{known,point_3857}'::text[] <> to_jsonb(OLD) - '{known,point_3857}'::text[]"
)


def upgrade() -> None:
    """Apply the change; no index goes with the column, since that of `point` finds the rows."""
    op.add_column(
        "sighting",
        sa.Column(
            "point_3857",
            Geometry("POINT", srid=3857, spatial_index=False),
            sa.Computed("st_transform(point, 3857)", persisted=True),
        ),
    )
    _rewrite(_COMPARED, _WITHOUT_MADE)


def downgrade() -> None:
    """Take the change back."""
    _rewrite(_WITHOUT_MADE, _COMPARED)
    op.drop_column("sighting", "point_3857")


def _rewrite(old: str, new: str) -> None:
    """Change how the trigger that keeps history compares rows.

    A column that is made from others is not made yet when a trigger sees the new row.
    """
    source = op.get_bind().execute(
        sa.text("SELECT pg_get_functiondef('keep_history()'::regprocedure)")
    )
    op.get_bind().exec_driver_sql(source.scalar_one().replace(old, new).replace("%", "%%"))
