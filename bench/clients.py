"""Many clients at once, in processes of their own: of the service, and of bare psycopg."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from typing import TypeVar
from uuid import UUID

import psycopg

PROCESSES = 2
"""Processes that share the clients, so that these are not what is measured."""

HERE = (2.3605, 48.8842)

_TOKEN = """
SELECT account.login, account.role, account.unit, account.scope, access_token.seen_at,
       access_token.acts
FROM access_token JOIN account ON account.login = access_token.login
WHERE access_token.secret_hash = %s AND access_token.expires_at > %s
  AND access_token.revoked_at IS NULL AND account.disabled_at IS NULL
"""
_SAID = """
SELECT set_config('geosites.actor', %s, true), set_config('geosites.role', %s, true),
       set_config('geosites.unit', %s, true), set_config('geosites.channel', 'api', true),
       set_config('geosites.motive', '', true)
"""
_ROW = """
INSERT INTO sighting (id, observed_at, time_precision, point, headcount, origin, unit, verified,
                      territory, known)
VALUES (%s, %s, 'instant',
        ST_Transform(ST_SetSRID(ST_MakePoint(%s, %s), 4326), 2154), %s, 'patrol', %s, false,
        '75118', tstzrange(clock_timestamp(), NULL))
ON CONFLICT DO NOTHING RETURNING 1
"""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One question: which kind it is of, and where it is; `again`: with the tag seen before."""

    kind: str
    path: str
    again: bool = False


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """Who asks what for how long. Each kind has a weight; its questions are drawn evenly."""

    port: int
    token: str
    seconds: float
    clients: int
    weights: tuple[tuple[str, float], ...]
    questions: tuple[Asked, ...] = ()
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class Bare:
    """The same statements as a report makes, by psycopg alone."""

    url: str
    secret_hash: bytes
    seconds: float
    clients: int
    seed: int = 0


Work = TypeVar("Work", Traffic, Bare)


@dataclass
class Taken:
    """The seconds of each answer by kind, and the answers that were none."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def add(self, other: Taken) -> None:
        """Take in what others measured."""
        for kind, taken in other.seconds.items():
            self.seconds.setdefault(kind, []).extend(taken)
        self.errors += other.errors


def asked(traffic: Traffic) -> Taken:
    """Return what the clients of a service measured."""
    return _shared(_ask_all, traffic)


def written(bare: Bare) -> Taken:
    """Return what the clients of bare psycopg measured."""
    return _shared(_write_all, bare)


def report(chance: random.Random) -> dict[str, object]:
    """Return a report of now, near one place."""
    lon, lat = (value + chance.uniform(-0.003, 0.003) for value in HERE)
    return {
        "id": str(UUID(int=chance.getrandbits(128), version=4)),
        "observed_at": dt.datetime.now(dt.UTC).isoformat(),
        "lon": round(lon, 6),
        "lat": round(lat, 6),
        "headcount": chance.randrange(40),
        "origin": "patrol",
    }


def _shared(do: Callable[[Work], Taken], work: Work) -> Taken:
    parts = [
        replace(work, clients=work.clients // PROCESSES, seed=work.seed * PROCESSES + number)
        for number in range(PROCESSES)
    ]
    found = Taken()
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as processes:
        for taken in processes.map(do, parts):
            found.add(taken)
    return found


def _ask_all(traffic: Traffic) -> Taken:
    return asyncio.run(_ask_together(traffic))


async def _ask_together(traffic: Traffic) -> Taken:
    found = Taken()
    seeds = [traffic.seed * 1000 + number for number in range(traffic.clients)]
    until = time.perf_counter() + traffic.seconds
    await asyncio.gather(*(_Client(traffic, seed, found).ask(until) for seed in seeds))
    return found


class _Client:
    """One client on one kept connection, which asks again as soon as it is answered."""

    def __init__(self, traffic: Traffic, seed: int, found: Taken) -> None:
        self._traffic = traffic
        self._chance = random.Random(seed)
        self._found = found
        self._tags: dict[str, str] = {}
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, until: float) -> None:
        while time.perf_counter() < until:
            kind, said, path = self._next()
            began = time.perf_counter()
            status, tag = await self._answer(said)
            taken = time.perf_counter() - began
            if status not in (200, 201, 304):
                self._found.errors.append(f"{kind}: {status}")
                continue
            named = f"{kind}, unchanged" if status == 304 else kind
            self._found.seconds.setdefault(named, []).append(taken)
            if tag:
                self._tags[path] = tag
        if self._line is not None:
            self._line[1].close()

    def _next(self) -> tuple[str, bytes, str]:
        kinds, weights = zip(*self._traffic.weights, strict=True)
        kind = self._chance.choices(kinds, weights)[0]
        head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {self._traffic.token}\r\n"
        if kind == "report":
            body = json.dumps(report(self._chance))
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            return kind, f"POST /api/sightings HTTP/1.1\r\n{head}\r\n{body}".encode(), ""
        one = self._chance.choice([one for one in self._traffic.questions if one.kind == kind])
        head += "Accept-Encoding: gzip\r\n"
        if one.again and one.path in self._tags:
            head += f"If-None-Match: {self._tags[one.path]}\r\n"
        return kind, f"GET {one.path} HTTP/1.1\r\n{head}\r\n".encode(), one.path

    async def _answer(self, said: bytes) -> tuple[int, str]:
        if self._line is None:
            self._line = await asyncio.open_connection("127.0.0.1", self._traffic.port)
        reader, writer = self._line
        writer.write(said)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {
            name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])
        }
        await reader.readexactly(int(headers.get("content-length", 0)))
        return int(lines[0].split()[1]), headers.get("etag", "")


def _write_all(bare: Bare) -> Taken:
    parts = [Taken() for _ in range(bare.clients)]
    until = time.perf_counter() + bare.seconds
    threads = [
        threading.Thread(target=_write, args=(bare, bare.seed * 1000 + number, until, part))
        for number, part in enumerate(parts)
    ]
    for thread in threads:
        thread.start()
    found = Taken()
    for thread, part in zip(threads, parts, strict=True):
        thread.join()
        found.add(part)
    return found


def _write(bare: Bare, seed: int, until: float, taken: Taken) -> None:
    chance = random.Random(seed)
    times = taken.seconds.setdefault("bare", [])
    with psycopg.connect(bare.url) as conn:
        while (began := time.perf_counter()) < until:
            made = report(chance)
            now = dt.datetime.now(dt.UTC)
            conn.execute(_TOKEN, (bare.secret_hash, now)).fetchone()
            conn.execute(_SAID, ("bench", "reporter", "bench"))
            values = [made[key] for key in ("id", "observed_at", "lon", "lat", "headcount")]
            conn.execute(_ROW, (*values, "bench"))
            conn.commit()
            times.append(time.perf_counter() - began)
