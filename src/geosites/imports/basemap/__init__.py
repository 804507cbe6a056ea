"""A street map from one file: read by GDAL, cut to the territories, kept as vector tiles."""
