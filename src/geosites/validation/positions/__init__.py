"""Positions: coordinates, notations of points, areas of operations."""
