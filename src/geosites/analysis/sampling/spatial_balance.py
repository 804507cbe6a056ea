"""Spatial balance: how evenly a sample is spread over its frame."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree


def pielou(xy: npt.ArrayLike, probability: npt.ArrayLike, sample: npt.ArrayLike) -> float:
    """Return the spatial balance of a sample of points (N, 2): 0 is perfect, 1 the worst.

    Every point of the frame belongs to the nearest one drawn; `sample` holds their rows. In a
    balanced sample, each drawn point represents the same share of the total inclusion probability;
    the result is 1 minus Pielou's evenness of the shares (Stevens & Olsen 2004; `sp_balance` of R
    spsurvey). A sample of one is balanced.
    """
    points = np.asarray(xy, dtype=np.float64).reshape(-1, 2)
    chance, drawn = np.asarray(probability, dtype=np.float64), np.asarray(sample, dtype=np.int64)
    if len(drawn) < 2:
        return 0.0
    nearest = cKDTree(points[drawn]).query(points)[1]
    share = np.bincount(nearest, chance, len(drawn)) / chance.sum()
    held = share[share > 0]
    return float(1 + (held * np.log(held)).sum() / math.log(len(drawn)))
