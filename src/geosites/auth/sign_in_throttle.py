"""Sign-in throttling: delays after failed attempts, without locking out other people.

Attempts are counted by account and source together, so that failures elsewhere lock nobody out, and
by source alone, so that one source cannot try every account. A device that signed in to the account
before has a separate allowance, whatever happens on the network it shares. An attempt is counted
before its password is checked: a thousand in parallel are a thousand attempts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import ipaddress
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.db.access import sign_ins

WINDOW = dt.timedelta(hours=1)
"""Attempts are forgotten after this time without any."""

LONGEST = dt.timedelta(minutes=15)
FREE_OF_PAIR = 5
FREE_OF_SOURCE = 50
FREE_OF_PROOF = 3


@dataclass(frozen=True)
class Allowance:
    """Attempts counted under one key, of which the first `free` cause no delay."""

    key: bytes
    free: int

    def delay(self, tries: int) -> dt.timedelta:
        """Return the delay of the next attempt: none, then 1 s, doubled each time, up to 15 min."""
        over = tries - self.free
        if over < 0:
            return dt.timedelta(0)
        return min(dt.timedelta(seconds=2 ** min(over, 20)), LONGEST)


def allowances(
    conn: sa.Connection, login: str, source: str, device: bytes | None
) -> list[Allowance]:
    """Return the keys of an attempt: only the known device, or else source and account."""
    if device is not None and sign_ins.knows_device(conn, device, login):
        return [Allowance(_key("device", login, device.hex()), FREE_OF_PAIR)]
    network = _network(source)
    by_source = Allowance(_key("source", network), FREE_OF_SOURCE)
    return [by_source, Allowance(_key("pair", login, network), FREE_OF_PAIR)]


def of_proof(login: str) -> Allowance:
    """Return the key of a re-authentication: the account, whatever the source."""
    return Allowance(_key("proof", login), FREE_OF_PROOF)


def tries(conn: sa.Connection, counted: Allowance) -> int:
    """Return the number of counted attempts."""
    return sign_ins.tries(conn, counted.key)


def admit(conn: sa.Connection, counted: list[Allowance], now: dt.datetime) -> dt.timedelta | None:
    """Count a try under each allowance; return how long it has to wait, or None: it may be made."""
    for number, item in enumerate(counted):
        tries = sign_ins.count_try(conn, item.key, now, WINDOW)
        if tries == 0:
            sign_ins.forgive(conn, {before.key: 1 for before in counted[:number]})
            return (sign_ins.wait_of(conn, item.key) or now) - now
        sign_ins.put_wait(conn, item.key, now + item.delay(tries))
    return None


def succeed(conn: sa.Connection, counted: list[Allowance]) -> None:
    """Remove the attempts before a success; for the source, only the last one."""
    everything = 1_000_000
    of_source = counted[0] if len(counted) > 1 else None
    sign_ins.forgive(conn, {item.key: 1 if item is of_source else everything for item in counted})


def _key(*parts: str) -> bytes:
    return hashlib.sha256("\0".join(parts).encode()).digest()


def _network(source: str) -> str:
    """Return the key of a source; an IPv6 subscriber with 2**64 addresses is one source."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return source
    return str(ipaddress.ip_network((address, 64 if address.version == 6 else 32), strict=False))
