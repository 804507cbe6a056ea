"""Weekly hotspots: density, significance, clusters and trends."""
