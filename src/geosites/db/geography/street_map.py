"""The street network and house numbers of a street map. Public data, replaced as a whole.

No recorded data refers to these rows: house numbers are only used by the search.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from geosites.core import street_network
from geosites.core.street_network import NOTHING, StreetNetwork
from geosites.db.geography import ground
from geosites.db.schema.conventions import metadata

STREETS, ADDRESSES, TILES = "streets", "addresses", "tiles"
_ROWS = 20_000

network = sa.Table(
    "street_network",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
"""One row: the network, as `StreetNetwork.encoded` writes it."""

address = sa.Table(
    "address_point",
    metadata,
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("house", sa.Integer, nullable=False),
    sa.Column("suffix", sa.Text, nullable=False),
    sa.Column("street", sa.Text, nullable=False),
    sa.Column("city", sa.Text, nullable=False),
    sa.Column("x", sa.Float(53), nullable=False),
    sa.Column("y", sa.Float(53), nullable=False),
    sa.Index("address_point_key", "key", "house"),
)
"""House numbers by the words of their street (`key`), in metres."""

loaded = sa.Table(
    "street_map_loaded",
    metadata,
    sa.Column("part", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("credit", sa.Text, nullable=False),
)
"""A row for each part that is loaded. With it the fingerprint of answers changes."""


@dataclass(frozen=True, kw_only=True)
class Address:
    """A house number with its suffix (`bis`, or empty), words of its street, and position."""

    key: str
    house: int
    suffix: str
    street: str
    city: str
    x: float
    y: float


@dataclass(frozen=True, kw_only=True)
class AddressedStreet:
    """A street with house numbers, and their bounding box, metres."""

    street: str
    city: str
    box: tuple[float, float, float, float]


def put_network(conn: sa.Connection, made: StreetNetwork) -> bool:
    """Make this the street network; return whether it is another one than before."""
    data = made.encoded()
    new = street_network.digest(data)
    if digest(conn, STREETS) == new:
        return False
    conn.execute(sa.delete(network))
    conn.execute(sa.insert(network).values(digest=new, data=data))
    say_loaded(conn, STREETS, new, made.credit)
    return True


def get_network(conn: sa.Connection) -> StreetNetwork:
    """Return the street network that is loaded; an empty one where there is none."""
    data = conn.execute(sa.select(network.c.data)).scalar_one_or_none()
    return NOTHING if data is None else street_network.decoded(data)


def put_addresses(conn: sa.Connection, rows: Iterable[Address], credit: str) -> int:
    """Replace all house numbers; return their number."""
    conn.execute(sa.delete(address))
    state, count = hashlib.sha256(), 0
    batch: list[dict[str, object]] = []
    for row in rows:
        batch.append(vars(row))
        state.update(repr(row).encode())
        count += 1
        if len(batch) == _ROWS:
            conn.execute(sa.insert(address), batch)
            batch.clear()
    if batch:
        conn.execute(sa.insert(address), batch)
    say_loaded(conn, ADDRESSES, state.hexdigest(), credit)
    return count


def addresses(conn: sa.Connection, keys: Sequence[str], house: int) -> list[Address]:
    """Return the points of a house number in the streets with these words."""
    rows = conn.execute(
        sa.select(address)
        .where(address.c.key == sa.any_(sa.literal(list(keys), sa.ARRAY(sa.Text))))
        .where(address.c.house == house)
        .order_by(address.c.key, address.c.suffix, address.c.city)
    )
    return [Address(**row._mapping) for row in rows]


def addressed_streets(conn: sa.Connection) -> list[AddressedStreet]:
    """Return the streets that have house numbers."""
    x, y = address.c.x, address.c.y
    ends = (sa.func.min(x), sa.func.min(y), sa.func.max(x), sa.func.max(y))
    named = address.c.street, address.c.city
    rows = conn.execute(sa.select(*named, *ends).group_by(*named).order_by(*named))
    return [AddressedStreet(street=row[0], city=row[1], box=tuple(row[2:])) for row in rows]


def digest(conn: sa.Connection, part: str) -> str | None:
    """Return what changes with a part that is loaded; None where there is none."""
    return conn.execute(sa.select(loaded.c.digest).where(loaded.c.part == part)).scalar()


def digests(conn: sa.Connection) -> tuple[str | None, str | None, str | None]:
    """Return digests of the loaded map background, streets and house numbers."""
    parts = (
        sa.select(loaded.c.digest).where(loaded.c.part == part).scalar_subquery()
        for part in (STREETS, ADDRESSES)
    )
    ground_digest = sa.select(ground.loaded.c.digest).scalar_subquery()
    row = conn.execute(sa.select(ground_digest, *parts)).one()
    return row[0], row[1], row[2]


def credit(conn: sa.Connection, part: str) -> str:
    """Return whom to credit for a part; nobody where there is none."""
    found = conn.execute(sa.select(loaded.c.credit).where(loaded.c.part == part)).scalar()
    return str(found or "")


def say_loaded(conn: sa.Connection, part: str, new: str, whose: str) -> None:
    """Note that a part is loaded, what changes with it, and whom to credit for it."""
    conn.execute(sa.delete(loaded).where(loaded.c.part == part))
    conn.execute(sa.insert(loaded).values(part=part, digest=new, credit=whose))
