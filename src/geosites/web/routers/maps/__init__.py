"""Routes for the map: tiles, layers, search, printing, and territories."""
