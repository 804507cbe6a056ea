"""Log witnesses (https://c2sp.org/tlog-witness): requesting and issuing cosignatures.

A witness certifies that a log it knows has only grown. If the services of two administrations
witness each other, neither can rewrite its journal without the other.
"""

from __future__ import annotations

import fcntl
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from geosites.core.errors import GeositesError, Refused, os_reason
from geosites.journal import merkle
from geosites.journal.log import JournalLog, kept_key, made_up
from geosites.journal.signed_notes import (
    LOG,
    WITNESS,
    LogCheckpoint,
    SigningKey,
    VerifierKey,
    decode,
    encode,
    parse_checkpoint,
    signature_lines,
    with_signatures,
)
from geosites.journal.tiles import write_whole

WAIT_S = 10.0
MOST_PROOF = 63
SIZE_TYPE = "text/x.tlog.size"
_log = structlog.get_logger("geosites")


@dataclass(frozen=True, kw_only=True)
class KnownWitness:
    """A witness from which cosignatures are requested: its key, and the URL before
    `/add-checkpoint`.
    """

    key: VerifierKey
    address: str


@dataclass(frozen=True, kw_only=True)
class WitnessAnswer:
    """An answer of a witness: its status, and its text."""

    status: int
    text: str = ""
    media_type: str = "text/plain; charset=utf-8"


def lines_of(file: Path) -> list[str]:
    """Return the lines of a file, without blank ones and comments; raises `Refused`."""
    try:
        text = file.read_text()
    except (OSError, UnicodeDecodeError) as error:
        why = os_reason(error) if isinstance(error, OSError) else "UTF-8"
        raise Refused("%(file)s cannot be read: %(reason)s", file=file, reason=why) from error
    return [line.strip() for line in text.splitlines() if line.strip() and line[0] != "#"]


def known_witnesses(file: Path) -> list[KnownWitness]:
    """Return the witnesses of a file, `KEY ADDRESS` a line; raises `Refused`."""
    result = []
    for line in lines_of(file):
        key, _, address = line.partition(" ")
        known = KnownWitness(key=VerifierKey.parse(key), address=address.strip().rstrip("/"))
        if urlsplit(known.address).scheme not in ("http", "https") or known.key.kind != WITNESS:
            raise Refused("not a witness: %(line)r", line=line[:160])
        result.append(known)
    return result


def known_logs(file: Path) -> dict[str, VerifierKey]:
    """Return the logs of a file, a key a line, by name; raises `Refused`."""
    keys = [VerifierKey.parse(line) for line in lines_of(file)]
    for key in keys:
        if key.kind != LOG:
            raise Refused("not the key of a log: %(key)s", key=str(key))
    return {key.name: key for key in keys}


def ask_all(log: JournalLog, witnesses: Sequence[KnownWitness]) -> int:
    """Request a cosignature of the checkpoint from each witness, and return how many were given.

    A witness that does not answer is logged and does not affect the others.
    """
    given = 0
    for witness in witnesses:
        signed = log.checkpoint()
        if signed is None or signed.signed_by(witness.key):
            given += signed is not None
            continue
        try:
            log.cosigned(signed, [_ask(log, signed, witness)])
            given += 1
        except (GeositesError, OSError, ValueError) as error:
            _log.warning("checkpoint not cosigned", witness=witness.key.name, why=str(error)[:200])
    return given


def _ask(log: JournalLog, signed: LogCheckpoint, witness: KnownWitness) -> str:
    """Return the signature line of a witness; raises `Refused` where it gives none."""
    answer = _send(witness, _request(log, signed, 0))
    if answer.status == 409 and answer.media_type.startswith(SIZE_TYPE):
        answer = _send(witness, _request(log, signed, int(answer.text)))
    if answer.status != 200:
        raise Refused("the witness answers %(status)s", status=answer.status)
    lines = [item.line for item in signature_lines(answer.text)]
    own = [line for line in lines if line.split(" ")[1] == witness.key.name]
    if not own or not with_signatures(signed.text, own[:1]).signed_by(witness.key):
        raise Refused("the witness does not sign with its key")
    return own[0]


