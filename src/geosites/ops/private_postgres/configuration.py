"""Server configuration: small machine, one socket, durable, peer authentication."""

from __future__ import annotations

import pwd

from geosites.ops.private_postgres.paths import OWNER, PORT, SERVICE_LOGIN, Place

_SETTINGS = """\
# Written anew at each start. Settings of your own belong into local.conf beside this file.
listen_addresses = ''
port = {port}
unix_socket_directories = '{sockets}'
max_connections = 100
shared_buffers = 256MB
effective_cache_size = 1GB
work_mem = 16MB
maintenance_work_mem = 128MB
random_page_cost = 1.1
jit = off
fsync = on
synchronous_commit = on
full_page_writes = on
wal_compression = on
max_wal_size = 2GB
checkpoint_timeout = 15min
log_checkpoints = off
log_line_prefix = '%m [%p] %u@%d '
log_timezone = 'UTC'
timezone = 'UTC'
include_if_exists = '{archive}'
include_if_exists = 'local.conf'
"""
_ACCESS = """\
# TYPE DATABASE USER METHOD
local all all peer map=geosites
local replication all peer map=geosites
"""
ARCHIVE = "archive.conf"
"""Settings while changes are archived."""


def write_configuration(place: Place) -> None:
    """Write the files that PostgreSQL reads at its start, where they are not so already."""
    names = sorted({pwd.getpwuid(0).pw_name, place.account.name})
    roles = (OWNER, SERVICE_LOGIN)
    rows = "".join(f'geosites "{name}" {role}\n' for name in names for role in roles)
    settings = _SETTINGS.format(port=PORT, sockets=place.sockets, archive=ARCHIVE)
    for name, text in (
        ("postgresql.conf", settings),
        ("pg_hba.conf", _ACCESS),
        ("pg_ident.conf", "# MAP SYSTEM-USER ROLE\n" + rows),
    ):
        file = place.data / name
        if not file.exists() or file.read_text(errors="replace") != text:
            place.account.write(file, text)
