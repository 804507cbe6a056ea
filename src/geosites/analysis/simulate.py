"""Public alias of `geosites.simulation` (scenes with known truth), which no service loads."""

from geosites.simulation import *  # noqa: F403
from geosites.simulation import __all__ as __all__
