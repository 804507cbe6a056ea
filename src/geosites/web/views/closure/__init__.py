"""Closures and operations, the sites they are about, and what followed them."""
