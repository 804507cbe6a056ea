"""Sharing of closure statuses between services, signed and received exactly once."""
