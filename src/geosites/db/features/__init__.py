"""Features for the OGC API and tiles: collections, filters, pages, counts."""
