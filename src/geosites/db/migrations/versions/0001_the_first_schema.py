"""The first schema.

Revision: 0001
Follows: nothing
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

RECORDED = (
    "sighting",
    "operation",
    "closure",
    "site",
    "care_figure",
    "care_place",
    "territory",
)
KINDS = (
    "territory_level",
    "time_precision",
    "origin",
    "activity",
    "operation_kind",
    "care_kind",
)

KEEP_HISTORY = """
CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF current_setting('geosites.retention', true) IS DISTINCT FROM 'on' THEN
            RAISE EXCEPTION 'rows of % are kept: correct them, or let retention erase them',
                TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN OLD;
    END IF;
    IF (
        NOT upper_inf(OLD.known) OR upper_inf(NEW.known)
        OR lower(NEW.known) <> lower(OLD.known)
        OR to_jsonb(NEW) - 'known' <> to_jsonb(OLD) - 'known'
    ) THEN
        RAISE EXCEPTION 'a row of % is corrected by closing it and adding another', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$
"""
"""What a row was known to say stays: it may be closed, never changed; only retention erases."""


def upgrade() -> None:
    """Apply the change."""
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "care_figure",
        sa.Column("care_place", sa.Text(), nullable=False),
        sa.Column("measure", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.Column("qualifier", sa.Text()),
        sa.Column(
            "known",
            postgresql.TSTZRANGE(),
            server_default=sa.text("tstzrange(now(), NULL)"),
            nullable=False,
        ),
        sa.CheckConstraint("value >= 0", name=op.f("care_figure_value_sign")),
        sa.CheckConstraint(
            "NOT isempty(known) AND NOT lower_inf(known)", name=op.f("care_figure_known_form")
        ),
        sa.PrimaryKeyConstraint(
            "care_place", "measure", "as_of", "known", name=op.f("care_figure_pkey")
        ),
    )
    op.create_index(
        "care_figure_current",
        "care_figure",
        ["care_place", "measure", "as_of"],
        unique=True,
        postgresql_where=sa.text("upper_inf(known)"),
    )
    op.create_table(
        "mark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("mark_pkey")),
    )
    op.create_table(
        "site_slug",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.CheckConstraint("slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("site_slug_slug_form")),
        sa.PrimaryKeyConstraint("slug", name=op.f("site_slug_pkey")),
    )
    op.create_table(
        "territory_code",
        sa.Column("code", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("territory_code_pkey")),
    )
    op.create_table(
        "care_place",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "rest_space",
                "day_reception",
                "harm_reduction",
                "supported_lodging",
                "medical_beds",
                "hospital_beds",
                "assessment",
                "withdrawal",
                name="care_kind",
            ),
            nullable=False,
        ),
        sa.Column("open_during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("point", Geometry("POINT", srid=2154, spatial_index=False)),
        sa.Column("territory", sa.Text()),
        sa.Column("precision_m", sa.Float()),
        sa.Column("note", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column(
            "known",
            postgresql.TSTZRANGE(),
            server_default=sa.text("tstzrange(now(), NULL)"),
            nullable=False,
        ),
        sa.CheckConstraint("NOT isempty(open_during)", name=op.f("care_place_open_during_order")),
        sa.CheckConstraint("precision_m >= 0", name=op.f("care_place_precision_sign")),
        sa.ForeignKeyConstraint(
            ["territory"], ["territory_code.code"], name=op.f("care_place_territory_fkey")
        ),
        sa.CheckConstraint(
            "NOT isempty(known) AND NOT lower_inf(known)", name=op.f("care_place_known_form")
        ),
        sa.PrimaryKeyConstraint("slug", "known", name=op.f("care_place_pkey")),
    )
    op.create_index(
        "care_place_current",
        "care_place",
        ["slug"],
        unique=True,
        postgresql_where=sa.text("upper_inf(known)"),
    )
    op.create_table(
        "closure",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column("legal_ref", sa.Text()),
        sa.Column("review_days", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text()),
        sa.Column(
            "known",
            postgresql.TSTZRANGE(),
            server_default=sa.text("tstzrange(now(), NULL)"),
            nullable=False,
        ),
        postgresql.ExcludeConstraint(
            (sa.column("site"), "="),
            (sa.column("during"), "&&"),
            (sa.column("known"), "&&"),
            using="gist",
            name="closure_no_overlap",
        ),
        sa.CheckConstraint(
            "NOT isempty(during) AND NOT lower_inf(during)", name=op.f("closure_during_starts")
        ),
        sa.CheckConstraint("review_days >= 1", name=op.f("closure_review_days_sign")),
        sa.ForeignKeyConstraint(["site"], ["site_slug.slug"], name=op.f("closure_site_fkey")),
        sa.CheckConstraint(
            "NOT isempty(known) AND NOT lower_inf(known)", name=op.f("closure_known_form")
        ),
        sa.PrimaryKeyConstraint("id", "known", name=op.f("closure_pkey")),
    )
    op.create_index(
        "closure_current",
        "closure",
        ["id"],
        unique=True,
        postgresql_where=sa.text("upper_inf(known)"),
    )
    op.create_table(
        "operation",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("during", postgresql.TSTZRANGE(), nullable=False),
        sa.Column(
            "time_precision", sa.Enum("instant", "day", name="time_precision"), nullable=False
        ),
        sa.Column(
            "kind",
            sa.Enum("dispersal", "evacuation", "presence", name="operation_kind"),
            nullable=False,
        ),
        sa.Column("area", Geometry("MULTIPOLYGON", srid=2154, spatial_index=False), nullable=False),
        sa.Column("headcount_dispersed", sa.Integer()),
        sa.Column("arrests", sa.Integer()),
        sa.Column("site", sa.Text()),
        sa.Column("unit", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column(
            "known",
            postgresql.TSTZRANGE(),
            server_default=sa.text("tstzrange(now(), NULL)"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "NOT isempty(during) AND NOT lower_inf(during)", name=op.f("operation_during_starts")
        ),
        sa.CheckConstraint("NOT upper_inf(during)", name=op.f("operation_during_ends")),
        sa.CheckConstraint("ST_IsValid(area)", name=op.f("operation_area_valid")),
        sa.CheckConstraint("arrests >= 0", name=op.f("operation_arrests_sign")),
        sa.CheckConstraint(
            "headcount_dispersed >= 0", name=op.f("operation_headcount_dispersed_sign")
        ),
        sa.ForeignKeyConstraint(["site"], ["site_slug.slug"], name=op.f("operation_site_fkey")),
        sa.CheckConstraint(
            "NOT isempty(known) AND NOT lower_inf(known)", name=op.f("operation_known_form")
        ),
        sa.PrimaryKeyConstraint("id", "known", name=op.f("operation_pkey")),
    )
    op.create_index("operation_area_idx", "operation", ["area"], postgresql_using="gist")
    op.create_index(
        "operation_current",
        "operation",
        ["id"],
        unique=True,
        postgresql_where=sa.text("upper_inf(known)"),
    )
    op.create_index("operation_during_idx", "operation", ["during"], postgresql_using="gist")
    op.create_table(
        "sighting",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("observed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "time_precision", sa.Enum("instant", "day", name="time_precision"), nullable=False
        ),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("point", Geometry("POINT", srid=2154, spatial_index=False), nullable=False),
        sa.Column("accuracy_m", sa.Float()),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("duration_min", sa.Integer()),
        sa.Column(
            "origin", sa.Enum("patrol", "call", "partner", "survey", name="origin"), nullable=False
        ),
        sa.Column(
            "activity", sa.Enum("consumption", "gathering", "dealing", "traces", name="activity")
        ),
        sa.Column("unit", sa.Text()),
        sa.Column("verified", sa.Boolean()),
        sa.Column("site", sa.Text()),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("superseded_by", sa.UUID()),
        sa.Column(
            "known",
            postgresql.TSTZRANGE(),
            server_default=sa.text("tstzrange(now(), NULL)"),
            nullable=False,
        ),
        sa.CheckConstraint("accuracy_m >= 0", name=op.f("sighting_accuracy_sign")),
        sa.CheckConstraint("duration_min >= 0", name=op.f("sighting_duration_sign")),
        sa.CheckConstraint("headcount >= 0", name=op.f("sighting_headcount_sign")),
        sa.CheckConstraint("superseded_by <> id", name=op.f("sighting_superseded_by_other")),
        sa.ForeignKeyConstraint(["site"], ["site_slug.slug"], name=op.f("sighting_site_fkey")),
        sa.ForeignKeyConstraint(
            ["territory"], ["territory_code.code"], name=op.f("sighting_territory_fkey")
        ),
        sa.CheckConstraint(
            "NOT isempty(known) AND NOT lower_inf(known)", name=op.f("sighting_known_form")
        ),
        sa.PrimaryKeyConstraint("id", "known", name=op.f("sighting_pkey")),
    )
    op.create_index(
        "sighting_current",
        "sighting",
        ["id"],
        unique=True,
        postgresql_where=sa.text("upper_inf(known)"),
    )
    op.create_index("sighting_observed_at_idx", "sighting", ["observed_at"])
    op.create_index("sighting_point_idx", "sighting", ["point"], postgresql_using="gist")
    op.create_index(
        "sighting_site_idx",
        "sighting",
        ["site", "observed_at"],
        postgresql_where=sa.text("site IS NOT NULL"),
    )
    op.create_table(
        "site",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "perimeter", Geometry("MULTIPOLYGON", srid=2154, spatial_index=False), nullable=False
        ),
        sa.Column("precision_m", sa.Float(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("quartier", sa.Text()),
        sa.Column("source", sa.Text()),
        sa.Column(
            "known",
            postgresql.TSTZRANGE(),
            server_default=sa.text("tstzrange(now(), NULL)"),
            nullable=False,
        ),
        sa.CheckConstraint("ST_IsValid(perimeter)", name=op.f("site_perimeter_valid")),
        sa.CheckConstraint("precision_m >= 0", name=op.f("site_precision_sign")),
        sa.ForeignKeyConstraint(["slug"], ["site_slug.slug"], name=op.f("site_slug_fkey")),
        sa.ForeignKeyConstraint(
            ["territory"], ["territory_code.code"], name=op.f("site_territory_fkey")
        ),
        sa.CheckConstraint(
            "NOT isempty(known) AND NOT lower_inf(known)", name=op.f("site_known_form")
        ),
        sa.PrimaryKeyConstraint("slug", "known", name=op.f("site_pkey")),
    )
    op.create_index(
        "site_current", "site", ["slug"], unique=True, postgresql_where=sa.text("upper_inf(known)")
    )
    op.create_index("site_perimeter_idx", "site", ["perimeter"], postgresql_using="gist")
    op.create_table(
        "territory",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column(
            "level",
            sa.Enum("arrondissement", "commune", "quartier", name="territory_level"),
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("label", sa.Text()),
        sa.Column("parent", sa.Text()),
        sa.Column("area", Geometry("MULTIPOLYGON", srid=2154, spatial_index=False), nullable=False),
        sa.Column(
            "known",
            postgresql.TSTZRANGE(),
            server_default=sa.text("tstzrange(now(), NULL)"),
            nullable=False,
        ),
        sa.CheckConstraint("ST_IsValid(area)", name=op.f("territory_area_valid")),
        sa.ForeignKeyConstraint(
            ["code"], ["territory_code.code"], name=op.f("territory_code_fkey")
        ),
        sa.CheckConstraint(
            "NOT isempty(known) AND NOT lower_inf(known)", name=op.f("territory_known_form")
        ),
        sa.PrimaryKeyConstraint("code", "known", name=op.f("territory_pkey")),
    )
    op.create_index("territory_area_idx", "territory", ["area"], postgresql_using="gist")
    op.create_index(
        "territory_current",
        "territory",
        ["code"],
        unique=True,
        postgresql_where=sa.text("upper_inf(known)"),
    )
    op.execute(KEEP_HISTORY)
    for name in RECORDED:
        op.execute(
            f"CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON {name} "
            "FOR EACH ROW EXECUTE FUNCTION keep_history()"
        )


def downgrade() -> None:
    """Take the change back, all but the extensions, which may serve others."""
    for name in RECORDED:
        op.drop_table(name)
    for name in ("territory_code", "site_slug", "mark"):
        op.drop_table(name)
    op.execute("DROP FUNCTION keep_history()")
    for name in KINDS:
        op.execute(f"DROP TYPE {name}")
