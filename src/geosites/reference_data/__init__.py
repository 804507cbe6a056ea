"""Reference data: the public facts of `data/geo/` as records."""
