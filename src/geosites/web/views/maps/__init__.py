"""What stands beside maps: the ground, care places and territories in tables."""
