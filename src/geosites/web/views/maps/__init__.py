"""Content beside maps: background, care places and territories in tables."""
