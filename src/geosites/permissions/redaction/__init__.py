"""Redaction by allow-list: documents built from the fields allowed for each reader."""
