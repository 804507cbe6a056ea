"""The service and its database on a bad day: what was acknowledged is there, and work goes on."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from bench.held import Outcome, broken, look
from bench.served import Served, ask, served, wait_until
from bench.strikes import Moment, exhaust_pool, item, tear_upload

from geosites.db import migrate
from geosites.db.postgres.connection import Store

MIGRATOR = """
import sys
import sqlalchemy as sa
from geosites.db import migrate
from geosites.db.postgres.connection import Store

with Store(sys.argv[1]).begin() as conn:
    sa.event.listen(conn, "before_cursor_execute", lambda *said: print(said[2][:20], flush=True))
    migrate.upgrade(conn)
    print("migrated", flush=True)
    sys.stdin.readline()
"""
"""Migrates, telling each statement, and waits for a line before it commits."""


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    with served() as running:
        yield running


def moment(service: Served, seed: int) -> Moment:
    rng = random.Random(seed)
    return Moment(service, rng, item(rng))


def assert_all_there(service: Served, *sent: object) -> None:
    outcome = Outcome()
    look(service.url, sent, outcome)  # type: ignore[arg-type]
    assert outcome.sound, outcome


def test_the_same_item_ten_times_at_once_is_one_row(service: Served) -> None:
    one = item(random.Random("ten"))
    with ThreadPoolExecutor(10) as crowd:
        statuses = sorted(crowd.map(lambda _: service.report(one), range(10)))
    assert statuses == [200] * 9 + [201]
    assert_all_there(service, one)


def test_the_same_id_with_other_content_is_refused(service: Served) -> None:
    one = item(random.Random("other"))
    assert service.report(one) == 201
    assert service.report({**one, "headcount": 99}) == 409
    assert_all_there(service, one)


def test_a_killed_service_knows_what_it_acknowledged(service: Served) -> None:
    before, meanwhile = item(random.Random("before")), item(random.Random("meanwhile"))
    assert service.report(before) == 201
    with ThreadPoolExecutor(1) as hand:
        sending = hand.submit(service.report, meanwhile)
        service.kill()
        assert sending.result() in (0, 201)
    service.start()
    assert service.report_until_known(meanwhile)[-1] in (200, 201)
    assert service.report(before) == 200
    assert_all_there(service, before, meanwhile)


def test_a_killed_worker_is_replaced(service: Served) -> None:
    wait_until(lambda: len(service.worker_pids()) == 2)
    killed = service.worker_pids()
    one = item(random.Random("worker"))
    with ThreadPoolExecutor(1) as hand:
        sending = hand.submit(service.report_until_known, one)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        assert sending.result()[-1] in (200, 201)
    wait_until(lambda: len(set(service.worker_pids()) - set(killed)) == 2)
    assert_all_there(service, one)


def test_a_worker_killed_while_it_starts_keeps_nobody_waiting_for_the_others(
    service: Served,
) -> None:
    wait_until(lambda: len(service.worker_pids()) == 2)
    before = set(service.worker_pids())
    os.kill(min(before), signal.SIGKILL)
    wait_until(lambda: set(service.worker_pids()) - before)
    threading.Event().wait(1)  # the parent asks every half a second; to start takes longer
    starting = set(service.worker_pids()) - before
    for pid in starting | before - {min(before)}:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: len(set(service.worker_pids()) - before - starting) == 2, limit_s=60)
    service.await_ready()


def test_while_the_database_is_gone_answers_say_when_to_try_again(service: Served) -> None:
    one = item(random.Random("gone"))
    service.cluster.stop()
    status, headers, body = service.answer("POST", "/api/sightings", one)
    assert (status, headers["content-type"]) == (503, "application/problem+json")
    assert int(headers["retry-after"]) >= 1
    assert b"cannot be reached" in body
    assert service.answer("GET", "/healthz")[0] == 200
    assert service.answer("GET", "/readyz")[0] == 503
    processes = service.worker_pids()
    service.start_database()
    assert service.report_until_known(one)[-1] == 201
    service.await_ready()
    assert service.worker_pids() == processes
    assert_all_there(service, one)


def test_who_waits_for_a_busy_pool_is_answered_in_the_end(service: Served) -> None:
    one = item(random.Random("pool"))
    exhaust_pool(moment(service, 1))
    assert service.report_until_known(one)[-1] == 201
    assert_all_there(service, one)


def test_a_torn_upload_leaves_nothing(service: Served) -> None:
    held = "SELECT count(*) FROM sighting"
    before = ask(service.url, held)
    for seed in range(10):
        tear_upload(moment(service, seed))
    one = item(random.Random("torn"))
    assert service.report_until_known(one)[-1] == 201
    assert ask(service.url, held)[0][0] == before[0][0] + 1
    assert broken(service.url) == []


def test_two_services_over_one_store_know_the_same(service: Served) -> None:
    other = Served(service.cluster, service.home, workers=1)
    other.start()
    try:
        one = item(random.Random("two"))
        with ThreadPoolExecutor(10) as crowd:
            both = [service, other] * 5
            statuses = sorted(crowd.map(lambda to: to.report(one), both))
        assert statuses == [200] * 9 + [201]
        assert_all_there(service, one)
    finally:
        other.stop()


@pytest.mark.parametrize("told", [3, 60, 150])
def test_a_killed_migration_leaves_the_old_schema(
    new_database: Callable[..., str], told: int
) -> None:
    url = new_database()
    store = Store(url)
    with store.begin() as conn:
        migrate.upgrade(conn, "0003")
        conn.execute(sa.text("INSERT INTO mark VALUES ('kept', 'yes')"))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", MIGRATOR, url], text=True, **pipes) as standing:
        assert standing.stdout is not None
        for _ in range(told):
            assert standing.stdout.readline()
        standing.send_signal(signal.SIGKILL)
    with store.begin() as conn:
        assert migrate.current(conn) == "0003"
        migrate.upgrade(conn)
        migrate.check(conn)
        assert conn.execute(sa.text("SELECT value FROM mark")).scalar_one() == "yes"
    store.close()
