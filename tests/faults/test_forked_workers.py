"""Workers that are forked from a process that has read every library, and what they fork."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.memory import proportional_mb
from bench.served import Served, served, wait_until

from geosites.core.render_process import apart

pytestmark = pytest.mark.faults
FORKED_MB = 100.0


@pytest.fixture(scope="module")
def service() -> Iterator[Served]:
    with served(workers=2) as one:
        yield one


def gone(pid: int) -> bool:
    status = Path(f"/proc/{pid}/status")
    try:
        return "State:\tZ" in status.read_text()
    except OSError:
        return True


def shared_mb(pid: int) -> float:
    """Return what a process wrote nothing into since it was forked."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Shared_Dirty")) / 1024


def test_workers_share_what_was_read_before_they_were_forked(service: Served) -> None:
    wait_until(lambda: len(service.worker_pids()) == 2)
    for pid in service.worker_pids():
        assert shared_mb(pid) > FORKED_MB
        assert proportional_mb(pid) < 2 * FORKED_MB


def test_a_pdf_is_made_apart_and_leaves_no_process(service: Served) -> None:
    workers = service.worker_pids()
    status, headers, body = service.answer("GET", "/rounds.pdf")
    assert (status, headers["content-type"]) == (200, "application/pdf")
    assert body.startswith(b"%PDF")
    wait_until(lambda: service.worker_pids() == workers)


def test_an_error_made_apart_is_raised_here() -> None:
    assert apart(int, "12", base=8) == 10
    with pytest.raises(ValueError, match="invalid literal"):
        apart(int, "no number")


def test_workers_end_with_the_process_that_supervises_them(service: Served) -> None:
    left = [*service.worker_pids(), *service.forking_pids()]
    assert len(left) == 3
    assert service.process is not None
    os.kill(service.process.pid, signal.SIGKILL)
    wait_until(lambda: all(gone(pid) for pid in left))
    service.process.wait()
    service.start()
    wait_until(lambda: len(service.worker_pids()) == 2)


def test_workers_are_replaced_where_the_process_that_forks_them_dies(service: Served) -> None:
    wait_until(lambda: len(service.worker_pids()) == 2)
    before = service.worker_pids()
    os.kill(service.forking_pids()[0], signal.SIGKILL)
    wait_until(lambda: len(set(service.worker_pids()) - set(before)) == 2)
    wait_until(lambda: all(gone(pid) for pid in before))
    service.await_ready()
