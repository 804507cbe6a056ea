"""`geosites check` says in words what is wrong, and only then ends with 1."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from bench.small_disk import CAN_MOUNT
from bench.strikes import fill_up
from bench.tls import certificate

from cli.conftest import Ran, Run
from geosites.core.job_schedule import ServiceJob
from geosites.db.maintenance import job_table
from geosites.db.postgres.connection import Store


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEOSITES_HOME", str(tmp_path))
    monkeypatch.setenv("GEOSITES_LANGUAGE", "en")
    return tmp_path


def result(ran: Ran, check: str) -> tuple[str, str]:
    """Return how a check ended and what it said; the worst of its findings."""
    order = ["failed", "warning", "ok", "left out"]
    found = [item for item in ran.document["findings"] if item["check"] == check]
    worst = min(found, key=lambda item: order.index(item["result"]))
    return worst["result"], worst["text"]


def ran_all(store: Store) -> None:
    with store.begin() as conn:
        for job in ServiceJob:
            job_table.succeeded(conn, job, dt.datetime.now(dt.UTC), 0.1)


def test_all_is_well(run: Run, store: Store) -> None:
    ran_all(store)
    ran = run("check", "--json")
    assert ran.code == 0
    assert ran.document["ok"] is True
    checks = [item["check"] for item in ran.document["findings"]]
    assert list(dict.fromkeys(checks)) == [
        "settings",
        "database",
        "rights",
        "disk",
        "clock",
        "jobs",
        "certificate",
        "basemap",
        "mail",
    ]
    told = run("check")
    assert told.out.endswith("All is well.\n")
    assert "ok  database: PostgreSQL 1" in told.out


def test_it_speaks_french(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOSITES_LANGUAGE", "fr")
    assert "les réglages sont cohérents" in run("check").out


@pytest.mark.parametrize(
    ("name", "value", "check", "text"),
    [
        ("GEOSITES_PULIC_URL", "x", "settings", "GEOSITES_PULIC_URL is not a setting"),
        ("GEOSITES_POOL_SIZE", "0", "settings", "GEOSITES_POOL_SIZE"),
        ("GEOSITES_DATABASE_URL", "postgresql:///x?host=/nowhere", "database", "cannot be reached"),
        ("GEOSITES_BASEMAP", "/nowhere.mbtiles", "basemap", "no such file"),
        ("GEOSITES_DISK_FREE_MB", "999999999", "disk", ""),
        ("GEOSITES_PUBLIC_URL", "https://127.0.0.1:9/", "certificate", "127.0.0.1:9"),
    ],
)
def test_what_is_wrong_is_named(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, check: str, text: str
) -> None:
    monkeypatch.setenv(name, value)
    ran = run("check", "--json")
    if check == "disk":  # a large disk needs no more than this, a small one its share
        assert result(ran, check)[0] in ("ok", "failed")
        return
    assert ran.code == 1
    assert result(ran, check)[0] == "failed"
    assert text in result(ran, check)[1]


def test_a_schema_that_is_older_or_newer_is_called_so(run: Run, store: Store) -> None:
    for version, text in (("0001", "not up to date"), ("9999", "newer")):
        with store.begin() as conn:
            conn.execute(sa.text("UPDATE alembic_version SET version_num = :v"), {"v": version})
            conn.execute(sa.text("COMMENT ON TABLE alembic_version IS NULL"))
        assert text in result(run("check", "--json"), "database")[1]


def test_a_job_that_failed_or_is_late_is_named(run: Run, store: Store) -> None:
    now = dt.datetime.now(dt.UTC)
    ran_all(store)
    with store.begin() as conn:
        job_table.failed(conn, ServiceJob.BACKUP, now, "no space left on the disk")
    ran = run("check", "--json")
    assert (ran.code, "backup has failed: no space" in result(ran, "jobs")[1]) == (1, True)
    ran_all(store)
    with store.begin() as conn:
        job_table.succeeded(conn, ServiceJob.RETENTION, now - dt.timedelta(days=3), 1)
    assert result(run("check", "--json"), "jobs") == ("failed", "retention is late")


def test_the_mail_server_is_tried_and_nothing_sent(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOSITES_SMTP_HOST", "127.0.0.1")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # and nobody listens, for as long as it is tried
        monkeypatch.setenv("GEOSITES_SMTP_PORT", str(silent.getsockname()[1]))
        ended, text = result(run("check", "--json"), "mail")
    assert (ended, "ConnectionRefusedError" in text) == ("failed", True)


@contextmanager
def https(folder: Path, days: int) -> Iterator[int]:
    """Serve a certificate for localhost that its file `folder/both.pem` vouches for."""
    pem = certificate(folder, "localhost", days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        while True:
            try:
                line, _ = listening.accept()
                context.wrap_socket(line, server_side=True).close()
            except ssl.SSLError:
                continue
            except OSError:
                return

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)


@pytest.mark.parametrize(("days", "ended"), [(90, "ok"), (3, "failed"), (-1, "failed")])
def test_the_certificate_is_that_which_readers_see(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, days: int, ended: str
) -> None:
    with https(tmp_path, days) as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
        monkeypatch.setenv("GEOSITES_PUBLIC_URL", f"https://localhost:{port}")
        assert result(run("check", "--json"), "certificate")[0] == ended


if CAN_MOUNT:

    def test_a_full_disk_is_named(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        disk = home / "small"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], check=True)
        try:
            monkeypatch.setenv("GEOSITES_HOME", str(disk))
            assert result(run("check", "--json"), "disk")[0] == "ok"
            fill_up(disk / "ballast")
            ran: Any = run("check", "--json")
            assert (ran.code, "home is nearly full" in result(ran, "disk")[1]) == (1, True)
        finally:
            subprocess.run(["umount", "--lazy", str(disk)], check=True)
