"""A client of the service, for scripts and notebooks.

    from geosites.client import Client

    with Client("https://geosites.example", token) as geosites:
        geosites.closure("forceval")["status"]

Documents come as the service gives them, rows as frames. It needs `httpx2`, which comes with
`pip install geosites[client]`, and nothing else of geosites.
"""

from geosites.client.client import Client
from geosites.client.problems import Problem, Unreachable

__all__ = ["Client", "Problem", "Unreachable"]
