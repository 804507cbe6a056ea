"""Time-stamps of the journal's log, by an authority that OpenSSL is, and by some that lie."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from geosites.core.errors import Refused
from geosites.db import journal
from geosites.db.postgres.connection import Store
from geosites.journal.anchors import Outside, extend
from geosites.journal.log import JournalLog
from geosites.journal.timestamps import (
    MOST_BYTES,
    TimestampAuthority,
    judge_timestamps,
    last_stamped,
    stamp,
)
from samples.journal_samples import WHO

CONFIG = """
[tsa]
default_tsa = one
[one]
dir = {folder}
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""
Answer = Callable[[bytes], bytes]


def openssl(*words: object, folder: Path) -> subprocess.CompletedProcess[bytes]:
    command = ["openssl", *map(str, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False)


class Openssl:
    """An authority with keys of its own: what it answers to a query."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "ts.cnf").write_text(CONFIG.format(folder=folder))
        (folder / "serial").write_text("01\n")
        for name, subject in (("root", "/CN=Root"), ("tsa", "/CN=Authority")):
            new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
            shared = ("-keyout", f"{name}.key", "-subj", subject, "-config", "ts.cnf")
            last = ("-x509", "-days", 30, "-extensions", "root", "-out", "root.pem")
            kind = last if name == "root" else ("-out", "tsa.csr")
            assert openssl("req", *new, *shared, *kind, folder=folder).returncode == 0
        signing = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", 30)
        extensions = ("-extfile", "ts.cnf", "-extensions", "signer", "-out", "tsa.pem")
        made = openssl("x509", "-req", "-in", "tsa.csr", *signing, *extensions, folder=folder)
        assert made.returncode == 0

    @property
    def roots(self) -> Path:
        return self.folder / "root.pem"

    def answer(self, query: bytes) -> bytes:
        (self.folder / "query").write_bytes(query)
        words = ("ts", "-reply", "-queryfile", "query", "-config", "ts.cnf", "-section", "one")
        done = openssl(*words, "-out", "reply", folder=self.folder)
        assert done.returncode == 0, done.stderr
        return (self.folder / "reply").read_bytes()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Openssl:
    return Openssl(tmp_path_factory.mktemp("tsa") / "one")


@pytest.fixture
def serve() -> Iterator[Callable[[Answer], str]]:
    """Return a function that serves answers to queries and returns the address."""
    servers = []

    def start(answer: Answer) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def log(tmp_path: Path) -> JournalLog:
    return JournalLog(tmp_path / "log", "geosites.example/journal/log")


def note(store: Store, count: int = 3) -> None:
    for number in range(count):
        with store.begin() as conn:
            journal.act_as(conn, WHO, "api", "prefect's request")
            journal.consulted(conn, "read week", [f"week=2022-W{number:02}"])


def told(log: JournalLog, roots: Path) -> list[str]:
    return [str(fault.what) for fault in judge_timestamps(log, roots)]


def test_a_checkpoint_is_stamped_once_and_openssl_agrees(
    store: Store, log: JournalLog, authority: Openssl, serve: Callable[[Answer], str]
) -> None:
    asked = []

    def counted(query: bytes) -> bytes:
        asked.append(query)
        return authority.answer(query)

    at = TimestampAuthority(serve(counted), authority.roots)
    outside = replace(Outside.of(log.folder.parent), log=log, authority=at)
    note(store)
    extend(store, outside)
    signed = log.checkpoint()
    assert signed is not None
    stamped = last_stamped(log, authority.roots)
    assert stamped is not None
    size, when = stamped
    assert size == signed.size
    assert abs(when - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=2)
    assert told(log, authority.roots) == []
    assert stamp(log, at) is None  # it is stamped already
    assert len(asked) == 1
    folder = log.folder / "timestamps"
    words = ("-data", f"{size}.txt", "-in", f"{size}.tsr", "-CAfile", authority.roots)
    assert openssl("ts", "-verify", *words, folder=folder).returncode == 0
    assert (folder / f"{size}.txt").read_text() == signed.text


@pytest.mark.parametrize("change", ["another log", "another size", "one byte", "cut", "empty"])
def test_a_stamp_that_does_not_fit_is_told(
    store: Store,
    log: JournalLog,
    authority: Openssl,
    serve: Callable[[Answer], str],
    tmp_path: Path,
    change: str,
) -> None:
    at = TimestampAuthority(serve(authority.answer), authority.roots)
    note(store)
    log.extend(store)
    stamp(log, at)
    (file,) = (log.folder / "timestamps").glob("*.tsr")
    content = file.read_bytes()
    if change == "another log":
        other = JournalLog(tmp_path / "other", "elsewhere.example/journal/log")
        other.extend(store)
        stamp(other, at)
        file.write_bytes((other.folder / "timestamps" / file.name).read_bytes())
    elif change == "another size":
        file.rename(file.with_name("1000.tsr"))
    else:
        middle = len(content) // 2
        bent = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        file.write_bytes({"one byte": bent, "cut": content[:-9], "empty": b""}[change])
    (fault,) = told(log, authority.roots)
    assert "time-stamp" in fault
    assert last_stamped(log, authority.roots) is None


def test_what_is_no_stamp_of_it_is_not_kept(
    store: Store,
    log: JournalLog,
    authority: Openssl,
    serve: Callable[[Answer], str],
    tmp_path: Path,
) -> None:
    note(store)
    log.extend(store)
    known: list[bytes] = []

    def again(query: bytes) -> bytes:
        known.append(authority.answer(query))
        return known[0]

    repeated = TimestampAuthority(serve(again), authority.roots)
    stamp(log, repeated)
    for file in (log.folder / "timestamps").iterdir():
        file.unlink()
    stranger = Openssl(tmp_path / "stranger")
    liars = {
        "an old answer": repeated,
        "another authority": TimestampAuthority(serve(stranger.answer), authority.roots),
        "a page": TimestampAuthority(serve(lambda _: b"<p>Sign in</p>"), authority.roots),
        "nothing": TimestampAuthority(serve(lambda _: b""), authority.roots),
        "too much": TimestampAuthority(serve(lambda _: b"\0" * (MOST_BYTES + 1)), authority.roots),
        "nobody there": TimestampAuthority("http://127.0.0.1:1/", authority.roots),
    }
    for name, at in liars.items():
        assert stamp(log, at) is None, name
        assert list((log.folder / "timestamps").iterdir()) == [], name
    honest = TimestampAuthority(serve(authority.answer), authority.roots)
    assert stamp(log, honest) is not None


def test_roots_that_are_none_are_refused_by_name(log: JournalLog, tmp_path: Path) -> None:
    (tmp_path / "roots.pem").write_text("no certificate")
    for name, why in (("roots.pem", "no certificate"), ("gone.pem", "cannot be read")):
        with pytest.raises(Refused, match=why):
            stamp(log, TimestampAuthority("http://127.0.0.1:1/", tmp_path / name))


def test_without_its_packages_it_is_refused_by_name(
    log: JournalLog, authority: Openssl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    with pytest.raises(Refused, match=r"geosites\[timestamps\]"):
        stamp(log, TimestampAuthority("http://127.0.0.1:1/", authority.roots))
