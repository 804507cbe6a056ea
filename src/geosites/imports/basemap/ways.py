"""Street lines collected in batches, in integer centimetres, to limit memory for a region."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import shapely

from geosites.core import crs
from geosites.core.street_network import CENTIMETRES, StreetNetwork, joined

Objects = npt.NDArray[np.object_]
_Number = TypeVar("_Number", bound=np.generic)
_FARTHEST = 1.0e9
"""Limit in centimetres: no city is 10,000 km from the origin, and differences fit in 32 bits."""


@dataclass
class StreetWays:
    """Lines, each with a name and a use; 9 bytes per vertex."""

    vertices: list[npt.NDArray[np.int32]] = field(default_factory=list)
    lengths: list[npt.NDArray[np.int32]] = field(default_factory=list)
    names: list[npt.NDArray[np.int32]] = field(default_factory=list)
    uses: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)

    def add(self, shapes: Objects, name: Objects, use: npt.NDArray[np.int64]) -> None:
        """Take lines in degrees (n,), their names (n,) and bits of use (n,); those of no use go.

        A line that leaves the plane of the city is left out.
        """
        parts, of = shapely.get_parts(shapes, return_index=True)
        useful = use[of] > 0
        parts, of = parts[useful], of[useful]
        lonlat, line = shapely.get_coordinates(parts, return_index=True)
        if not len(line):
            return
        metres = crs.to_metric(lonlat) * CENTIMETRES
        there = np.isfinite(metres).all(axis=1) & (np.abs(metres) < _FARTHEST).all(axis=1)
        far = np.bincount(line[~there], minlength=len(parts)) > 0
        self.vertices.append(np.rint(metres[~far[line]]).astype(np.int32))
        self.lengths.append(np.bincount(line, minlength=len(parts))[~far].astype(np.int32))
        self.names.append(self._numbers(name[of[~far]]))
        self.uses.append(use[of[~far]].astype(np.uint8))

    def network(self) -> StreetNetwork:
        """Return the network of all lines, and release the collected ones."""
        lengths = _together(self.lengths, np.empty(0, dtype=np.int32))
        line = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        spoken = sorted(self.known)
        ranks = np.empty(len(spoken) + 1, dtype=np.int64)
        ranks[[self.known[name] for name in spoken]] = np.arange(len(spoken))
        ranks[-1] = -1
        number = ranks[_together(self.names, np.empty(0, dtype=np.int32))]
        use = _together(self.uses, np.empty(0, dtype=np.uint8))
        xy = _together(self.vertices, np.empty((0, 2), dtype=np.int32))
        return joined(xy, line, tuple(spoken), number, use)

    def _numbers(self, name: Objects) -> npt.NDArray[np.int32]:
        """Return the number of each name in the order in which they came; -1 for none."""
        known = self.known
        return np.array(
            [known.setdefault(str(one), len(known)) if one else -1 for one in name], dtype=np.int32
        )


def _together(
    parts: list[npt.NDArray[_Number]], nothing: npt.NDArray[_Number]
) -> npt.NDArray[_Number]:
    """Return the parts as one array, and give them up."""
    whole = np.concatenate([nothing, *parts])
    parts.clear()
    return whole
