"""A week: hotspots and alarm, what they are computed from, and the first page about it."""
