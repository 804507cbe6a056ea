"""A store with half a year of fictional visits in it, for each test its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import small_exercise
from conftest import database_name
from geosites.db.postgres.connection import Store


@pytest.fixture(scope="session")
def small_template(template: str, new_database: Callable[..., str]) -> str:
    """Return the name of a database that holds the visits."""
    url = new_database(template)
    store = Store(url)
    small_exercise.fill(store)
    store.close()
    return database_name(url)


@pytest.fixture
def small(small_template: str, new_database: Callable[..., str]) -> Iterator[Store]:
    """Return a store of the test's own with the visits in it."""
    own = Store(new_database(small_template))
    yield own
    own.close()
