"""Spatially balanced samples: which ground to look at so that the whole city is seen evenly."""

from geosites.analysis.sampling.grts import grts, inclusion_probabilities
from geosites.analysis.sampling.spatial_balance import pielou

__all__ = ["grts", "inclusion_probabilities", "pielou"]
