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
    alarms,
    bulletins,
    care_places,
    changes,
    checks,
    closures,
    duplicates,
    jobs,
    journal,
    operations,
    public_tables,
    sharing,
    sightings,
    sites,
    store_flags,
    territories,
)
from geosites.db.schema.conventions import metadata

__all__ = ["MODULES", "metadata"]

MODULES = (
    territories,
    sites,
    sightings,
    operations,
    closures,
    care_places,
    store_flags,
    ground,
    street_map,
    street_tiles,
    notes,
    partner_releases,
    public_tables,
    sharing,
    accounts,
    alarms,
    bulletins,
    changes,
    checks,
    duplicates,
    jobs,
    journal,
    week_statistics,
)
"""Where the tables are declared."""
