"""Places: listing, names, search, surroundings."""
