"""Stores that hold communes without their article get the official names, from then on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from geosites.db import migrate
from geosites.db.geography import territories
from geosites.db.postgres.connection import Store
from geosites.imports import geography
from geosites.journal import chain
from geosites.reference_data.territories import read_territories

BARE = {
    "92035": "Garenne-Colombes", "92060": "Plessis-Robinson", "93007": "Blanc-Mesnil",
    "93013": "Bourget", "93027": "Courneuve", "93039": "Île-Saint-Denis", "93045": "Lilas",
    "93057": "Pavillons-sous-Bois", "93061": "Pré-Saint-Gervais", "93062": "Raincy",
    "94038": "Haÿ-les-Roses", "94043": "Kremlin-Bicêtre", "94058": "Perreux-sur-Marne",
    "94059": "Plessis-Trévise", "94060": "Queue-en-Brie",
}  # fmt: skip


@pytest.fixture
def before(new_database: Callable[..., str]) -> Iterator[Store]:
    """A store that was loaded at 0013 with the names there were, under its triggers."""
    store = Store(new_database())
    with store.begin() as conn:
        migrate.upgrade(conn)
        migrate.downgrade(conn, "0013")
        shipped = read_territories(geography.folder())
        territories.put(conn, [replace(one, name=BARE.get(one.code, one.name)) for one in shipped])
    yield store
    store.close()


def entries(conn: sa.Connection) -> list[list[str]]:
    statement = sa.text(
        "SELECT refs FROM journal.entry WHERE what = 'territory' ORDER BY at, chain, seq"
    )
    return [json.loads(refs) for refs in conn.execute(statement).scalars()]


def test_communes_are_renamed_from_the_migration_on(before: Store) -> None:
    with before.begin() as conn:
        then = conn.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    with before.begin() as conn:
        migrate.upgrade(conn)
    with before.begin() as conn:
        now, old = territories.names(conn), territories.names(conn, as_known_at=then)
        assert {code: name for code, name in old.items() if name != now[code]} == BARE
        assert now["93045"] == "Les Lilas"
        assert now["94038"] == "L'Haÿ-les-Roses"
        assert old.keys() == now.keys()
        assert territories.count(conn) == 222


def test_a_renamed_store_is_that_of_a_new_load(before: Store) -> None:
    with before.begin() as conn:
        migrate.upgrade(conn)
        migrate.check(conn)
    with before.begin() as conn:
        assert territories.put(conn, read_territories(geography.folder())) == 0


def test_the_renaming_is_journaled_and_the_journal_holds(before: Store) -> None:
    with before.begin() as conn:
        earlier = len(entries(conn))
    with before.begin() as conn:
        migrate.upgrade(conn)
    with before.begin() as conn:
        assert entries(conn)[earlier:] == [sorted(BARE)] * 2
        assert chain.judge(conn, []).faults == ()


def test_a_name_that_was_corrected_by_hand_is_left(before: Store) -> None:
    with before.begin() as conn:
        [lilas] = [one for one in read_territories(geography.folder()) if one.code == "93045"]
        territories.put(conn, [replace(lilas, name="Ville des Lilas")])
    with before.begin() as conn:
        migrate.upgrade(conn)
    with before.begin() as conn:
        assert territories.names(conn)["93045"] == "Ville des Lilas"
