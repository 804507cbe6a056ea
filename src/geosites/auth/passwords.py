"""Password hashing with argon2id, by a reviewed library."""

from __future__ import annotations

import re
import unicodedata
from importlib.resources import files
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from geosites.core.errors import Refused

SHORTEST, LONGEST = 12, 128

HASHER = PasswordHasher()
"""The second recommendation of RFC 9106: 64 MiB, three passes, four lanes."""


def checked(password: str, login: str) -> str:
    """Return a new password in normalised form, or raise `Refused` with the reason."""
    plain = _normal(password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise Refused(
            "a password has %(shortest)s to %(longest)s characters",
            shortest=SHORTEST,
            longest=LONGEST,
        )
    if login in plain.lower() or len(set(plain)) < 5:
        raise Refused("a password is neither built on the login nor a few characters repeated")
    if _is_common(plain):
        raise Refused("this password is among the first that anybody would try")
    return plain


def _is_common(plain: str) -> bool:
    """Return whether a password is common words, runs of the keyboard and digits, and no more.

    Twelve characters leave few of the lists of leaked passwords: nearly all of them are built so.
    """
    runs = len({(ord(after) - ord(before)) % 10 for before, after in pairwise(plain)}) == 1
    small = plain.lower()
    readings = small.translate(_ACCENTS), small.translate(_ACCENTS | _LOOKALIKES)
    letters = [re.sub(r"[^a-z]", "", reading) for reading in readings]
    return runs or any(some and _beside_words(some) < FEW_LETTERS for some in letters)


def _beside_words(letters: str) -> int:
    """Return the number of letters left after removing common words."""
    for word in COMMON:
        letters = letters.replace(word, "")
    return len(letters)


def hash_of(password: str, hasher: PasswordHasher = HASHER) -> str:
    """Return the hash of a password."""
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


FEW_LETTERS = 4
"""Minimum number of other letters for a password to be more than common words."""

_ACCENTS = str.maketrans("àâäéèêëîïôöùûüç", "aaaeeeeiioouuuc")
_LOOKALIKES = str.maketrans("013457@$!", "oieastasi")
COMMON = tuple((files("geosites.auth") / "common_words.txt").read_text().split())
"""Common words in passwords, the longest first: from lists of leaked ones, and of this field."""

_NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$/scjrhLSsykp2ZSyrpr5sw"
    "$nTKR9f105w9EpU/BPYQDek77kyYISosNrhyy3jeOUBM"
)
"""A hash with our parameters of an unknown password."""
