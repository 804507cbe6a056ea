"""Webhook delivery: one signed POST in the Standard Webhooks format, for which libraries exist.

The address was entered by an operator on the command line, or by an account for a host that an
operator allowed. Redirects are not followed, no proxy is used, and only the status of the response
is read. Private addresses are allowed, because a closed network has no others.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import http.client
import json
import ssl
from pathlib import Path
from urllib.parse import urlsplit

from geosites import __version__
from geosites.alarms.own_webhooks import OwnWebhooks
from geosites.core.alarm_messages import Message, Subscription
from geosites.core.errors import Refused, os_reason

TIMEOUT_S = 10.0
SHORTEST_SECRET = 16
_ENCODED = "whsec_"


def by_webhook(message: Message, now: dt.datetime, own: OwnWebhooks | None = None) -> str | None:
    """Send a message to a webhook; return None, or the reason of failure.

    It is delivered if answered with a status from 200 to 299 within 10 seconds. `own`: rules for
    webhooks of accounts; without it those get nothing.
    """
    to = message.subscription
    try:
        secret = _secret(to, own)
        status = _post(to.address, _body(message), _headers(message, secret, now))
    except (OSError, http.client.HTTPException, ValueError, Refused) as error:
        return f"{type(error).__name__}: {error}"
    return None if 200 <= status < 300 else f"answered {status}"


def _secret(to: Subscription, own: OwnWebhooks | None) -> bytes:
    if to.account is None:
        return read_secret(to.secret_file or Path())
    if own is None:
        raise Refused("this service lets accounts enter no webhooks")
    own.require_host(to.address)
    return own.secret(to.account, to.address)


def signature(secret: bytes, identifier: str, timestamp: int, body: bytes) -> str:
    """Return the value of the `webhook-signature` header.

    It is `v1,` and the base64 of HMAC-SHA256 over `identifier.timestamp.body`, so that neither the
    body nor its time can be changed, nor an old message be sent again later.
    """
    signed = b".".join((identifier.encode(), str(timestamp).encode(), body))
    digest = hmac.new(secret, signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def read_secret(path: Path) -> bytes:
    """Return the secret in a file: as it is, or decoded if it begins with `whsec_`.

    Raises `Refused` if it cannot be read or is shorter than 16 bytes.
    """
    try:
        text = path.read_bytes().strip()
    except OSError as error:
        raise Refused(
            "the secret in %(path)s cannot be read: %(reason)s", path=path, reason=os_reason(error)
        ) from error
    if text.startswith(_ENCODED.encode()):
        try:
            text = base64.b64decode(text.removeprefix(_ENCODED.encode()), validate=True)
        except binascii.Error as error:
            raise Refused(
                "the secret in %(path)s is not base64 after %(encoded)s",
                path=path,
                encoded=_ENCODED,
            ) from error
    if len(text) < SHORTEST_SECRET:
        raise Refused(
            "the secret in %(path)s is shorter than %(shortest_secret)s bytes",
            path=path,
            shortest_secret=SHORTEST_SECRET,
        )
    return text


def _body(message: Message) -> bytes:
    document = {"id": str(message.id), "type": message.kind.type, **message.content}
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _headers(message: Message, secret: bytes, now: dt.datetime) -> dict[str, str]:
    identifier, timestamp = str(message.id), int(now.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": f"geosites/{__version__}",
        "webhook-id": identifier,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, identifier, timestamp, _body(message)),
    }


def _post(address: str, body: bytes, headers: dict[str, str]) -> int:
    parts = urlsplit(address)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    try:
        connection.request("POST", target, body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
    return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
