"""Kernel density of heads: the public name of `hotspots.kernel_density`, which outsiders import."""

from geosites.analysis.hotspots.kernel_density import Surface, at_points, surface

__all__ = ["Surface", "at_points", "surface"]
