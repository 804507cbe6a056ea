"""Scan statistics, and the weekly alarm based on them."""
