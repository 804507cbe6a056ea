"""Presentation: results to text, tables and charts. Pure functions without I/O or clock."""
