"""Check the certificate that the proxy shows to readers: its end, and whether it is trusted."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from geosites.core.errors import os_reason, phrase
from geosites.ops.checks.findings import CheckFinding, CheckName, failed, left_out, ok

WAIT_S = 5.0


SOON = dt.timedelta(days=14)
"""How long before its end a certificate should have been renewed."""


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
