"""Background jobs: read, check, write and undo imports without blocking a request.

Bulletins are issued the same way. Each job on an upload or an import has a folder with its progress
and its result. Any worker can answer from there. A lock shows which process runs the job, and is
released if that process dies.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import pickle
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from geosites.core import deadline
from geosites.core.deadline import Deadline
from geosites.core.errors import GeositesError, Phrase, phrase
from geosites.imports.import_outcome import ImportReport
from geosites.imports.import_progress import ImportProgress, ImportStage, Tell
from geosites.maps.import_preview import Square
from geosites.web.data_files import waiting_uploads

LONGEST_S = 1800.0
"""Time limit of a job on a file."""
MOST_AT_ONCE = 2
_LOOK_S, _WRITE_S = 0.02, 0.2

_log = logging.getLogger("geosites.imports")


@dataclass(frozen=True, kw_only=True)
class ImportResult:
    """Result of a job: columns, report and positions of rows, or an error.

    `outdated`: nothing was done, since the data is no longer what was read.
    """

    header: tuple[str, ...] = ()
    report: ImportReport | None = None
    squares: tuple[Square, ...] = ()
    reason: Phrase | None = None
    outdated: bool = False


Work = Callable[[Tell], ImportResult]


@dataclass(frozen=True)
class ImportJob:
    """A job on an upload with certain choices; `folder` exists once it was started."""

    folder: Path

    @classmethod
    def of(cls, upload: Path, what: str) -> ImportJob:
        """Return the job that does `what` with an upload."""
        name = hashlib.sha256(what.encode()).hexdigest()[:24]
        return cls(upload.with_name(f"{upload.name}.{name}"))

    @classmethod
    def about(cls, login: str, what: str) -> ImportJob:
        """Return the job of an account that does `what` without an upload."""
        return cls(waiting_uploads.place_of(login, what))

    @classmethod
    def of_all(cls, what: str) -> ImportJob:
        """Return the shared job for `what`."""
        return cls.about("", what)

    @property
    def begun(self) -> bool:
        """Whether anybody was ever at it."""
        return self.folder.is_dir()

    @property
    def idle(self) -> bool:
        """Whether nobody is at it: it is done, or the process died that was."""
        lock = self.claim()
        if lock is not None:
            os.close(lock)
        return lock is not None

    def result(self) -> ImportResult | None:
        """Return the result; None while it is under way."""
        with suppress(FileNotFoundError):
            content = self._result.read_bytes()  # of a folder that nobody else writes to
            result: ImportResult = pickle.loads(content)  # noqa: S301
            return result
        return None

    def progress(self) -> ImportProgress | None:
        """Return the progress; None while it waits for others."""
        with suppress(FileNotFoundError, ValueError):
            told = json.loads(self._progress.read_text())
            return ImportProgress(**{**told, "stage": ImportStage(told["stage"])})
        return None

    def wait(self, seconds: float) -> ImportResult | None:
        """Return the result within a time limit."""
        end = time.monotonic() + seconds
        while (found := self.result()) is None and time.monotonic() < end:
            time.sleep(_LOOK_S)
        return found

    def claim(self, *, anew: bool = False) -> int | None:
        """Return the lock for running the job; None if it is finished or run elsewhere.

        `anew`: discard an earlier result, so that the job runs again.
        """
        lock = self._opened()
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        if anew:
            self.forget()
        elif self.result() is not None:
            os.close(lock)
            return None
        return lock

    def _opened(self) -> int:
        """Open the lock in the folder, which is created again if the upload was just removed."""
        while True:
            with suppress(FileExistsError):
                self.folder.mkdir(mode=0o700)
            with suppress(FileNotFoundError):
                return os.open(self.folder / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)

    def forget_result(self, *, older_than_s: float | None = None, failed: bool = False) -> None:
        """Discard the result if it is too old or a failure."""
        with suppress(FileNotFoundError):
            age_s = time.time() - self._result.stat().st_mtime
            found = self.result()
            old = older_than_s is not None and age_s > older_than_s
            if old or (failed and found is not None and found.reason is not None):
                self._result.unlink()

    def forget(self) -> None:
        """Discard an earlier result and progress, so that the job runs again."""
        for path in (self._result, self._progress):
            path.unlink(missing_ok=True)

    def tell(self, told: ImportProgress) -> None:
        """Write down how far it is."""
        _put(self._progress, json.dumps(asdict(told)).encode())

    def end(self, result: ImportResult) -> None:
        """Store the result."""
        _put(self._result, pickle.dumps(result))

    @property
    def _result(self) -> Path:
        return self.folder / "result"

    @property
    def _progress(self) -> Path:
        return self.folder / "progress"


class ImportJobs:
    """The jobs of this process: a few at a time, the others wait."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: set[Deadline] = set()

    def begin(self, job: ImportJob, work: Work, *, anew: bool = False) -> None:
        """Start a job, unless it is under way or finished; `anew`: unless it is under way."""
        lock = job.claim(anew=anew)
        if lock is None:
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="import")
        self._pool.submit(self._do, job, work, lock)

    def stop(self) -> None:
        """Stop running jobs; their transactions are rolled back."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
        for one in list(self._under_way):
            one.stop()
        if self._pool is not None:
            self._pool.shutdown(wait=True)
            self._pool = None

    def _do(self, job: ImportJob, work: Work, lock: int) -> None:
        limit, told = Deadline(LONGEST_S), _Seldom(job)
        self._under_way.add(limit)
        try:
            with deadline.within(limit):
                result = work(told)
        except GeositesError as error:
            result = ImportResult(reason=error.message)
        except Exception:
            _log.exception("an import failed")
            result = ImportResult(
                reason=phrase("this failed, and nothing was written; tell the operator")
            )
        finally:
            self._under_way.discard(limit)
        with suppress(FileNotFoundError):  # the upload was forgotten meanwhile
            job.end(result)
        os.close(lock)


class _Seldom:
    """Records the progress of a job at most as often as it is polled; stops it on request."""

    def __init__(self, job: ImportJob) -> None:
        self._job, self._last, self._stage = job, 0.0, ""

    def __call__(self, told: ImportProgress) -> None:
        deadline.check()
        now = time.monotonic()
        if told.stage == self._stage and now - self._last < _WRITE_S:
            return
        self._last, self._stage = now, told.stage
        with suppress(FileNotFoundError):
            self._job.tell(told)


def _put(path: Path, content: bytes) -> None:
    """Write a file so that nobody reads half of it."""
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.rename(path)
