"""geosites: shared weekly figures on open-air consumption scenes, with their uncertainty."""

__version__ = "0.2.0"
