"""The tables whose rows are recorded: each version has its period of validity."""

from __future__ import annotations

from geosites.db.schema.care_places import care_figure, care_place
from geosites.db.schema.closures import closure
from geosites.db.schema.operations import operation
from geosites.db.schema.sightings import sighting
from geosites.db.schema.sites import site, site_use
from geosites.db.schema.territories import territory

RECORDED = (territory, site, site_use, sighting, operation, closure, care_place, care_figure)
"""The tables whose rows carry `known`."""
