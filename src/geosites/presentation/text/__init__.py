"""Sentences from results."""
