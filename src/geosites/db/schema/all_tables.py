"""Imports every module with tables, so that the metadata is complete.

A process that imports only some of them cannot resolve foreign keys, or misses the tables that
refer to its own.
"""

from __future__ import annotations

from geosites.db.geography import ground, street_map, street_tiles
from geosites.db.publication import partner_releases
from geosites.db.reports import notes, week_statistics
from geosites.db.schema import (
    accounts,
    bulletins,
    changes,
    checks,
    closures,
    duplicates,
    jobs,
    journal,
    public_tables,
    sharing,
    tables,
)

metadata = tables.metadata

MODULES = (
    ground,
    street_map,
    street_tiles,
    notes,
    partner_releases,
    tables,
    public_tables,
    sharing,
    accounts,
    bulletins,
    changes,
    checks,
    closures,
    duplicates,
    jobs,
    journal,
    week_statistics,
)
"""Where the tables are declared."""
