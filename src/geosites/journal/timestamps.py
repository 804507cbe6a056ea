"""RFC 3161 time-stamps of log checkpoints: a third party certifies when the log existed.

For each stamped checkpoint, the log's folder keeps its text and the response, so that `openssl ts
-verify -data N.txt -in N.tsr -CAfile ROOTS` verifies it without geosites.
"""

from __future__ import annotations

import datetime as dt
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from geosites.core.errors import GeositesError, Refused, os_reason, phrase
from geosites.journal.chain import Fault
from geosites.journal.log import JournalLog
from geosites.journal.signed_notes import checkpoint_text
from geosites.journal.tiles import write_whole

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampResponse

WAIT_S = 10
MOST_BYTES = 64_000
"""What the answer of an authority may take."""
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"
_log = structlog.get_logger("geosites")


@dataclass(frozen=True)
class TimestampAuthority:
    """The time-stamp authority's URL, and the PEM file of root certificates for verification."""

    address: str
    roots: Path


def stamp(log: JournalLog, authority: TimestampAuthority) -> dt.datetime | None:
    """Have the last checkpoint stamped unless it is; return its time, or None without a stamp.

    An authority that does not answer, or sends an invalid answer, is logged and retried at the next
    anchor. Raises `Refused` if the packages of the extra `timestamps` are missing, or the file has
    no root certificates.
    """
    _require_packages()
    roots = authority.roots
    _certificates(roots)
    signed = log.checkpoint()
    if signed is None or _answer_file(log, signed.size).exists():
        return None
    try:
        answer = _ask(authority.address, signed.text.encode())
        at = _verified(answer, signed.text.encode(), roots)
    except GeositesError as error:
        _log.warning("checkpoint not stamped", why=str(error)[:200])
        return None
    folder = _answer_file(log, signed.size).parent
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{signed.size}.txt", signed.text.encode())
    write_whole(_answer_file(log, signed.size), answer)
    return at


def last_stamped(log: JournalLog, roots: Path) -> tuple[int, dt.datetime] | None:
    """Return the largest size that has a sound time-stamp, and when it was stamped.

    Raises `Refused` where the packages are missing or the file of roots holds none.
    """
    _require_packages()
    for size in reversed(_sizes(log)):
        try:
            return size, _verified(_answer_file(log, size).read_bytes(), _text(log, size), roots)
        except Refused:
            continue
    return None


def judge_timestamps(log: JournalLog, roots: Path) -> Iterator[Fault]:
    """Yield an error for each time-stamp that does not match the current log.

    Raises `Refused` if the packages are missing or the file has no root certificates.
    """
    _require_packages()
    _certificates(roots)
    for size in _sizes(log):
        try:
            _verified(_answer_file(log, size).read_bytes(), _text(log, size), roots)
        except Refused as error:
            what = phrase(
                "the time-stamp of leaf %(size)s is not valid: %(why)s", size=size, why=str(error)
            )
            yield Fault(chain=None, seq=None, what=what)


def _answer_file(log: JournalLog, size: int) -> Path:
    return log.folder / "timestamps" / f"{size}.tsr"


def _sizes(log: JournalLog) -> list[int]:
    return sorted(int(file.stem) for file in (log.folder / "timestamps").glob("[0-9]*.tsr"))


def _text(log: JournalLog, size: int) -> bytes:
    """Return the checkpoint of a size by the log's own record; raises `Refused` without one."""
    for known in log.growth():
        if known.size == size:
            return checkpoint_text(log.key.name, size, known.root).encode()
    raise Refused("the log never had %(size)s leaves", size=size)


def _ask(address: str, text: bytes) -> bytes:
    """Return the answer of an authority to a request with a nonce of its own."""
    import httpx2
    from rfc3161_client import TimestampRequestBuilder, decode_timestamp_response

    request = TimestampRequestBuilder(data=text, nonce=True, cert_req=True).build()
    try:
        with httpx2.Client(timeout=WAIT_S, follow_redirects=False, trust_env=False) as client:
            answer = client.post(
                address, content=request.as_bytes(), headers={"Content-Type": QUERY}
            )
    except httpx2.HTTPError as error:
        raise Refused("no answer: %(error)s", error=type(error).__name__) from error
    if answer.status_code != 200 or not answer.headers.get("content-type", "").startswith(REPLY):
        raise Refused("the authority answers %(status)s", status=answer.status_code)
    if len(answer.content) > MOST_BYTES:
        raise Refused("the authority answers too much")
    try:
        nonce = decode_timestamp_response(answer.content).tst_info.nonce
    except ValueError as error:
        raise Refused("this is not a time-stamp") from error
    if nonce != request.nonce:
        raise Refused("the authority answers another request")
    return answer.content


def _verified(answer: bytes, text: bytes, roots: Path) -> dt.datetime:
    """Return when a text was stamped; raises `Refused` if the response is not a valid stamp."""
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    builder = VerifierBuilder()
    for root in _certificates(roots):
        builder = builder.add_root_certificate(root)
    try:
        parsed: TimeStampResponse = decode_timestamp_response(answer)
        builder.build().verify_message(parsed, text)
    except (ValueError, VerificationError) as error:
        raise Refused("this is not a time-stamp of it by the authority") from error
    return parsed.tst_info.gen_time


def _certificates(file: Path) -> list[Certificate]:
    """Return the certificates of a PEM file; raises `Refused` where it holds none."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(file.read_bytes())
    except OSError as error:
        raise Refused(
            "%(file)s cannot be read: %(reason)s", file=file, reason=os_reason(error)
        ) from error
    except ValueError as error:
        raise Refused("%(file)s holds no certificate in PEM form", file=file) from error


def _require_packages() -> None:
    try:
        importlib.import_module("rfc3161_client")
    except ImportError as missing:
        raise Refused(
            "GEOSITES_TIMESTAMP_URL is set, and the packages for time-stamps are not installed: "
            "python -m pip install geosites[timestamps]"
        ) from missing
