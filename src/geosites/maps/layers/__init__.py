"""Layers of maps, which screens and paper share."""
