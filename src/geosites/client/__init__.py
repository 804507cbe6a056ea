"""Python client of the HTTP API, for scripts and notebooks.

    from geosites.client import Client

    with Client("https://geosites.example", token) as geosites:
        geosites.closure("forceval")["status"]

Documents are returned as dictionaries, rows as data frames. It needs `httpx2`, which is installed
by `pip install geosites[client]`, and no other part of geosites.
"""

from geosites.client.client import Client
from geosites.client.problems import Problem, Unreachable

__all__ = ["Client", "Problem", "Unreachable"]
