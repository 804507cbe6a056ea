"""A row that is closed is compared as it is stored: as JSON, each cost a third of a millisecond.

Revision: 0049
Follows: 0048
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

BY_JSON = """
BEGIN
    IF TG_OP = 'DELETE' THEN"""
BY_IMAGE = """
DECLARE
    closed record;
BEGIN
    IF TG_OP = 'DELETE' THEN"""
COARSER = """
    IF TG_TABLE_NAME = 'sighting'
        AND current_setting('geosites.retention', true) = 'on'
        AND to_jsonb(NEW) - '{point,point_3857,accuracy_m}'::text[]
            = to_jsonb(OLD) - '{point,point_3857,accuracy_m}'::text[]
    THEN
        RETURN NEW;
    END IF;"""
COARSER_LATER = """
    IF TG_TABLE_NAME = 'sighting' THEN
        IF current_setting('geosites.retention', true) = 'on' THEN
            IF to_jsonb(NEW) - '{point,point_3857,accuracy_m}'::text[]
                = to_jsonb(OLD) - '{point,point_3857,accuracy_m}'::text[]
            THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;"""
"""All of one condition is worked out for each row; what stands further in is not."""
JSON_DIFFERS = (
    """
    IF (
        NOT upper_inf(OLD.known) OR upper_inf(NEW.known)
        OR lower(NEW.known) <> lower(OLD.known)
        OR to_jsonb(NEW) - '{known,point_3857}'::text[]"""
    """ <> to_jsonb(OLD) - '{known,point_3857}'::text[]
    ) THEN"""
)
IMAGE_DIFFERS = """
    closed := OLD;
    closed.known := NEW.known;
    IF TG_TABLE_NAME = 'sighting' THEN
        closed.point_3857 := NEW.point_3857;
    END IF;
    IF (
        NOT upper_inf(OLD.known) OR upper_inf(NEW.known)
        OR lower(NEW.known) <> lower(OLD.known)
        OR closed *<> NEW
    ) THEN"""


def upgrade() -> None:
    """Apply the change."""
    _rewrite((BY_JSON, BY_IMAGE), (COARSER, COARSER_LATER), (JSON_DIFFERS, IMAGE_DIFFERS))


def downgrade() -> None:
    """Take the change back."""
    _rewrite((BY_IMAGE, BY_JSON), (COARSER_LATER, COARSER), (IMAGE_DIFFERS, JSON_DIFFERS))


def _rewrite(*changes: tuple[str, str]) -> None:
    """Change the trigger that keeps history where it says the first of each pair, as it has to."""
    conn = op.get_bind()
    source = conn.execute(sa.text("SELECT pg_get_functiondef('keep_history()'::regprocedure)"))
    text = source.scalar_one()
    for old, new in changes:
        if old not in text:
            raise ValueError(f"keep_history does not say {old}")
        text = text.replace(old, new)
    conn.exec_driver_sql(text.replace("%", "%%"))
