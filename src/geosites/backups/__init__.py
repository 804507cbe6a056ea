"""Backups: one file that holds the whole store, put back, and proven to be the same."""

from geosites.backups.about import About
from geosites.backups.making import Progress, back_up
from geosites.backups.reading import read_about
from geosites.backups.restoring import Restored, restore
from geosites.backups.verifying import Verified, verify, verify_store

__all__ = [
    "About",
    "Progress",
    "Restored",
    "Verified",
    "back_up",
    "read_about",
    "restore",
    "verify",
    "verify_store",
]
