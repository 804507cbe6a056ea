"""Sharing tables: other services, and the data received from them."""

from __future__ import annotations

import sqlalchemy as sa

from geosites.db.schema.conventions import metadata

_INSTANT = sa.DateTime(timezone=True)


def _peer() -> sa.Column[str]:
    return sa.Column("peer", sa.Text, sa.ForeignKey("share_peer.name"), primary_key=True)


share_peer = sa.Table(
    "share_peer",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("verifier", sa.Text, nullable=False),
    sa.Column("token_file", sa.Text, nullable=False),
    sa.Column("since", sa.Text),
    sa.Column("places", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("asked", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("kept", sa.BigInteger, nullable=False, server_default=sa.text("0")),
    sa.Column("told_at", _INSTANT),
    sa.CheckConstraint("name ~ '^[a-z0-9][a-z0-9-]{0,59}$'", name="name_form"),
)
"""`since` is the cursor of the next request and `places` the number of changes stored before it.

They are updated in the transaction that stores the changes. `asked` numbers the requests for the
state of all closures, `kept` is the one whose response is stored, `told_at` its instant.
"""

share_change = sa.Table(
    "share_change",
    metadata,
    _peer(),
    sa.Column("place", sa.BigInteger, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("site", sa.Text),
    sa.Column("territory", sa.Text),
    sa.Column("status", sa.Text),
    sa.Column("taken_at", _INSTANT, nullable=False, server_default=sa.text("now()")),
)

share_closure = sa.Table(
    "share_closure",
    metadata,
    _peer(),
    sa.Column("site", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("closed_since", _INSTANT),
    sa.Column("closed_until", _INSTANT),
)
