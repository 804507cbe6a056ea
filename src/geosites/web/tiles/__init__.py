"""The base map as files of tiles."""
