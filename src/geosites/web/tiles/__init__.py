"""Base map tile files."""
