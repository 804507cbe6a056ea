"""Backups: one file with the whole store, restored and verified."""

from geosites.ops.backup.create import Progress, back_up
from geosites.ops.backup.manifest import BackupManifest
from geosites.ops.backup.read import read_about
from geosites.ops.backup.restore import Restored, restore
from geosites.ops.backup.verify import Verified, verify, verify_store

__all__ = [
    "BackupManifest",
    "Progress",
    "Restored",
    "Verified",
    "back_up",
    "read_about",
    "restore",
    "verify",
    "verify_store",
]
