"""geosites: an honest common picture of open-air consumption scenes."""

__version__ = "0.2.0"
