"""Scan statistics, and the weekly alarm that is made of them."""
