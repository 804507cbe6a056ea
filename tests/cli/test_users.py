"""Accounts and tokens by the command line: printed once, kept as hashes."""

from __future__ import annotations

import datetime as dt
import io
import sys

import pytest

from cli.conftest import Run
from geosites.auth import passwords, tokens
from geosites.cli.server import first_run
from geosites.db.access import accounts, sign_ins
from geosites.db.maintenance import store_flags
from geosites.db.postgres.connection import Store
from geosites.settings import Settings
from plain import plain

LIAISON = ("user", "add", "psp-18e-liaison", "--role", "reporter", "--unit", "PSP 18")


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def test_an_account_is_added_and_its_password_printed_this_once(run: Run, store: Store) -> None:
    made = run(*LIAISON, "--scope", "75118", "--json").document
    assert (made["role"], made["unit"], made["scope"]) == ("reporter", "PSP 18", ["75118"])
    with store.begin() as conn:
        kept = accounts.get(conn, "psp-18e-liaison")
    assert passwords.matches(kept.password_hash, made["password"])
    assert kept.password_once
    assert made["password"] not in str(kept)
    listed = run("user", "list", "--json").document["accounts"]
    assert made["password"] not in str(listed)
    assert [one["scope"] for one in listed if one["login"] == kept.login] == [["75118"]]


def test_an_account_named_like_a_person_is_told(run: Run) -> None:
    words = ("--role", "reporter", "--unit", "PSP 18")
    told = run("user", "add", "jean-dupont", *words)
    assert told.code == 0
    assert "jean-dupont ressemble au nom d’une personne" in plain(told.err).replace("'", "’")
    assert "personne" not in run(*LIAISON).err


def test_a_second_factor_is_handed_out_where_asked(run: Run) -> None:
    made = run(*LIAISON, "--totp", "--json").document
    assert made["otpauth_uri"].startswith("otpauth://totp/geosites:psp-18e-liaison?secret=")
    assert made["totp_secret"] in made["otpauth_uri"]


def test_a_password_read_from_standard_input_is_not_printed(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("a meadow at noon\n"))
    ran = run(*LIAISON, "--password-stdin")
    assert ran.code == 0
    assert "meadow" not in ran.out + ran.err


@pytest.mark.parametrize(
    ("login", "word"),
    [
        ("a.martin@interieur.example", "électronique"),
        ("Alice Martin", "minuscules"),
        ("a_b", "minuscules"),
        ("-a", "minuscules"),
        ("x" * 61, "au plus 60"),
    ],
)
def test_a_login_is_a_function_and_not_a_mailbox(run: Run, login: str, word: str) -> None:
    ran = run("user", "add", "--role", "analyst", "--unit", "U", "--", login)
    assert ran.code == 1
    assert word in ran.err


def test_a_scope_names_territories_there_are(run: Run) -> None:
    ran = run(*LIAISON, "--scope", "99999")
    assert (ran.code, "99999" in ran.err) == (1, True)


def test_a_login_is_taken_once(run: Run) -> None:
    assert run(*LIAISON).code == 0
    assert run(*LIAISON).code == 1


def test_an_unknown_role_is_wrong_usage(run: Run) -> None:
    assert run("user", "add", "x", "--role", "king", "--unit", "U").code == 2


def test_a_token_is_printed_once_and_kept_as_a_hash(run: Run, store: Store) -> None:
    issued = run("token", "add", "test-reporter", "--act", "report sighting", "--json").document
    with store.begin() as conn:
        shown = tokens.find(conn, issued["token"], now())
        listed = sign_ins.tokens(conn, "test-reporter")
    assert shown is not None
    assert shown.principal.permissions == {"report sighting"}
    assert issued["id"] in {str(one.id) for one in listed}
    assert issued["token"] not in run("token", "list", "--json").out


def test_a_token_is_not_for_more_than_its_role_may(run: Run) -> None:
    ran = run("token", "add", "test-partner", "--act", "import")
    assert ran.code == 1
    assert "import" in ran.err


def test_the_account_of_a_token_may_be_named_by_an_option(run: Run) -> None:
    assert run("token", "add", "--user", "test-analyst").out.startswith("geosites_")
    assert run("token", "add").code == 2


def test_a_revoked_token_is_over_at_once(run: Run, store: Store) -> None:
    issued = run("token", "add", "test-analyst", "--json").document
    assert run("token", "revoke", issued["id"]).code == 0
    with store.begin() as conn:
        assert tokens.find(conn, issued["token"], now()) is None
    assert run("token", "revoke", issued["id"]).code == 1


def test_disabling_an_account_ends_its_tokens(run: Run, store: Store) -> None:
    issued = run("token", "add", "test-analyst", "--json").document
    assert run("user", "disable", "test-analyst").code == 0
    with store.begin() as conn:
        assert tokens.find(conn, issued["token"], now()) is None
    assert run("user", "disable", "test-analyst").code == 1
    assert run("token", "add", "test-analyst").code == 1


def test_a_reset_gives_a_new_password_and_takes_the_second_factor(run: Run, store: Store) -> None:
    first = run(*LIAISON, "--totp", "--json").document
    second = run("user", "reset", "psp-18e-liaison", "--json").document
    with store.begin() as conn:
        kept = accounts.get(conn, "psp-18e-liaison")
    assert kept.totp_secret is None
    assert not passwords.matches(kept.password_hash, first["password"])
    assert passwords.matches(kept.password_hash, second["password"])


def test_the_first_start_of_the_exercise_prints_an_account_a_role(
    run: Run, store: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = said_at_start(store, monkeypatch, capfd, exercise=True)
    for role in ("reporter", "coordinator", "analyst", "partner", "admin"):
        assert f"\n  {role} " in said
    with store.begin() as conn:
        kept = accounts.get(conn, "coordination")
    (password,) = [line.split()[2] for line in said.splitlines() if "  coordinator " in line]
    assert passwords.matches(kept.password_hash, password)
    assert not kept.password_once
    assert password not in said_at_start(store, monkeypatch, capfd, exercise=None)


def test_an_empty_store_tells_how_to_make_the_first_account(
    run: Run, store: Store, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said = said_at_start(store, monkeypatch, capfd, exercise=False)
    assert "geosites user add IDENTIFIANT --role coordinator" in said


def said_at_start(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    exercise: bool | None,
) -> str:
    if exercise is not None:
        with store.begin() as conn:
            conn.exec_driver_sql("DELETE FROM account")
            store_flags.put(conn, store_flags.EXERCISE, "small") if exercise else None
    first_run.print_sign_in(Settings(), "http://127.0.0.1:8000")
    return capfd.readouterr().out
