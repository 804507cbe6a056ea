"""Care places of a week, and each territory's share of people within walking distance of one.

Only classes are reported, and only for territories whose count is shown: withheld counts enter no
figure, so that they cannot be derived from these.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import numpy.typing as npt
import shapely
import sqlalchemy as sa

from geosites.analysis.street_routing import WayKind
from geosites.analysis.walking import METRES_PER_MINUTE
from geosites.core import crs
from geosites.core.care_records import CarePlace
from geosites.core.documents.committee import CareReach, CareRow, ReachRow
from geosites.core.documents.weeks import OccupiedPlace, PartnerTerritory
from geosites.core.weeks import DAY_PARTS, IsoWeek
from geosites.db.geography import care_places
from geosites.services.patrols import walking_distances

MINUTES = 15

Floats = npt.NDArray[np.float64]
CLASSES = ((0.0, "none"), (0.25, "few"), (0.75, "part"), (1.0, "most"))
"""Shares up to these bounds, and what they are called."""


def care_reach(
    conn: sa.Connection,
    week: IsoWeek,
    occupied: Sequence[OccupiedPlace],
    told: Sequence[PartnerTerritory],
) -> CareReach:
    """Return the care places that may be open in a week, and their reach by territory.

    `occupied` is where people were present, as known when the counts were released. A territory
    whose count is null in `told` gets none.
    """
    places = [item for item in care_places.list_all(conn) if _may_be_open(item, week)]
    located = [item for item in places if item.point is not None]
    metres, by_streets = _metres(conn, occupied, located)
    return {
        "minutes": MINUTES,
        "by_streets": by_streets,
        "places": [_row(item) for item in places],
        "territories": [
            _reach(row, occupied, located, metres) for row in told if row["visits"] > 0
        ],
    }


def _may_be_open(place: CarePlace, week: IsoWeek) -> bool:
    """Return whether a place may be open in a week; one that has no dates may."""
    begun = place.open_from is None or place.open_from < week.end
    return begun and (place.open_until is None or place.open_until > week.start)


def _metres(
    conn: sa.Connection, occupied: Sequence[OccupiedPlace], places: Sequence[CarePlace]
) -> tuple[Floats, bool]:
    """Return the metres on foot (places with people, care places), and if all follow streets."""
    if not occupied or not places:
        return np.full((len(occupied), len(places)), np.inf), False
    stand = crs.to_metric(np.array([[item["lon"], item["lat"]] for item in occupied]))
    care = shapely.get_coordinates([item.point for item in places])
    ways = walking_distances.router(conn).between(stand, care)
    return ways.metres, ways.kind is WayKind.STREETS


def _reach(
    row: PartnerTerritory,
    occupied: Sequence[OccupiedPlace],
    places: Sequence[CarePlace],
    metres: Floats,
) -> ReachRow:
    here = np.array([_lies_in(item, row["code"]) for item in occupied], dtype=bool)
    heads = np.array([item["heads"] for item in occupied], dtype=np.float64)

    def share(columns: Collection[int]) -> str | None:
        if row["heads"] is None or not heads[here].sum():
            return None
        near = (metres[:, sorted(columns)] <= MINUTES * METRES_PER_MINUTE).any(axis=1)
        return reach_class(float(heads[here & near].sum() / heads[here].sum()))

    def within(columns: Collection[int]) -> int | None:
        if share(columns) is None:
            return None
        near = metres[here][:, sorted(columns)] <= MINUTES * METRES_PER_MINUTE
        return int(near.any(axis=0).sum())

    by_part = {
        part.value: [n for n, item in enumerate(places) if part.value in (item.day_parts or ())]
        for part in DAY_PARTS
    }
    unpublished = [n for n, item in enumerate(places) if item.day_parts is None]
    by_key = {**by_part, "unpublished": unpublished}
    return {
        "code": row["code"],
        "name": row["name"],
        "parts": {part: share(columns) for part, columns in by_part.items()},
        "unpublished": share(unpublished),
        "open_places": {key: within(columns) for key, columns in by_key.items()},
    }


def reach_class(share: float) -> str:
    """Return the class of a share, 0 to 1: none, few (to a quarter), part (to ¾), most."""
    return next(name for bound, name in CLASSES if share <= bound + 1e-9)


def _lies_in(place: OccupiedPlace, code: str) -> bool:
    home = place["territory"]
    return home is not None and home["code"] == code


def _row(place: CarePlace) -> CareRow:
    return {
        "name": place.name,
        "kind": place.kind.value,
        "open_from": place.open_from,
        "open_until": place.open_until,
        "located": place.point is not None,
        "day_parts": None if place.day_parts is None else list(place.day_parts),
        "figures": [
            {
                "measure": item.measure,
                "as_of": item.as_of,
                "value": item.value,
                "qualifier": item.qualifier,
            }
            for item in place.figures
        ],
        "source": place.source,
    }
