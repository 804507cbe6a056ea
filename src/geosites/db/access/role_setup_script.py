"""SQL that a database administrator runs once, before geosites can create its schema there."""

from __future__ import annotations

import re
from collections.abc import Callable

from geosites.core.errors import Refused, phrase
from geosites.db.privileges import READER, SERVICE

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

_BLOCK = """\
-- {superuser} psql --dbname=postgres --set=ON_ERROR_STOP=1
CREATE ROLE {owner} LOGIN;  -- {owns}
CREATE ROLE {login} LOGIN;  -- {runs}
CREATE ROLE {service} NOLOGIN;  -- {may}
CREATE ROLE {reader} NOLOGIN;  -- {reads}
GRANT {service} TO {login};
GRANT {service} TO {owner};
CREATE DATABASE {database} OWNER {owner} ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT, TEMPORARY ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT ON DATABASE {database} TO {login}, {reader};
\\connect {database}
CREATE EXTENSION postgis;
CREATE EXTENSION btree_gist;
-- {passwords} \\password {owner}, \\password {login}
"""

_REMARKS = {
    "superuser": phrase("as a superuser:"),
    "owns": phrase("owns the tables and migrates them"),
    "runs": phrase("the running service, which owns nothing"),
    "may": phrase("what the service may do"),
    "reads": phrase("who reads with a program of their own"),
    "passwords": phrase("and a password for each of the two:"),
}


def administrator_block(
    database: str, owner: str, login: str, retold: Callable[[str], str] = str
) -> str:
    """Return the psql commands that create roles, database and extensions.

    `retold` translates a remark to the reader's language.

    Raises `Refused` for a name that would have to be quoted.
    """
    for name in (database, owner, login):
        if not _NAME.fullmatch(name):
            raise Refused(
                "%(name)r: small letters, digits and _ are expected in the names of a database",
                name=name,
            )
    remarks = {name: retold(text) for name, text in _REMARKS.items()}
    return _BLOCK.format(
        database=database, owner=owner, login=login, service=SERVICE, reader=READER, **remarks
    )
