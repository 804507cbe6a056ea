"""The day of an operator, from an empty machine to a restored service, with reports all along.

A PostgreSQL of somebody else's on a small disk, set up by what `geosites db roles` prints; the
service behind nginx under a path; the schema of the next release while this one serves, and
workers replaced one by one; a full disk; a backup, the loss of the database, a restore. Each step
says what it found and how long it took; the first that is not as it should be ends the day.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from bench.held import Item, Outcome, look
from bench.ports import free_port
from bench.served import COMMAND, Served, wait_until
from bench.small_disk import CAN_MOUNT, small_disk
from bench.strikes import fill_up, item
from bench.tls import HOST, certificate, nginx
from geosites.ops.private_postgres import PrivateCluster
from geosites.ops.private_postgres.binaries import binaries
from geosites.ops.private_postgres.os_user import OsUser, account_for

ROOT = Path(__file__).parent.parent
UNDER = "/counts"
OWNER, LOGIN, DATABASE = "geosites_owner", "geosites_web", "geosites"
PASSWORD = "of-this-day-alone"
NEXT = """
ALTER TABLE sighting ADD COLUMN of_the_next_release text;
UPDATE alembic_version SET version_num = '9999';
COMMENT ON TABLE alembic_version IS 'served by code of schema {since}';
"""
BACK = """
ALTER TABLE sighting DROP COLUMN of_the_next_release;
UPDATE alembic_version SET version_num = '{since}';
"""


class NotAsItShould(Exception):
    """A step found something else than it should."""


def expect(holds: object, what: object) -> None:
    """Raise `NotAsItShould` with what was found, unless something holds."""
    if not holds:
        raise NotAsItShould(str(what))


@dataclass
class Behind(Served):
    """The service over a database that it does not own."""

    told: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of the operator."""
        return dict(self.told)


def _servers() -> OsUser:
    """Return the account that runs the database, which is never root."""
    return account_for(Path("/"), binaries())


@dataclass
class Foreign:
    """A PostgreSQL that the service did not start and does not own."""

    folder: Path
    port: int

    @property
    def data(self) -> Path:
        """Where its files lie."""
        return self.folder / "data"

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the address under which a role finds a database."""
        return f"postgresql://{role}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """Make its files; every role has to show a password."""
        secret = self.folder / "secret"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        words = ("-D", self.data, "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}")
        self._run("initdb", *words)

    def start(self) -> None:
        """Start it, if it does not run."""
        options = (
            f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_wal_size=32MB"
        )
        log = self.folder / "log"
        if self._run("pg_ctl", "-D", self.data, "status", check=False) != 0:
            self._run("pg_ctl", "-w", "-D", self.data, "-o", options, "-l", log, "start")

    def stop(self) -> None:
        """Stop it at once."""
        self._run("pg_ctl", "-D", self.data, "-m", "immediate", "stop", check=False)

    def sql(self, text: str, role: str = "postgres", database: str = "postgres") -> None:
        """Run statements as an administrator does: by psql, which stops at the first error."""
        words = ["psql", "--quiet", "--set=ON_ERROR_STOP=1", self.url(role, database)]
        done = subprocess.run(words, input=text, text=True, capture_output=True, check=False)
        expect(done.returncode == 0, done.stderr)

    def _run(self, program: str, *words: str | Path, check: bool = True) -> int:
        done = _servers().run([binaries() / program, *words])
        expect(done.returncode == 0 or not check, done.stderr + done.stdout)
        return done.returncode


@dataclass
class Day:
    """What the day is about: the database, the service over it, the proxy, the reports so far."""

    database: Foreign
    home: Path
    proxy_port: int
    service_port: int
    service: Behind | None = None
    sent: list[Item] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)

    def geosites(self, *words: str, status: int = 0) -> str:
        """Run a command as an operator does; return what it says, if it ends as it should."""
        done = subprocess.run(
            [*COMMAND, *words], env=self.environment, text=True, capture_output=True, check=False
        )
        expect(done.returncode == status, (words, done.returncode, done.stdout, done.stderr))
        return done.stdout + done.stderr

    def ask(self, path: str) -> tuple[int, Mapping[str, str], str]:
        """Return status, headers and body of an address, asked as a reader far away would."""
        trusted = ssl.create_default_context(cafile=str(self.home / "both.pem"))
        line = http.client.HTTPSConnection(HOST, self.proxy_port, timeout=30, context=trusted)
        bare = socket.create_connection(("127.0.0.1", self.proxy_port), 30)
        line.sock = trusted.wrap_socket(bare, server_hostname=HOST)
        try:
            line.request("GET", path, headers={"Accept": "text/html"})
            got = line.getresponse()
            return got.status, dict(got.getheaders()), got.read().decode()
        finally:
            line.close()

    @property
    def running(self) -> Behind:
        """The service; raises `NotAsItShould` before it was started."""
        if self.service is None:
            raise NotAsItShould("the service does not run yet")
        return self.service

    def report(self, one: Item) -> None:
        """Send a report until it is acknowledged."""
        self.running.report_until_known(one)
        self.sent.append(one)

    def whole(self) -> None:
        """Raise `NotAsItShould` unless each acknowledged report is there once, and the journal."""
        outcome = Outcome()
        look(self.database.url(OWNER), self.sent, outcome)
        expect(outcome.sound and self.sent, outcome)


@contextmanager
def again_and_again(work: Callable[[], object]) -> Iterator[None]:
    """Have something done all the time beside the block; raises `NotAsItShould` where it fails."""
    over, failed = threading.Event(), []

    def go() -> None:
        while not over.wait(0.05):
            try:
                work()
            except Exception as error:
                failed.append(error)
                return

    beside = threading.Thread(target=go)
    beside.start()
    try:
        yield
    finally:
        over.set()
        beside.join()
    expect(not failed, failed)


@contextmanager
def reporting(day: Day) -> Iterator[None]:
    """Have somebody report all the time."""
    rng = random.Random(len(day.sent))
    with again_and_again(lambda: day.report(item(rng))):
        yield


def set_up_the_database(day: Day) -> str:
    """Set a database of one's own up as the page says, first time right."""
    day.database.create()
    day.database.start()
    before = day.geosites("db", "migrate", status=1)
    expect(DATABASE in before, before)
    day.database.sql(day.geosites("db", "roles"))
    for role in (OWNER, LOGIN):
        day.database.sql(f"ALTER ROLE {role} PASSWORD '{PASSWORD}'")
    day.geosites("db", "migrate")
    day.geosites("geo", "load", str(ROOT / "data" / "geo"))
    found = json.loads(day.geosites("check", "--json", status=1))["findings"]
    wrong = {one["check"] for one in found if one["result"] == "failed"}
    expect(wrong == {"certificate"}, found)
    return "roles, schema and geography at the first try; check misses the host's name alone"


