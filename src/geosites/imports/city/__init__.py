"""A city from one folder: `city.toml` beside boundary files as they were published."""
