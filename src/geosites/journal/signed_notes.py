"""Signed notes, checkpoints and cosignatures in the C2SP formats, with Ed25519.

https://c2sp.org/signed-note, https://c2sp.org/tlog-checkpoint, https://c2sp.org/tlog-cosignature.
Keys are written as Go's `note` package writes them, so that its tools read them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from geosites.core.errors import Refused

LOG, WITNESS = 1, 4
"""The types of a signature: a log's own, and the dated one of a witness."""
MOST_SIGNATURES = 32
LONGEST_NOTE = 1 << 16
_LINE = re.compile(r"^— (\S+) ([A-Za-z0-9+/]+={0,2})$")
_NAME = re.compile(r"^[^\s+]{1,120}$")
_SIZE = re.compile(r"^(0|[1-9][0-9]{0,18})$")


@dataclass(frozen=True, kw_only=True)
class VerifierKey:
    """The public half of a key: who signs, how, and with what."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that name the key in a signature."""
        head = f"{self.name}\n".encode() + bytes([self.kind]) + self.public
        return hashlib.sha256(head).digest()[:4]

    def __str__(self) -> str:
        """Return the key in its published form: name, id and key, joined by `+`."""
        return f"{self.name}+{self.key_id.hex()}+{encode(bytes([self.kind]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        """Return the key that a text holds; raises `Refused` where it holds none."""
        try:
            name, key_id, encoded = text.strip().split("+", 2)
            raw = decode(encoded)
        except ValueError:
            raise Refused("not a verifier key: %(text)r", text=text[:80]) from None
        key = cls(name=name, kind=raw[0] if raw else 0, public=raw[1:])
        known = key.kind in (LOG, WITNESS) and len(key.public) == 32
        if not known or not _NAME.match(name) or key.key_id.hex() != key_id:
            raise Refused("not a verifier key: %(text)r", text=text[:80])
        return key

    def verifies(self, signed: Signature, text: str) -> bool:
        """Return whether a signature is this key's, of a text."""
        body, message = signed.value, text.encode()
        if self.kind == WITNESS:
            if len(body) != 72:
                return False
            message = dated(text, int.from_bytes(body[:8], "big"))
            body = body[8:]
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(body, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """A key with its private half, the seed of 32 bytes."""

    name: str
    kind: int
    seed: bytes

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return VerifierKey(name=self.name, kind=self.kind, public=public)

    def __repr__(self) -> str:
        return f"SigningKey({self.verifier})"

    def secret_text(self) -> str:
        """Return the key as its file holds it."""
        encoded = encode(bytes([self.kind]) + self.seed)
        return f"PRIVATE+KEY+{self.name}+{self.verifier.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, text: str) -> SigningKey:
        """Return the key of a file; raises `Refused` where it holds none."""
        try:
            private, word, name, key_id, encoded = text.strip().split("+", 4)
            raw = decode(encoded)
            key = cls(name=name, kind=raw[0], seed=raw[1:])
            sound = (private, word) == ("PRIVATE", "KEY") and len(key.seed) == 32
        except (ValueError, IndexError):
            sound = False
        if not sound or key.verifier.key_id.hex() != key_id:
            raise Refused("the file of the signing key is damaged")
        return key

    def sign(self, text: str, posix: int = 0) -> str:
        """Return the signature line of a text; a witness adds the time, in seconds since 1970."""
        private = Ed25519PrivateKey.from_private_bytes(self.seed)
        if self.kind == WITNESS:
            value = posix.to_bytes(8, "big") + private.sign(dated(text, posix))
        else:
            value = private.sign(text.encode())
        return f"— {self.name} {encode(self.verifier.key_id + value)}"


@dataclass(frozen=True, kw_only=True)
class Signature:
    """A signature line: the name, the four bytes of the key, the rest."""

    name: str
    key_id: bytes
    value: bytes
    line: str


@dataclass(frozen=True, kw_only=True)
class LogCheckpoint:
    """A signed tree head: log, number of leaves, root, and signatures."""

    origin: str
    size: int
    root: bytes
    text: str
    signatures: tuple[Signature, ...]

    @property
    def note(self) -> str:
        """Return the checkpoint as a signed note."""
        lines = "".join(f"{item.line}\n" for item in self.signatures)
        return f"{self.text}\n{lines}"

    def signed_by(self, key: VerifierKey) -> bool:
        """Return whether this key signed; one wrong signature in its name spoils the others."""
        own = [s for s in self.signatures if (s.name, s.key_id) == (key.name, key.key_id)]
        return bool(own) and all(key.verifies(item, self.text) for item in own)


def encode(raw: bytes) -> str:
    """Return bytes in base64."""
    return base64.b64encode(raw).decode()


def decode(text: str) -> bytes:
    """Decode strict base64; raises `ValueError`."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None


def dated(text: str, posix: int) -> bytes:
    """Return what a witness signs of a checkpoint."""
    return f"cosignature/v1\ntime {posix}\n{text}".encode()


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """Return the text of a checkpoint."""
    return f"{origin}\n{size}\n{encode(root)}\n"


def with_signatures(text: str, lines: Iterable[str]) -> LogCheckpoint:
    """Return the checkpoint of a text and of its signature lines; raises `Refused`."""
    return parse_checkpoint(f"{text}\n" + "".join(f"{line}\n" for line in lines))


def parse_checkpoint(note: str) -> LogCheckpoint:
    """Return the checkpoint that a signed note is; raises `Refused` where it is none.

    No signature is verified here.
    """
    text, blank, lines = note.rpartition("\n\n")
    fields = text.split("\n")
    signatures = signature_lines(lines)
    if len(note) > LONGEST_NOTE or not blank or len(fields) < 3 or "" in fields:
        raise Refused("not a checkpoint")
    if not signatures or not _SIZE.match(fields[1]) or any(ord(c) < 32 for c in "".join(fields)):
        raise Refused("not a checkpoint")
    try:
        root = decode(fields[2])
    except ValueError:
        root = b""
    if len(root) != 32:
        raise Refused("not a checkpoint")
    return LogCheckpoint(
        origin=fields[0],
        size=int(fields[1]),
        root=root,
        text=f"{text}\n",
        signatures=signatures,
    )


def signature_lines(lines: str) -> tuple[Signature, ...]:
    """Parse signature lines, each with its newline; raises `Refused` for an invalid line."""
    result = []
    parts = lines.split("\n")
    if parts.pop() or len(parts) > MOST_SIGNATURES:
        raise Refused("not a signed note")
    for line in parts:
        found = _LINE.match(line)
        try:
            raw = decode(found[2]) if found else b""
        except ValueError:
            raw = b""
        if found is None or len(raw) < 5 or not _NAME.match(found[1]):
            raise Refused("not a signed note")
        result.append(Signature(name=found[1], key_id=raw[:4], value=raw[4:], line=line))
    return tuple(result)