def serve_under_a_path(day: Day) -> str:
    """Serve behind nginx under a path, sign-in page, links and reports included."""
    day.geosites("user", "add", "coordination", "--role", "coordinator", "--unit", "PP-Paris")
    told = json.loads(day.geosites("token", "add", "coordination", "--json"))
    day.service = Behind(
        PrivateCluster(day.home),
        day.home,
        2,
        day.service_port,
        token=told["token"],
        told=day.environment,
    )
    day.service.start()
    status, _, page = day.ask(f"{UNDER}/sign-in")
    expect(status == 200, (status, page[:300]))
    led = set(re.findall(r'(?:href|src|action)="(/[^"]*)"', page))
    expect(led and all(one.startswith(UNDER + "/") for one in led), sorted(led))
    for one in sorted(led):
        status, _, _ = day.ask(one.replace("&amp;", "&"))
        expect(status < 400, (status, one))
    day.report(item(random.Random(0)))
    day.whole()
    return f"{len(led)} addresses of the sign-in page lead under {UNDER}; a report came in"


def upgrade(day: Day) -> str:
    """Bring the schema of the next release while this one serves, replace workers, go back."""
    with psycopg.connect(day.database.url(OWNER)) as conn:
        (since,) = conn.execute("SELECT version_num FROM alembic_version").fetchone() or ("",)
    ready: list[int] = []

    def look_again() -> None:
        """Note the status; an answer that never began, of a worker that ends, is asked again."""
        status = day.running.answer("GET", "/readyz")[0]
        ready.append(status or day.running.answer("GET", "/readyz")[0])

    with reporting(day), again_and_again(look_again):
        day.database.sql(NEXT.format(since=since), OWNER, DATABASE)
        for pid in day.running.worker_pids():
            os.kill(pid, signal.SIGTERM)
            wait_until(lambda pid=pid: pid not in day.running.worker_pids())  # type: ignore[misc]
            wait_until(lambda: len(day.running.worker_pids()) == day.running.workers)
        time.sleep(1)
        day.database.sql(BACK.format(since=since), OWNER, DATABASE)
        time.sleep(0.5)
    unready = sum(status != 200 for status in ready)
    expect(ready and not unready, f"/readyz was not 200 in {unready} of {len(ready)}")
    day.whole()
    return f"/readyz 200 in all of {len(ready)} looks, {len(day.sent)} reports so far"