def _request(log: JournalLog, signed: LogCheckpoint, old: int) -> bytes:
    if old > signed.size:
        raise Refused("the witness knows a longer log")
    path = merkle.consistency_proof(log.tiles(signed.size), old, signed.size)
    own = with_signatures(signed.text, [signed.signatures[0].line])
    return "\n".join([f"old {old}", *map(encode, path), "", own.note]).encode()


def _send(witness: KnownWitness, body: bytes) -> WitnessAnswer:
    import httpx2

    try:
        with httpx2.Client(timeout=WAIT_S, follow_redirects=False) as client:
            answer = client.post(f"{witness.address}/add-checkpoint", content=body)
    except httpx2.HTTPError as error:
        raise Refused("no answer: %(error)s", error=type(error).__name__) from error
    media_type = answer.headers.get("content-type", "")
    return WitnessAnswer(status=answer.status_code, text=answer.text, media_type=media_type)


class Witness:
    """Cosigns the checkpoints of known logs, and stores the last one of each.

    The state is in files of one folder, since several processes answer.
    """

    def __init__(
        self, folder: Path, logs: Mapping[str, VerifierKey], name: str | None = None
    ) -> None:
        self.folder, self.logs, self._name = folder, logs, name

    @property
    def key(self) -> SigningKey:
        """The signing key, created on first use."""
        return kept_key(self.folder / "witness.key", WITNESS, self._name or made_up("witness"))

    def add_checkpoint(self, body: str, posix: int) -> WitnessAnswer:
        """Return what a witness answers to a request, by the specification."""
        asked = _parsed(body)
        if asked is None:
            return WitnessAnswer(status=400)
        old, path, signed = asked
        key = self.logs.get(signed.origin)
        if key is None:
            return WitnessAnswer(status=404)
        if not signed.signed_by(key):
            return WitnessAnswer(status=403)
        if old > signed.size:
            return WitnessAnswer(status=400)
        with self._alone(signed.origin) as file:
            return self._decide(file, old, path, signed, posix)

    def _decide(
        self, file: Path, old: int, path: list[bytes], signed: LogCheckpoint, posix: int
    ) -> WitnessAnswer:
        last = parse_checkpoint(file.read_text()) if file.exists() else None
        size, root = (last.size, last.root) if last else (0, merkle.EMPTY_ROOT)
        if old != size:
            return WitnessAnswer(status=409, text=f"{size}\n", media_type=SIZE_TYPE)
        if old == signed.size and root != signed.root:
            return WitnessAnswer(status=409)
        if old and not merkle.consistent(old, root, signed.size, signed.root, path):
            return WitnessAnswer(status=422)
        if not old and path:
            return WitnessAnswer(status=422)
        line = self.key.sign(signed.text, posix)
        write_whole(file, with_signatures(signed.text, [line]).note.encode())
        return WitnessAnswer(status=200, text=f"{line}\n")

    @contextmanager
    def _alone(self, origin: str) -> Iterator[Path]:
        """Let one at a time decide about a log; yield the file of its last checkpoint."""
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / hashlib.sha256(origin.encode()).hexdigest()
        with file.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield file


def _parsed(body: str) -> tuple[int, list[bytes], LogCheckpoint] | None:
    """Return the old size, the proof and the checkpoint of a request, or None where it is none."""
    head, blank, note = body.partition("\n\n")
    first, *rest = head.split("\n")
    old = first.removeprefix("old ")
    plain = old.isascii() and old.isdigit() and (old == "0" or old[0] != "0") and len(old) < 19
    if not blank or not first.startswith("old ") or not plain or len(rest) > MOST_PROOF:
        return None
    try:
        path, signed = [decode(line) for line in rest], parse_checkpoint(note)
    except (ValueError, GeositesError):
        return None
    return None if any(len(item) != 32 for item in path) else (int(old), path, signed)
