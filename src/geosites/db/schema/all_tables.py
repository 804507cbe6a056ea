"""Every table of the schema: each module adds its own to the one metadata when it is imported.

A process that imported some of them alone cannot follow foreign keys, or lacks who refers to what.
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
