"""Checks of `geosites check`: each describes what it found, and whether that is acceptable."""
