"""Sharing between services: what one lets the other see, signed, asked for and taken once."""
