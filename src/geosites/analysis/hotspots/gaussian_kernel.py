"""The kernel of the density map: weights of a Gaussian on the cells of a grid."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def gaussian_kernel(bandwidth: float, cell: float, cut: float = 6.0) -> Floats:
    """Return the (2r + 1,) weights of a Gaussian on cell centres, cut at `cut` bandwidths, sum 1.

    Spreading each point linearly over four nodes widens the kernel by cell^2/6 on average, which
    is taken off its variance. A cell above 2 bandwidths leaves no kernel: it must be below.
    """
    sigma = np.sqrt(bandwidth**2 - cell**2 / 6)
    reach = int(np.ceil(cut * bandwidth / cell))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) * cell / sigma) ** 2)
    return np.asarray(weights / weights.sum())
