"""Scenes with known truth: the public name of `geosites.simulation`, which no service loads."""

from geosites.simulation import *  # noqa: F403
from geosites.simulation import __all__ as __all__
