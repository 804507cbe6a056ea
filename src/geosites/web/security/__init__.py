"""Who asks, by which cookie or token, from which page, and what a route has declared."""
