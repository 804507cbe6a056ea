"""A private PostgreSQL server with PostGIS in a home folder: no set-up, no password.

It listens only on a Unix socket, accepts only root and the account that runs it, and outlives the
command that started it. `PrivateCluster(home).start()` returns the address.
"""

from geosites.ops.private_postgres.binaries import binaries
from geosites.ops.private_postgres.cluster import ClusterStatus, PrivateCluster

__all__ = ["ClusterStatus", "PrivateCluster", "binaries"]
