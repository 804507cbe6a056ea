"""A temporary cluster without durability, removed after use."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from geosites.ops.private_postgres.cluster import PrivateCluster
from geosites.ops.private_postgres.paths import recall

HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextmanager
def scratch_cluster(
    settings: Mapping[str, str] = HASTY, folder: Path | None = None
) -> Iterator[PrivateCluster]:
    """Yield a running cluster in `folder`, or in that for temporary files; removed afterwards."""
    home = Path(tempfile.mkdtemp(prefix="geosites-scratch-", dir=folder))
    home.chmod(0o711)
    cluster = PrivateCluster(home)
    try:
        cluster.start(settings)
        yield cluster
    finally:
        cluster.stop()
        place = recall(home)
        for folder in (place.folder, place.sockets) if place else ():
            shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(home)
