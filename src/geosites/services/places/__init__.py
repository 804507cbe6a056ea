"""Places: which there are, what they are called, how to find them, what lies near."""
