"""Public alias of `displacement.flow_bounds`: bounds and allocations of flows."""

from geosites.analysis.displacement.flow_bounds import Flows, allocate, bounds

__all__ = ["Flows", "allocate", "bounds"]
