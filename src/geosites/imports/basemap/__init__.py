"""Street map import: one file, read by GDAL, clipped to the territories, as vector tiles."""
