"""The map: its tiles, layers, search and prints, and the territories on it."""
