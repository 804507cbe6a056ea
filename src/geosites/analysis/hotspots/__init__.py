"""Weekly hotspots: density, significance, clusters and their course over weeks."""
