"""Integrity of the audit journal: its hash chains, and its anchors outside the database."""
