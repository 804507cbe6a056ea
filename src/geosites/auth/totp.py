"""Second factors: time-based one-time passwords (TOTP, RFC 6238) and recovery codes."""

from __future__ import annotations

import datetime as dt
import secrets

import pyotp

from geosites.auth.generated_secrets import readable_group

STEP_S = 30
RECOVERY_CODES = 10
DRIFT = (0, -1, 1)
"""Steps by which a telephone's clock may be off."""


def new_secret() -> str:
    """Return a secret of 160 bits, in base 32."""
    return pyotp.random_base32()


def address(secret: str, login: str) -> str:
    """Return the `otpauth:` address by which a telephone learns a secret."""
    return pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=login, issuer_name="geosites")


def code(secret: str, now: dt.datetime) -> str:
    """Return the code of `now`."""
    return pyotp.TOTP(secret, interval=STEP_S).generate_otp(_step(now))


def step_of(secret: str, given: str, now: dt.datetime) -> int | None:
    """Return the time step of a code, the current one or a neighbour, or None."""
    clock, digits = pyotp.TOTP(secret, interval=STEP_S), given.replace(" ", "").encode()
    for step in (_step(now) + drift for drift in DRIFT):
        if secrets.compare_digest(clock.generate_otp(step).encode(), digits):
            return step
    return None


def _step(now: dt.datetime) -> int:
    return int(now.timestamp()) // STEP_S


def new_recovery_codes() -> list[str]:
    """Return recovery codes of 79 bits, `RECOVERY_CODES` of them."""
    return ["-".join(readable_group(4) for _ in range(4)) for _ in range(RECOVERY_CODES)]
