"""Public alias of `hotspots.kernel_density`: kernel density of people present."""

from geosites.analysis.hotspots.kernel_density import Surface, at_points, surface

__all__ = ["Surface", "at_points", "surface"]
