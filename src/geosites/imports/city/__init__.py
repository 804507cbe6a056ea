"""Set up a city from one folder: `city.toml` and the published boundary files."""
