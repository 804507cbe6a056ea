"""The public facts of `data/geo/` as records."""
