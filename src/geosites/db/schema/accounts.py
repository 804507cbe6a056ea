"""Account tables: accounts, credentials, sessions, tokens, sign-in delays.

An account belongs to a service, never to a person: no table here has a column for a name or an
address. Secrets (session, token, device, recovery code) are stored as their SHA-256 only.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from geosites.db.schema.conventions import metadata

_INSTANT = sa.DateTime(timezone=True)
_NO_TEXTS = sa.text("'{}'::text[]")


def _login() -> sa.Column[str]:
    reference = sa.ForeignKey("account.login", ondelete="CASCADE")
    return sa.Column("login", sa.Text, reference, nullable=False)


account = sa.Table(
    "account",
    metadata,
    sa.Column("login", sa.Text, primary_key=True),
    sa.Column(
        "role",
        sa.Enum("reporter", "coordinator", "analyst", "partner", "admin", name="account_role"),
        nullable=False,
    ),
    sa.Column("unit", sa.Text, nullable=False),
    sa.Column("scope", ARRAY(sa.Text), nullable=False, server_default=_NO_TEXTS),
    sa.Column("created_at", _INSTANT, nullable=False),
    sa.Column("disabled_at", _INSTANT),
    sa.Column("password_hash", sa.Text),
    sa.Column("password_once", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("totp_secret", sa.Text),
    sa.Column("totp_offered", sa.Text),
    sa.Column("totp_step", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("oidc_subject", sa.Text),
    sa.CheckConstraint("login ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="login_form"),
    sa.Index("account_oidc_subject_key", "oidc_subject", unique=True),
)
"""`password_once`: a first password that has to be changed. `totp_offered` is a secret not yet
confirmed by a code; `totp_step` the last step whose code was accepted, so that none is accepted
twice.
"""

recovery_code = sa.Table(
    "recovery_code",
    metadata,
    sa.Column("code_hash", sa.LargeBinary, primary_key=True),
    _login(),
    sa.Index("recovery_code_login_idx", "login"),
)

session = sa.Table(
    "session",
    metadata,
    sa.Column("id_hash", sa.LargeBinary, primary_key=True),
    _login(),
    sa.Column("began_at", _INSTANT, nullable=False),
    sa.Column("seen_at", _INSTANT, nullable=False),
    sa.Column("expires_at", _INSTANT, nullable=False),
    sa.Column("owes", sa.Text),
    sa.Column("id_token", sa.LargeBinary),
    sa.Index("session_login_idx", "login"),
)
"""`owes`: obligations on the account's page before anything else. `id_token`: required by the
identity provider at sign-out, encrypted by a key that only the cookie has.
"""

access_token = sa.Table(
    "access_token",
    metadata,
    sa.Column("id", UUID(as_uuid=True), primary_key=True),
    sa.Column("secret_hash", sa.LargeBinary, nullable=False, unique=True),
    _login(),
    sa.Column("acts", ARRAY(sa.Text), nullable=False, server_default=_NO_TEXTS),
    sa.Column("created_at", _INSTANT, nullable=False),
    sa.Column("expires_at", _INSTANT, nullable=False),
    sa.Column("seen_at", _INSTANT),
    sa.Column("revoked_at", _INSTANT),
    sa.Index("access_token_login_idx", "login"),
)
"""`acts` empty: all that the account's role may."""

known_device = sa.Table(
    "known_device",
    metadata,
    sa.Column("id_hash", sa.LargeBinary, primary_key=True),
    _login(),
    sa.Column("seen_at", _INSTANT, nullable=False),
    sa.Index("known_device_login_idx", "login"),
)

account_use = sa.Table(
    "account_use",
    metadata,
    sa.Column(
        "login", sa.Text, sa.ForeignKey("account.login", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("seen_at", _INSTANT, nullable=False),
)
"""When an account was last used by a deleted session or device; written by triggers."""

sign_in_wait = sa.Table(
    "sign_in_wait",
    metadata,
    sa.Column("key", sa.LargeBinary, primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("last_at", _INSTANT, nullable=False),
    sa.Column("free_at", _INSTANT, nullable=False),
    sa.Index("sign_in_wait_last_at_idx", "last_at"),
)
"""How often signing in failed, by account and source, by source, by known device; keys hashed."""

oidc_attempt = sa.Table(
    "oidc_attempt",
    metadata,
    sa.Column("id_hash", sa.LargeBinary, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("nonce", sa.Text, nullable=False),
    sa.Column("verifier", sa.Text, nullable=False),
    sa.Column("next_path", sa.Text, nullable=False),
    sa.Column("began_at", _INSTANT, nullable=False),
)
