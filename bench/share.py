"""Two services that share, under faults: what one lets the other see comes once, and no more.

One service asks the other through a network that cuts, halves, loses, repeats and changes answers,
while processes of both are killed and sessions ended. Each schedule is made from a seed; changes
are written meanwhile, some in transactions that commit late, most of them beyond the scope.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import subprocess
import sys
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from bench.network import Network, network
from bench.served import COMMAND, Served, ask, served
from bench.table import Promise, Table
from geosites.auth import accounts
from geosites.auth.generated_secrets import hashed
from geosites.core.errors import GeositesError
from geosites.db.access import sign_ins
from geosites.db.access.sign_ins import Token
from geosites.db.postgres.connection import Store
from geosites.db.publication import changes, sharing
from geosites.db.publication.changes import ChangeKind
from geosites.db.publication.sharing import Peer
from geosites.journal.log import kept_key
from geosites.journal.signed_notes import LOG
from geosites.permissions.policy import Role
from geosites.sharing.pull_service import KINDS, pull

SCHEDULES = int(os.environ.get("GEOSITES_BENCH_SHARES", "200"))
SCOPE = ("75118", "75119")
ELSEWHERE = ("75104", "75101", "93001")
SITES = ("forceval", "jardins-eole", "stalingrad", "porte-chapelle")
NEIGHBOUR, TOKEN = "bench-neighbour", "geosites_bench-of-sharing"
NAME = "other"
PATIENCE_S = 3.0
MOST_PULLS = 40
_SITE_BOARD = "/api/closures"


@dataclass
class Pair:
    """The service that tells, through a network, and the one that asks it, with its store."""

    teller: Served
    asker: Served
    between: Network
    taken: Store
    http: httpx2.Client
    token_file: Path
    closed: dict[str, str] = field(default_factory=dict)

    def pull(self) -> str:
        """Ask once; return what came of it."""
        try:
            pull(self.taken, NAME, self.http)
        except (GeositesError, DBAPIError) as error:
            return f"{type(error).__name__}: {error}"[:120]
        return ""


@dataclass
class ShareOutcome:
    """What a schedule left behind: changes lost, doubled, beyond the scope; states that differ."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    broken_off: int = 0

    @property
    def sound(self) -> bool:
        """Return whether everything came once, and nothing else did."""
        return not (self.lost or self.doubled or self.beyond or self.wrong)


@contextmanager
def pair() -> Iterator[Pair]:
    """Yield two running services, one of which has an account at the other for two territories."""
    with served() as teller, served() as asker:
        _give_account(teller)
        token_file = asker.home / "other.token"
        token_file.write_text(TOKEN)
        key = kept_key(teller.home / "share" / "share.key", LOG, "teller.invalid/share").verifier
        taken = Store(asker.url, pool_size=4)
        http = httpx2.Client(timeout=PATIENCE_S, trust_env=False)
        with network(f"http://127.0.0.1:{teller.port}") as between, http:
            peer = Peer(name=NAME, address=between.base, verifier=str(key), token_file=token_file)
            with taken.begin() as conn:
                sharing.add(conn, peer)
            yield Pair(teller, asker, between, taken, http, token_file)
        taken.close()


def _give_account(service: Served) -> None:
    store, now = Store(service.url), dt.datetime.now(dt.UTC)
    with store.begin() as conn:
        request = accounts.AccountRequest(
            login=NEIGHBOUR, role=Role.PARTNER, unit="other service", scope=SCOPE
        )
        accounts.add(conn, request, now)
        ends = now + dt.timedelta(days=365)
        token = Token(id=uuid.uuid4(), login=NEIGHBOUR, acts=(), created_at=now, expires_at=ends)
        sign_ins.add_token(conn, token, hashed(TOKEN))
    store.close()


def _disturbed(do: str) -> Callable[[Pair, random.Random], None]:
    def fault(at: Pair, rng: random.Random) -> None:
        at.between.tell(do, "/api/", times=rng.randint(1, 2))
        at.pull()

    return fault


