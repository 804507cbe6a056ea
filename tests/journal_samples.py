"""Something small to record, and who records it."""

from __future__ import annotations

import datetime as dt
import uuid

import shapely

from geosites.records import Sighting
from geosites.store.journal import Operator

WHO = Operator(login="bac-19", role="coordinator", unit="PP-DSPAP-19")
POINT = shapely.Point(654_000, 6_865_000)
AT = dt.datetime(2022, 9, 28, 22, 0, tzinfo=dt.UTC)


def a_sighting(at: dt.datetime = AT) -> Sighting:
    """Return three heads in the 19th arrondissement, under an id of their own."""
    return Sighting(id=uuid.uuid4(), observed_at=at, point=POINT, headcount=3, territory="75119")
