"""Reporters at work while everything around them is killed: nothing lost, doubled or broken.

Each schedule is made from a seed: how many reporters, how many sightings each, which faults
(`bench.strikes`), and after how many acknowledgements each strikes. Reporters send as the outbox of
the form does: again, until they are told that a sighting is known. The database lies on a disk of
its own where one can be had, so that it can be full.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing import get_context

from bench.held import Item, Outcome, look
from bench.served import SMALL, Served, ask, served, wait_until
from bench.small_disk import CAN_MOUNT, small_disk
from bench.strikes import FAULTS, Moment, fill_disk, item
from bench.table import Promise, Table
from geosites.db.maintenance import job_table
from geosites.db.postgres.connection import Store
from geosites.ops import backup

SCHEDULES = int(os.environ.get("GEOSITES_BENCH_SCHEDULES", "500"))
RESTORES, RESTORES_FROM = 20, 1_000_000
KILLS = ("database killed", "worker killed", "service killed", "import killed")
LANES = 3
"""Services with a database of their own, side by side: each mostly waits for what was killed."""


@dataclass(frozen=True)
class Schedule:
    """What happens, in which order: `strikes` are (after how many acknowledgements, fault)."""

    seed: int
    reporters: int
    each: int
    strikes: tuple[tuple[int, str], ...]

    @classmethod
    def of(cls, seed: int, faults: Sequence[str]) -> Schedule:
        """Return the schedule of a seed, with some of these faults."""
        rng = random.Random(seed)
        reporters, each = rng.randint(2, 5), rng.randint(2, 6)
        chosen = rng.choices(faults, k=rng.randint(1, 2))
        strikes = sorted((rng.randrange(reporters * each), fault) for fault in chosen)
        return cls(seed, reporters, each, tuple(strikes))

    def items(self) -> list[list[Item]]:
        """Return what each reporter sends."""
        rng = random.Random(f"items {self.seed}")
        return [[item(rng) for _ in range(self.each)] for _ in range(self.reporters)]


def faults() -> list[str]:
    """Return the faults that can be had here: a full disk takes a disk of its own."""
    return [name for name, strike in FAULTS.items() if CAN_MOUNT or strike is not fill_disk]


def run_schedule(service: Served, schedule: Schedule) -> Outcome:
    """Let reporters work while the faults of a schedule strike, and look at what is there."""
    outcome, news, work = Outcome(), threading.Condition(), schedule.items()

    def report(items: Sequence[Item]) -> None:
        for one in items:
            statuses = service.report_until_known(one)
            with news:
                outcome.acknowledged += 1
                outcome.unanswered += len(statuses) - 1
                news.notify_all()

    def strike() -> None:
        rng = random.Random(f"strikes {schedule.seed}")
        now = Moment(service, rng, work[0][0])
        for after, fault in schedule.strikes:
            with news:
                news.wait_for(lambda after=after: outcome.acknowledged >= after)  # type: ignore[misc]
            FAULTS[fault](now)

    with ThreadPoolExecutor(len(work) + 1) as crew:
        hands = [crew.submit(strike), *(crew.submit(report, items) for items in work)]
        for hand in hands:
            hand.result()
    look(service.url, [one for items in work for one in items], outcome)
    return outcome


def prove_restore(service: Served, seed: int) -> bool:
    """Kill something while reporters write; return whether a backup then restores to the same."""
    fault = random.Random(f"kill {seed}").choice(KILLS)
    outcome = run_schedule(service, Schedule(RESTORES_FROM + seed, 3, 4, ((seed % 12, fault),)))
    store = Store(service.url, pool_size=2)
    try:
        return outcome.sound and backup.verify_store(store).sound
    finally:
        store.close()


def run(schedules: int = SCHEDULES, restores: int = RESTORES) -> Table:
    """Return how often each fault struck, and what was lost, doubled or broken in all."""
    began = time.monotonic()
    shares = [(range(n, schedules, LANES), range(n, restores, LANES)) for n in range(LANES)]
    with ProcessPoolExecutor(LANES, get_context("spawn")) as crew:
        told = list(crew.map(_lane, shares))
    outcomes = [outcome for found, _ in told for outcome in found]
    proven = sum(restored for _, restored in told)
    seeded = (Schedule.of(seed, faults()) for seed in range(schedules))
    struck = Counter(fault for schedule in seeded for _, fault in schedule.strikes)
    minutes = (time.monotonic() - began) / 60
    acknowledged = sum(one.acknowledged for one in outcomes)
    return Table(
        name="faults",
        note=f"{schedules} schedules on {LANES} services, {acknowledged} acknowledged, "
        f"{minutes:.0f} min",
        columns=("fault", "struck"),
        rows=tuple(sorted(struck.items())),
        promises=(
            *(
                Promise(what=f"sightings {what}", promised="0", measured=count, kept=count == 0)
                for what, count in (
                    ("lost", sum(len(one.lost) for one in outcomes)),
                    ("doubled", sum(len(one.doubled) for one in outcomes)),
                    ("or chains broken", sum(len(one.broken) for one in outcomes)),
                )
            ),
            Promise(
                what="backups that restore to the same, after a kill while writing",
                promised=str(restores),
                measured=proven,
                kept=proven == restores,
            ),
        ),
    )


def _lane(share: tuple[Sequence[int], Sequence[int]]) -> tuple[list[Outcome], int]:
    """Return what came of the schedules of these seeds, and how many backups proved equal."""
    schedules, restores = share
    found: list[Outcome] = []
    with ExitStack() as until_end:
        disk = until_end.enter_context(small_disk()) if CAN_MOUNT else None
        service = until_end.enter_context(served(folder=disk, settings=SMALL))
        for seed in schedules:
            found.append(run_schedule(service, Schedule.of(seed, faults())))
            told = "sound" if found[-1].sound else str(found[-1])
            print(f"schedule {seed}: {told}", file=sys.stderr, flush=True)
        proven = sum(prove_restore(service, seed) for seed in restores)
        wait_until(lambda: _leads(service))
        return found, proven


def _leads(service: Served) -> bool:
    """Return whether the scheduler of the service leads, whoever did in between."""
    question = (
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
        " WHERE locktype = 'advisory' AND application_name = 'geosites scheduler'"
        " AND (classid::bigint << 32) + objid::bigint = %s"
    )
    return ask(service.url, question, job_table.LEADER_LOCK)[0][0] == 1
