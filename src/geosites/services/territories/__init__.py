"""Territories through their weeks, their published counts, and their public tables."""
