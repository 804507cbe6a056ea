"""Bounds and allocations of flows: the public name of `displacement.flow_bounds`."""

from geosites.analysis.displacement.flow_bounds import Flows, allocate, bounds

__all__ = ["Flows", "allocate", "bounds"]
