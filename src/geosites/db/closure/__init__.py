"""Closures and operations at sites, and the inputs of the closure status."""
