"""Passwords: argon2id, by the library that others have reviewed."""

from __future__ import annotations

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from geosites.core.errors import Refused

SHORTEST, LONGEST = 12, 128

HASHER = PasswordHasher()
"""The second recommendation of RFC 9106: 64 MiB, three passes, four lanes."""


def checked(password: str, login: str) -> str:
    """Return a new password as it is hashed, or raise `Refused` with what it lacks."""
    plain = _normal(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise Refused(
            "a password has %(shortest)s to %(longest)s characters",
            shortest=SHORTEST,
            longest=LONGEST,
        )
    if login in plain.lower() or len(set(plain)) < 5:
        raise Refused("a password is neither built on the login nor a few characters repeated")
    return plain


def hash_of(password: str, hasher: PasswordHasher = HASHER) -> str:
    """Return what is kept of a password."""
    return hasher.hash(_normal(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Return whether a password is the one that was hashed.

    Where there is no hash a password is hashed all the same, so that an answer takes as long for
    a login nobody has as for one that somebody has.
    """
    try:
        HASHER.verify(password_hash or _NOBODY, _normal(password)[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$/scjrhLSsykp2ZSyrpr5sw"
    "$nTKR9f105w9EpU/BPYQDek77kyYISosNrhyy3jeOUBM"
)
"""A hash with our parameters that is of no password anybody knows."""
