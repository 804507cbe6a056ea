"""Uploads kept by several requests at once, each of which forgets what is too old."""

from __future__ import annotations

import io
import os
import secrets
import shutil
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from geosites.core.errors import NotFound
from geosites.web.data_files import waiting_uploads
from geosites.web.data_files.import_jobs import ImportJob

LOGIN = "desk"
LONG_AGO_S = 1_000_000_000


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def old_uploads(count: int) -> list[Path]:
    """Keep files, and make them too old."""
    tokens = [waiting_uploads.keep(LOGIN, "week.csv", io.BytesIO(b"a")) for _ in range(count)]
    places = [waiting_uploads.place(LOGIN, one) for one in tokens]
    for one in places:
        os.utime(one, (LONG_AGO_S, LONG_AGO_S))
    return places


def test_uploads_at_once_forget_the_same_old_ones() -> None:
    """Many requests meet the same folders, and one of them is the first to remove each."""
    for _ in range(4):
        old = old_uploads(150)
        with ThreadPoolExecutor(8) as pool:
            tokens = list(
                pool.map(
                    lambda at: waiting_uploads.keep(LOGIN, f"{at}.csv", io.BytesIO()), range(8)
                )
            )
        assert [waiting_uploads.find(LOGIN, one).name for one in tokens] == [
            f"{at}.csv" for at in range(8)
        ]
        assert not any(one.exists() for one in old)


def test_an_upload_being_forgotten_is_not_found() -> None:
    """Its folder is there still, and empty."""
    token = waiting_uploads.keep(LOGIN, "week.csv", io.BytesIO(b"a"))
    waiting_uploads.find(LOGIN, token).unlink()
    with pytest.raises(NotFound):
        waiting_uploads.find(LOGIN, token)
    waiting_uploads.place(LOGIN, token).rmdir()
    with pytest.raises(NotFound):
        waiting_uploads.find(LOGIN, token)


def test_a_job_is_claimed_while_its_upload_is_forgotten() -> None:
    """The folder of a job may go between its making and its lock."""
    token = secrets.token_urlsafe(24)
    kept = waiting_uploads.place(LOGIN, token)
    job = ImportJob.of(kept, "look")
    ended = threading.Event()

    def forget() -> None:
        while not ended.is_set():
            shutil.rmtree(job.folder, ignore_errors=True)

    with ThreadPoolExecutor(2) as pool:
        forgetting = [pool.submit(forget) for _ in range(2)]
        try:
            for _ in range(3_000):
                lock = job.claim()
                if lock is not None:
                    os.close(lock)
        finally:
            ended.set()
        for one in forgetting:
            one.result()
