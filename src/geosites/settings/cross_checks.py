"""Validation of settings, alone and in combination, when they are read."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from geosites.core.errors import Refused
from geosites.core.job_schedule import ServiceJob
from geosites.settings.sources import variable_of

_HOST = re.compile(
    r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE
)
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?", re.IGNORECASE)
_DATABASE_SCHEMES = ("postgresql", "postgres")
_HTTP = ("http", "https")

TOGETHER = (
    ("oidc_issuer", "oidc_client_id"),
    ("oidc_issuer", "oidc_client_secret"),
    ("oidc_client_id", "oidc_issuer"),
    ("oidc_client_secret", "oidc_issuer"),
    ("oidc_issuer", "public_url"),
    ("smtp_user", "smtp_password"),
    ("smtp_password", "smtp_user"),
    ("smtp_user", "smtp_host"),
    ("timestamp_url", "timestamp_roots"),
    ("timestamp_roots", "timestamp_url"),
    ("webhook_hosts", "webhook_key"),
    ("webhook_key", "webhook_hosts"),
)
"""Where the first is set the second has to be."""


def require_sound(values: Mapping[str, object]) -> None:
    """Raise `Refused` for the first setting that cannot be meant so; values by field name."""
    for one, other in TOGETHER:
        if values.get(one) is not None and values.get(other) is None:
            raise Refused(
                "%(one)s is set and %(other)s is not: set both or neither",
                one=variable_of(one),
                other=variable_of(other),
            )
    _require_addresses("trusted_proxies", str(values["trusted_proxies"]))
    _require_hosts("hosts", str(values["hosts"]))
    for name in ("public_url", "oidc_issuer", "traces_url", "timestamp_url"):
        _require_url(name, values[name])
    for name in ("database_url", "service_url"):
        _require_database(name, values[name])
    _require_host("smtp_host", values["smtp_host"])
    for part in listed(str(values["webhook_hosts"] or "")):
        _require_host("webhook_hosts", re.sub(r":\d{1,5}$", "", part))
    for part in listed(str(values["cors_origins"])):
        if part != "*" and not _ORIGIN.fullmatch(part):
            raise Refused(
                "%(name)s: %(value)r is not an origin such as https://maps.example:8443",
                name=variable_of("cors_origins"),
                value=part,
            )
    _require_jobs("jobs", str(values["jobs"]))
    if "@" not in str(values["smtp_sender"]):
        raise Refused(
            "%(name)s: %(value)r is not an e-mail address",
            name=variable_of("smtp_sender"),
            value=values["smtp_sender"],
        )


def _require_jobs(name: str, text: str) -> None:
    unknown = [part for part in listed(text) if part not in list(ServiceJob)]
    if unknown:
        raise Refused(
            "%(name)s: %(value)r is none of the jobs %(jobs)s",
            name=variable_of(name),
            value=unknown[0],
            jobs=", ".join(ServiceJob),
        )


def listed(text: str) -> list[str]:
    """Return the parts of a setting that are separated by commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _require_addresses(name: str, text: str) -> None:
    for part in listed(text):
        if part == "*":
            continue
        try:
            ipaddress.ip_network(part, strict=False)
        except ValueError as error:
            raise Refused(
                "%(name)s: %(value)r is not an IP address or a network such as 10.0.0.0/8; "
                "names of hosts are not looked up",
                name=variable_of(name),
                value=part,
            ) from error


def _require_hosts(name: str, text: str) -> None:
    for part in listed(text):
        _require_host(name, part.removeprefix("*."))


def _require_host(name: str, value: object) -> None:
    if value is None or _HOST.fullmatch(str(value)) or _is_address(str(value)):
        return
    raise Refused(
        "%(name)s: %(value)r is not the name of a host; scheme, port and path do not belong there",
        name=variable_of(name),
        value=value,
    )


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _require_url(name: str, value: object) -> None:
    if value is None:
        return
    try:
        parts = urlsplit(str(value))
        sound = parts.scheme in _HTTP and parts.hostname and (parts.port or 1) > 0
    except ValueError:
        sound = False
    if not sound or parts.query or parts.fragment or parts.username is not None:
        raise Refused(
            "%(name)s: %(value)r is not an address such as https://geosites.example/counts: "
            "scheme, host, port and path, and nothing else",
            name=variable_of(name),
            value=value,
        )


def _require_database(name: str, value: object) -> None:
    if value is not None and urlsplit(str(value)).scheme not in _DATABASE_SCHEMES:
        raise Refused(
            "%(name)s is not an address such as postgresql://user@host:5432/name",
            name=variable_of(name),
        )
