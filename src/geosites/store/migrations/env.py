"""Alembic's entry point: it runs on the connection it is handed."""

from __future__ import annotations

from alembic import context
from geoalchemy2 import alembic_helpers

from geosites.store import releases, schema, schema_closures

TABLES = (schema, schema_closures, releases)  # each adds its tables to the one metadata when imported

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=schema.metadata,
    include_object=alembic_helpers.include_object,
    process_revision_directives=alembic_helpers.writer,
    render_item=alembic_helpers.render_item,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
