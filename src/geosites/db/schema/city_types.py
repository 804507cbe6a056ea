"""Column types that depend on the city: its metric reference system, its levels."""

from __future__ import annotations

import sqlalchemy as sa
from geoalchemy2 import Geometry
from sqlalchemy.dialects.postgresql import ENUM

from geosites.core import city


class MetricGeometry(Geometry):
    """A geometry in the metric reference system of the city, resolved at execution."""

    cache_ok = True

    @property
    def srid(self) -> int:
        """EPSG code of the reference."""
        return city.metric()

    @srid.setter
    def srid(self, _: int) -> None:
        """Leave it to the city."""


def geometry(shape: str) -> Geometry:
    """Return a column type; its GiST index is declared by the table, so that it is made once."""
    return MetricGeometry(shape, spatial_index=False)


class LevelName(ENUM):
    """The enum of territory levels. Its words are those of the city, which a store adds to."""

    def bind_processor(self, dialect: sa.Dialect) -> None:
        """Return words unchanged."""

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> None:
        """Take words as they are."""
