"""Alembic's entry point: it runs on the connection it is handed."""

from __future__ import annotations

from alembic import context
from geoalchemy2 import alembic_helpers

from geosites.db.schema import journal
from geosites.db.schema.all_tables import metadata


def ours(name: str | None, kind: str, parents: object) -> bool:  # noqa: ARG001 - Alembic's form
    """Return whether to compare something: only the default schema and the journal's are ours."""
    return kind != "schema" or name in (None, journal.SCHEMA)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_schemas=True,
    include_name=ours,
    include_object=alembic_helpers.include_object,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