def _sessions_ended(service: str) -> Callable[[Pair, random.Random], None]:
    def fault(at: Pair, rng: random.Random) -> None:
        url = at.teller.url if service == "teller" else at.asker.url
        with ThreadPoolExecutor(1) as crew:
            asking = crew.submit(at.pull)
            time.sleep(rng.uniform(0, 0.3))
            ask(
                url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            asking.result()

    return fault


def _pulled_twice(at: Pair, _: random.Random) -> None:
    with ThreadPoolExecutor(3) as crew:
        for _hand in range(3):
            crew.submit(at.pull)


def _pull_killed(at: Pair, rng: random.Random) -> None:
    words = [*COMMAND, "share", "pull"]
    quiet = subprocess.DEVNULL
    running = subprocess.Popen(words, env=at.asker.environment, stdout=quiet, stderr=quiet)
    with suppress(subprocess.TimeoutExpired):
        running.wait(timeout=rng.uniform(1.0, 4.0))
    running.kill()
    running.wait()


def _worker_killed(at: Pair, rng: random.Random) -> None:
    for pid in at.teller.worker_pids()[: rng.randint(1, 2)]:
        with suppress(ProcessLookupError):
            os.kill(pid, 9)
    at.pull()


NETWORK = ("cut", "half", "lose", "replay", "tamper", "portal", "502", "409", "hang")
FAULTS: Mapping[str, Callable[[Pair, random.Random], None]] = {
    **{name: _disturbed(name) for name in NETWORK},
    "sessions of the teller ended": _sessions_ended("teller"),
    "sessions of the asker ended": _sessions_ended("asker"),
    "worker of the teller killed": _worker_killed,
    "pulled three times at once": _pulled_twice,
    "pull killed": _pull_killed,
}


def faults_of(seed: int) -> list[str]:
    """Return which faults strike in the schedule of a seed, in order."""
    rng = random.Random(f"share {seed}")
    return [list(FAULTS)[seed % len(FAULTS)], *rng.choices(list(FAULTS), k=rng.randint(1, 3))]


def run_schedule(at: Pair, seed: int) -> ShareOutcome:
    """Let changes happen and faults strike in turns, then ask in peace, and compare."""
    rng, outcome = random.Random(f"changes {seed}"), ShareOutcome()
    for turn, fault in enumerate(faults_of(seed)):
        _happen(at, rng, f"{seed}-{turn}")
        FAULTS[fault](at, rng)
        at.between.heal()
    _happen(at, rng, f"{seed}-end")
    meant = _told(at)
    for _ in range(MOST_PULLS):
        reason = at.pull()
        if not reason:
            break
        outcome.broken_off += 1
    else:
        outcome.wrong.append(f"no pull came through: {reason}")
    _compare(at, meant, outcome)
    return outcome


def _happen(at: Pair, rng: random.Random, name: str) -> None:
    """Write changes, in and beyond the scope, one transaction of them committing late."""
    store = Store(at.teller.url, pool_size=2)  # no session of its own is one that was ended
    with store.begin() as late:
        _note(late, rng, f"{name}-late")
        for number in range(rng.randint(1, 3)):
            with store.begin() as conn:
                _note(conn, rng, f"{name}-{number}")
        if rng.random() < 0.3:
            at.pull()
    store.close()
    if rng.random() < 0.6:
        _close_or_open(at, rng.choice(SITES))


def _close_or_open(at: Pair, site: str) -> None:
    """Declare the closure of a site, or lift the one that was declared."""
    now = dt.datetime.now(dt.UTC).isoformat()
    if site in at.closed:
        at.teller.answer(
            "POST",
            f"/api/closures/{at.closed.pop(site)}/lift",
            {"until": now, "reason": "order_ended"},
        )
        return
    declared = {"id": str(uuid.uuid4()), "site": site, "closed_from": now}
    if at.teller.answer("POST", "/api/closures", declared)[0] == 201:
        at.closed[site] = declared["id"]


def _note(conn: sa.Connection, rng: random.Random, name: str) -> None:
    for number in range(rng.randint(1, 4)):
        inside = rng.random() < 0.4
        territory = rng.choice(SCOPE if inside else ELSEWHERE)
        kind = rng.choice([ChangeKind.CLOSURE_STATE, ChangeKind.CLOSURE_DECLARED])
        site = f"{'in' if inside else 'out'}-{name}-{number}"
        detail = {"status": "reopened"} if kind is ChangeKind.CLOSURE_STATE else None
        changes.note(conn, kind, site=site, territory=territory, detail=detail)
    changes.note(
        conn,
        ChangeKind.SIGHTING_ADDED,
        monday=dt.date(2022, 10, 3),
        territory=rng.choice(SCOPE),
        ids=[str(uuid.UUID(int=rng.getrandbits(128), version=4))],
    )


def _told(at: Pair) -> Counter[str]:
    """Return all changes that lie in the scope, those of the teller's own jobs included."""
    rows = ask(
        at.teller.url,
        "SELECT kind || ' ' || site FROM change WHERE kind::text = ANY(%s) AND territory = ANY(%s)",
        list(KINDS),
        list(SCOPE),
    )
    return Counter(one for (one,) in rows)


def _compare(at: Pair, meant: Counter[str], outcome: ShareOutcome) -> None:
    """Compare all that was taken with what was told before the last pull, and by now.

    What says the same of a site is told once a page, so that names are compared, and counts where
    there are more than were told.
    """
    rows = ask(at.asker.url, "SELECT kind || ' ' || site, territory FROM share_change")
    found, now = Counter(one for one, _ in rows), _told(at)
    outcome.lost += sorted(meant.keys() - found.keys())
    outcome.doubled += sorted(one for one in found if found[one] > max(1, now[one]))
    outcome.beyond += [one for one, territory in rows if territory not in SCOPE or "out-" in one]
    outcome.beyond += sorted(found.keys() - now.keys())
    store = Store(at.asker.url, pool_size=1)
    with store.begin() as conn:
        kept = {item["site"]: item["status"] for item in sharing.closures(conn)}
    store.close()
    there = {item["site"]: item["status"] for item in _board(at)}
    if kept != there:
        outcome.wrong.append(f"{kept} kept, {there} told")


def _board(at: Pair) -> Sequence[Mapping[str, str]]:
    address = f"http://127.0.0.1:{at.teller.port}{_SITE_BOARD}"
    asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {TOKEN}"})
    for left in reversed(range(MOST_PULLS)):
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                found: Sequence[Mapping[str, str]] = json.load(answer)["sites"]
            return found
        except OSError:  # a worker that was killed, a session that was ended just before
            if not left:
                raise
            time.sleep(0.2)
    raise AssertionError


def run(schedules: int = SCHEDULES) -> Table:
    """Return how often each fault struck, and what was lost, doubled or beyond the scope in all."""
    began, outcomes = time.monotonic(), list[ShareOutcome]()
    with pair() as at:
        for seed in range(schedules):
            outcomes.append(run_schedule(at, seed))
            told = "sound" if outcomes[-1].sound else str(outcomes[-1])
            print(f"schedule {seed}: {told}", file=sys.stderr, flush=True)
        taken = ask(at.asker.url, "SELECT count(*) FROM share_change")[0][0]
    minutes = (time.monotonic() - began) / 60
    struck = Counter(fault for seed in range(schedules) for fault in faults_of(seed))
    counts = (
        ("changes lost", sum(len(one.lost) for one in outcomes)),
        ("changes doubled", sum(len(one.doubled) for one in outcomes)),
        ("changes beyond the scope", sum(len(one.beyond) for one in outcomes)),
        ("states that differ", sum(len(one.wrong) for one in outcomes)),
    )
    return Table(
        name="share",
        note=f"{schedules} schedules of two services, {taken} changes taken, {minutes:.0f} min",
        columns=("fault", "struck"),
        rows=tuple(sorted(struck.items())),
        promises=tuple(
            Promise(what=what, promised="0", measured=count, kept=count == 0)
            for what, count in counts
        ),
    )
