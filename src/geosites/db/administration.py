"""What an administrator of a database runs once, before geosites can make its schema there."""

from __future__ import annotations

import re

from geosites.core.errors import Refused
from geosites.db.privileges import READER, SERVICE

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

_BLOCK = """\
-- as a superuser: psql --dbname=postgres --set=ON_ERROR_STOP=1
CREATE ROLE {owner} LOGIN;                  -- owns the tables and migrates them
CREATE ROLE {login} LOGIN;                  -- the running service, which owns nothing
CREATE ROLE {service} NOLOGIN;           -- what the service may do
CREATE ROLE {reader} NOLOGIN;            -- who reads with a program of their own
GRANT {service} TO {login};
GRANT {service} TO {owner};
CREATE DATABASE {database} OWNER {owner} ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {login}, {reader};
\\connect {database}
CREATE EXTENSION postgis;
CREATE EXTENSION btree_gist;
-- and a password for each of the two: \\password {owner}, \\password {login}
"""


def administrator_block(database: str, owner: str, login: str) -> str:
    """Return the commands for psql that make roles, database and extensions.

    Raises `Refused` for a name that would have to be quoted.
    """
    for name in (database, owner, login):
        if not _NAME.fullmatch(name):
            raise Refused(
                "%(name)r: small letters, digits and _ are expected in the names of a database",
                name=name,
            )
    return _BLOCK.format(
        database=database, owner=owner, login=login, service=SERVICE, reader=READER
    )
