"""Candidate stops: sites, study places and sampled cells, merged where they are close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from geosites.analysis.rounds.expected_reduction import mean_reduction
from geosites.analysis.rounds.sampling_frame import SamplingFrame
from geosites.analysis.rounds.shift_plan import Candidates

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TOGETHER_M = 200.0
"""Maximum distance between stops that are merged: the range that a visit sees."""


@dataclass(frozen=True, kw_only=True, eq=False)
class DoubtAt:
    """Points (n, 2), and by how much a visit to each reduces an uncertainty (n,).

    `doubt` is the uncertainty without any visit, so that well-known points need fewer visits.
    """

    xy: Floats
    reduction: Floats
    doubt: float

    @property
    def share(self) -> Floats:
        """Each reduction as a share of the total uncertainty (n,); 0 if there is none."""
        return self.reduction / self.doubt if self.doubt > 0 else np.zeros(len(self.reduction))


@dataclass(frozen=True, kw_only=True, eq=False)
class Stops:
    """Candidates (n,) and what each of them holds: rows of sites, of study places, of cells.

    `sites` (s,), `places` (p,) and `cells` (c,) give the candidate of each row.
    """

    candidates: Candidates
    sites: Ints
    places: Ints
    cells: Ints


def total_doubt(frame: SamplingFrame) -> DoubtAt:
    """Return the value of a visit to each cell for the city's total; 0 if it was visited today.

    The total is the sum of the levels, whose variances add up.
    """
    looks = frame.looks.astype(np.float64)
    return DoubtAt(
        xy=frame.xy,
        reduction=np.where(frame.seen_now, 0.0, mean_reduction(frame.variance, looks)),
        doubt=float(frame.variance.sum()),
    )


def stops(
    closures: DoubtAt,
    due: npt.NDArray[np.bool_],
    studies: DoubtAt,
    frame: SamplingFrame,
    rank: Ints,
) -> Stops:
    """Return the stops that may be made: sites first, then places of studies, then cells.

    `due` (s,) marks sites; `rank` (c,) is the place of each cell on the list of the sample, -1 if
    it is not on it or was seen since the list was drawn.
    """
    leaders = [*closures.xy]
    site_at = np.arange(len(closures.xy))
    place_at = np.array([_joined(leaders, point) for point in studies.xy], dtype=np.int64)
    at = np.array(leaders, dtype=np.float64).reshape(-1, 2)
    cell_at = np.full(len(frame), -1, dtype=np.int64)
    if len(at):
        away, nearest = cKDTree(at).query(frame.xy)
        cell_at = np.where(away <= TOGETHER_M, nearest, -1)
    alone = np.flatnonzero(cell_at < 0)
    cell_at[alone] = len(at) + np.arange(len(alone))
    xy = np.vstack([at, frame.xy[alone]])
    whole = total_doubt(frame)
    share = np.column_stack(
        [
            np.bincount(owner, part.share, len(xy))
            for owner, part in ((site_at, closures), (place_at, studies), (cell_at, whole))
        ]
    )
    first = np.full(len(xy), np.iinfo(np.int64).max)
    listed = rank >= 0
    np.minimum.at(first, cell_at[listed], rank[listed])
    return Stops(
        candidates=Candidates(
            xy=xy,
            share=share.astype(np.float64),
            due=np.append(due, np.zeros(len(xy) - len(due), dtype=bool)),
            rank=np.where(first == np.iinfo(np.int64).max, -1, first),
        ),
        sites=site_at,
        places=place_at,
        cells=cell_at,
    )


def joined_doubt(parts: Sequence[DoubtAt]) -> DoubtAt:
    """Return several uncertainties as one, that of several studies."""
    return DoubtAt(
        xy=np.vstack([np.empty((0, 2)), *(part.xy for part in parts)]),
        reduction=np.concatenate([np.empty(0), *(part.reduction for part in parts)]),
        doubt=float(sum(part.doubt for part in parts)),
    )


def _joined(leaders: list[Floats], point: Floats) -> int:
    """Return the leader near a point, or the point itself as a new one."""
    if leaders:
        away = np.hypot(*(np.array(leaders) - point).T)
        if away.min() <= TOGETHER_M:
            return int(away.argmin())
    leaders.append(point)
    return len(leaders) - 1
