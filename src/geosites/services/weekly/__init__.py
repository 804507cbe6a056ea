"""Weekly results: hotspots, alarm, their inputs, and the dashboard."""
