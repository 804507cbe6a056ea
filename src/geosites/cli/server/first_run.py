"""What `geosites server` does before it serves: fill a new database, say how to sign in."""

from __future__ import annotations

import datetime as dt

from geosites.cli.administration.users import print_first_accounts
from geosites.cli.console.language import say
from geosites.cli.console.output import answers, remarks
from geosites.cli.store.store_setup import by_command_line, prepare, store_url
from geosites.db.access import accounts
from geosites.db.geography import city as city_store
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.db.reports import sightings
from geosites.settings import Settings


def fill(settings: Settings, *, empty: bool) -> None:
    """Prepare the database; a new one gets the exercise, unless it is to stay `empty`."""
    store = Store(store_url(settings), pool_size=settings.pool_size, said=by_command_line())
    try:
        prepare(store, geography=empty)
        with store.begin() as conn:
            if empty and store_flags.is_exercise(conn):
                message = say(
                    "--empty: the database holds the exercise; set another GEOSITES_HOME."
                )
                remarks.print(message)
            if empty or sightings.span(conn, rejected=True) is not None:
                return
            if city_store.get(conn) is not None:
                return  # the exercise takes place in the city that comes with geosites
            from geosites import exercise  # takes a second that only a new store needs

            remarks.print(say("Loading the exercise: fictional sightings of 2021 to 2023."))
            exercise.load(conn)
    finally:
        store.close()


def print_sign_in(settings: Settings, address: str) -> None:
    """Print the address and how to get an account.

    For the exercise, accounts are created when it is first served.
    """
    answers.print(say("geosites runs at %(address)s: sign in there.", address=address))
    store = Store(store_url(settings), pool_size=1, said=by_command_line())
    try:
        with store.begin() as conn:
            if accounts.list_all(conn):
                command = f".venv/bin/geosites user reset {say('LOGIN')}"
                answers.print(say("Forgotten password: %(command)s", command=command), markup=False)
            elif store_flags.is_exercise(conn):
                from geosites.exercise import accounts as exercise_accounts

                made = exercise_accounts.add_accounts(conn, dt.datetime.now(dt.UTC))
                print_first_accounts(made)
            else:
                names = {"login": say("LOGIN"), "unit": say("UNIT")}
                command = (
                    ".venv/bin/geosites user add {login} --role coordinator --unit {unit}"
                ).format(**names)
                message = say(
                    "Create the first account: %(command)s (and one with --role admin)",
                    command=command,
                )
                answers.print(message, markup=False)
    finally:
        store.close()