def fill_the_disk(day: Day) -> str:
    """Leave no room on the disk of the database: it is said, and nothing acknowledged is lost."""
    ballast = day.database.folder / "ballast"
    with reporting(day):
        fill_up(ballast)
        one = item(random.Random("the full disk"))
        status, headers, _ = day.running.answer("POST", "/api/sightings", one)
        expect(status in (201, 503), status)
        expect(status == 201 or "retry-after" in headers, headers)
        time.sleep(1)
        ballast.unlink()
        day.database.start()
    day.running.await_ready()
    day.whole()
    return f"a report was answered {status}; {len(day.sent)} reports so far, each there once"


def restore(day: Day) -> str:
    """Back up, lose the database, set it up anew, restore: the same, to the last entry."""
    file = day.home / "evening.geosites"
    told = json.loads(day.geosites("db", "backup", str(file), "--json"))
    day.running.stop()
    day.database.sql(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    for role in (LOGIN, OWNER, "geosites_service", "geosites_reader"):
        day.database.sql(f"DROP ROLE {role}")
    day.database.sql(day.geosites("db", "roles"))
    for role in (OWNER, LOGIN):
        day.database.sql(f"ALTER ROLE {role} PASSWORD '{PASSWORD}'")
    refused = day.geosites("db", "restore", str(file), status=1)
    expect("may not create or rename databases" in refused, refused)
    day.database.sql(f"ALTER ROLE {OWNER} CREATEDB")
    back = json.loads(day.geosites("db", "restore", str(file), "--json"))
    day.database.sql(f"ALTER ROLE {OWNER} NOCREATEDB")
    expect(back["rows"] == told["rows"], (back["rows"], told["rows"]))
    day.running.start()
    with reporting(day):
        time.sleep(1)
    day.whole()
    day.geosites("audit", "verify")
    day.running.stop()
    return f"{told['rows']} rows, {len(day.sent)} reports and the journal are there; stopped with 0"


STEPS: Mapping[str, Callable[[Day], str]] = {
    "a database of one's own": set_up_the_database,
    "under a path of a proxy": serve_under_a_path,
    "the next release": upgrade,
    "a full disk": fill_the_disk,
    "backup, loss, restore": restore,
}


@contextmanager
def began() -> Iterator[Day]:
    """Yield a day that begins on an empty machine."""
    with ExitStack() as over, tempfile.TemporaryDirectory(prefix="geosites-day-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        if CAN_MOUNT:
            disk = over.enter_context(small_disk(600))
        else:
            disk = Path(folder) / "disk"
            disk.mkdir(mode=0o755)
            Path(folder).chmod(0o755)
        shutil.chown(disk, _servers().uid, _servers().gid)
        database, ports = Foreign(disk, free_port()), (free_port(), free_port())
        day = Day(database, home, *ports)
        day.environment = {
            **{name: value for name, value in os.environ.items() if "GEOSITES" not in name},
            "GEOSITES_HOME": str(home),
            "GEOSITES_DATABASE_URL": database.url(OWNER),
            "GEOSITES_SERVICE_URL": database.url(LOGIN),
            "GEOSITES_PUBLIC_URL": f"https://{HOST}:{ports[0]}{UNDER}",
            "GEOSITES_TRUSTED_PROXIES": "127.0.0.1",
            "GEOSITES_LANGUAGE": "en",
        }
        over.enter_context(_proxied(home, *ports))
        over.callback(database.stop)
        over.callback(lambda: day.service and day.service.kill())
        yield day


@contextmanager
def _proxied(home: Path, port: int, service_port: int) -> Iterator[None]:
    """Run nginx with the file of deploy/proxy, for a path."""
    words = nginx(home, port, service_port, certificate(home), UNDER)
    with (home / "nginx.log").open("wb") as log, subprocess.Popen(words, stderr=log) as running:
        try:
            yield
        finally:
            running.terminate()


def live() -> bool:
    """Live through the day, saying what was found; return whether all was as it should be."""
    with began() as day:
        for name, step in STEPS.items():
            start = time.monotonic()
            try:
                found = step(day)
            except (NotAsItShould, OSError, TimeoutError) as error:
                print(f"BROKEN  {name}: {error}", flush=True)
                return False
            print(f"ok  {name}: {found} ({time.monotonic() - start:.0f} s)", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(0 if live() else 1)
