"""A private PostgreSQL with PostGIS under a home folder: nothing to install by hand, no password.

It listens on a Unix socket alone, lets in root, the account that runs it and nobody else, and
outlives the command that started it. `PrivateCluster(home).start()` gives the address.
"""

from geosites.ops.private_postgres.binaries import binaries
from geosites.ops.private_postgres.cluster import ClusterStatus, PrivateCluster

__all__ = ["ClusterStatus", "PrivateCluster", "binaries"]
