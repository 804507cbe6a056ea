"""House numbers of a street map, with street names from OpenStreetMap relations."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core import crs

Objects = npt.NDArray[np.object_]
_STEPS = 1e7
"""Steps per degree in OpenStreetMap."""


@dataclass(frozen=True, kw_only=True)
class Houses:
    """House numbers as written, their streets, and positions (n, 2), metres."""

    number: Objects
    street: Objects
    city: Objects
    xy: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.number)


@dataclass
class HouseNumbers:
    """House numbers collected in batches; repeated words are stored once."""

    number: list[str] = field(default_factory=list)
    street: list[str] = field(default_factory=list)
    city: list[str] = field(default_factory=list)
    lonlat: list[npt.NDArray[np.float64]] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)

    def add(
        self, number: Objects, street: Objects, city: Objects, lonlat: npt.NDArray[np.float64]
    ) -> None:
        """Take those that have a number and a street; the places are degrees (n, 2)."""
        kept = (number != "") & (street != "")
        for texts, values in ((self.number, number), (self.street, street), (self.city, city)):
            texts += [self.words.setdefault(text, text) for text in values[kept]]
        self.lonlat.append(lonlat[kept])

    def houses(self) -> Houses:
        """Return all that were taken in."""
        return Houses(
            number=np.array(self.number, dtype=object),
            street=np.array(self.street, dtype=object),
            city=np.array(self.city, dtype=object),
            xy=crs.to_metric(np.concatenate([np.empty((0, 2)), *self.lonlat])),
        )


@dataclass
class RelatedStreets:
    """Streets by the points that a relation of OpenStreetMap names as their houses."""

    names: list[str] = field(default_factory=list)
    keys: list[npt.NDArray[np.int64]] = field(default_factory=list)
    streets: list[npt.NDArray[np.int64]] = field(default_factory=list)
    _sorted: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None = None

    def add(self, relations: Objects, name: Objects) -> None:
        """Take relations as collections of what they hold, and their names."""
        members, of = shapely.get_parts(relations, return_index=True)
        point = shapely.get_type_id(members) == shapely.GeometryType.POINT
        self.keys.append(_keys(members[point]))
        self.streets.append(of[point] + len(self.names))
        self.names += map(str, name)
        self._sorted = None

    def of(self, shapes: Objects) -> Objects:
        """Return the street of each shape; empty if there is none, or it is not a point."""
        answer = np.full(len(shapes), "", dtype=object)
        keys, streets = self._in_order()
        asked = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.POINT)
        if not len(keys) or not len(asked):
            return answer
        wanted = _keys(shapes[asked])
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        for place, known in zip(asked[keys[at] == wanted], at[keys[at] == wanted], strict=True):
            answer[place] = self.names[streets[known]]
        return answer

    def _in_order(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        if self._sorted is None:
            nothing = np.empty(0, dtype=np.int64)
            keys = np.concatenate([nothing, *self.keys])
            order = np.argsort(keys, kind="stable")
            self._sorted = keys[order], np.concatenate([nothing, *self.streets])[order]
        return self._sorted


def _keys(points: Objects) -> npt.NDArray[np.int64]:
    """Return one number for the place of each point."""
    steps = np.rint(shapely.get_coordinates(points).reshape(-1, 2) * _STEPS).astype(np.int64)
    keys: npt.NDArray[np.int64] = steps[:, 0] << 32 | steps[:, 1] & 0xFFFFFFFF
    return keys
