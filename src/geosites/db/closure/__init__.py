"""Closures and operations: what was declared and done at sites, and what their status rests on."""
