"""The table of regular jobs: one row each, updated at every run. It is not journaled."""

from __future__ import annotations

import sqlalchemy as sa

from geosites.db.schema.conventions import metadata

_INSTANT = sa.DateTime(timezone=True)

job_run = sa.Table(
    "job_run",
    metadata,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("due_at", _INSTANT),
    sa.Column("started_at", _INSTANT),
    sa.Column("ended_at", _INSTANT),
    sa.Column("succeeded_at", _INSTANT),
    sa.Column("seconds", sa.Double),
    sa.Column("error", sa.Text),
)
