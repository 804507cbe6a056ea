"""The questions, and the closures that they are about."""
