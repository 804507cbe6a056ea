"""Checks outside the database: disk space, and the proxy's certificate."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

from geosites.core.errors import os_reason, phrase
from geosites.ops import disk_space
from geosites.ops.checks.findings import CheckFinding, CheckName, failed, left_out, ok

WAIT_S = 5.0
SOON = dt.timedelta(days=14)
"""How long before its end a certificate should have been renewed."""


def disks(folders: Mapping[str, Path], least_free: int) -> Iterator[CheckFinding]:
    """Yield the room on the disk of each folder; `least_free` in bytes."""
    for name, room in disk_space.rooms(folders):
        values = {"name": name, "free": room.free // 1_000_000}
        if room.short(least_free):
            text = phrase(
                "the disk of the folder %(name)s is nearly full: %(free)s MB are free", **values
            )
            yield failed(CheckName.DISK, text)
        else:
            text = phrase("the disk of the folder %(name)s has %(free)s MB free", **values)
            yield ok(CheckName.DISK, text)


def certificate(public_url: str | None, now: dt.datetime) -> CheckFinding:
    """Return how long the certificate holds that readers are shown."""
    parts = urlsplit(public_url or "")
    if parts.scheme != "https" or parts.hostname is None:
        text = phrase("GEOSITES_PUBLIC_URL is not an https address: there is no certificate")
        return left_out(CheckName.CERTIFICATE, text)
    try:
        ends = _ends(parts.hostname, parts.port or 443)
    except ssl.SSLError as error:
        why = getattr(error, "verify_message", "") or str(error)
        text = phrase("%(host)s: the certificate is refused: %(why)s", host=parts.netloc, why=why)
        return failed(CheckName.CERTIFICATE, text)
    except OSError as error:
        text = phrase("%(host)s: %(why)s", host=parts.netloc, why=os_reason(error))
        return failed(CheckName.CERTIFICATE, text)
    values = {"host": parts.netloc, "day": ends.date()}
    if ends - now < SOON:
        text = phrase("%(host)s: the certificate ends on %(day)s", **values)
        return failed(CheckName.CERTIFICATE, text)
    return ok(
        CheckName.CERTIFICATE, phrase("%(host)s: the certificate holds until %(day)s", **values)
    )


def _ends(host: str, port: int) -> dt.datetime:
    context = ssl.create_default_context()
    with (
        socket.create_connection((host, port), timeout=WAIT_S) as line,
        context.wrap_socket(line, server_hostname=host) as encrypted,
    ):
        held = encrypted.getpeercert() or {}
    return parsedate_to_datetime(_rfc_date(str(held["notAfter"])))


def _rfc_date(text: str) -> str:
    """Return `Jun  1 12:00:00 2027 GMT` as `1 Jun 2027 12:00:00 +0000`."""
    month, day, time, year, _ = text.split()
    return f"{day} {month} {year} {time} +0000"
