"""Spatially balanced sampling of ground to visit."""

from geosites.analysis.sampling.grts import grts, inclusion_probabilities
from geosites.analysis.sampling.spatial_balance import pielou

__all__ = ["grts", "inclusion_probabilities", "pielou"]
