"""`geosites user` and `geosites token`: who may sign in, and what scripts show."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import typer

from geosites.auth import accounts, tokens
from geosites.auth.accounts import Asked, Credentials
from geosites.cli.output import AsJson, answers, print_json, remarks, say
from geosites.cli.store_setup import open_store
from geosites.db import accounts as kept
from geosites.db import sign_ins
from geosites.db.accounts import Account
from geosites.db.sign_ins import Token
from geosites.permissions.policy import Role
from geosites.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Accounts: of services, never of persons.")
token_app = typer.Typer(no_args_is_help=True, help="Tokens, which scripts sign in with.")

Login = Annotated[str, typer.Argument(help="A service's function, such as psp-18e-liaison.")]


@app.command()
def add(
    login: Login,
    role: Annotated[Role, typer.Option(help="What the service does with geosites.")],
    unit: Annotated[str, typer.Option(help="The unit, as in its reports.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="Codes of territories; without one, all of them.")
    ] = None,
    oidc_subject: Annotated[
        str | None, typer.Option(help="As the identity provider names it; no password then.")
    ] = None,
    totp: Annotated[bool, typer.Option("--totp", help="Hand out a second factor too.")] = False,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password; it is kept as it is.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add an account; its one-time password is printed this once."""
    asked = Asked(
        login=login, role=role, unit=unit, scope=tuple(scope or ()), oidc_subject=oidc_subject
    )
    given = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with open_store(Settings()) as store, store.begin() as conn:
        made = accounts.add(
            conn, asked, _now(), password=given, once=given is None, second_factor=totp
        )
    hidden = {"password": None} if given is not None else {}
    _print_credentials(made, as_json, {**_asked(asked), **hidden})


@app.command()
def reset(login: Login, as_json: AsJson = False) -> None:
    """Print a new one-time password; second factor, sessions and tokens of the account end."""
    with open_store(Settings()) as store, store.begin() as conn:
        made = accounts.reset(conn, login, _now())
    _print_credentials(made, as_json, {})


@app.command()
def disable(login: Login) -> None:
    """Let an account sign in no more; its sessions and tokens end at once."""
    with open_store(Settings()) as store, store.begin() as conn:
        accounts.disable(conn, login, _now())
    said = say("%(login)s is disabled; its sessions and tokens have ended.", login=login)
    remarks.print(said, markup=False)


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List the accounts."""
    with open_store(Settings()) as store, store.begin() as conn:
        found = [_account(one) for one in kept.everything(conn)]
    if as_json:
        print_json({"accounts": found})
        return
    for one in found:
        where, state = (
            " ".join(one["scope"]) or say("everywhere"),
            "" if one["enabled"] else "  " + say("disabled"),
        )
        answers.print(f"{one['login']}  {one['role']}  {one['unit']}  {where}{state}", markup=False)


@token_app.command(name="add")
def add_token(
    login: Annotated[str | None, typer.Argument(help="Whose it is to be.")] = None,
    user: Annotated[str | None, typer.Option("--user", help="The same.")] = None,
    days: Annotated[int, typer.Option(help="How long it holds, at most 366.")] = 90,
    act: Annotated[
        list[str] | None, typer.Option(help="Only for this, such as 'report sighting'.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token for an account and print it, this once."""
    named = {one for one in (login, user) if one is not None}
    if len(named) != 1:
        raise typer.BadParameter(say("name one account"))
    with open_store(Settings()) as store, store.begin() as conn:
        issued = tokens.issue(conn, named.pop(), _now(), days=days, acts=act or ())
    if as_json:
        print_json(asdict(issued))
        return
    answers.print(issued.token, markup=False)
    until = f"{issued.expires_at:%Y-%m-%d}"
    said = say("id %(id)s, until %(until)s; it is not shown again.", id=issued.id, until=until)
    remarks.print(said)


@token_app.command(name="list")
def list_tokens(
    login: Annotated[str | None, typer.Argument()] = None, as_json: AsJson = False
) -> None:
    """List the tokens of one account or of all; what they are shown by is not kept."""
    now = _now()
    with open_store(Settings()) as store, store.begin() as conn:
        found = [{**asdict(one), "holds": _holds(one, now)} for one in sign_ins.tokens(conn, login)]
    if as_json:
        print_json({"tokens": found})
        return
    for one in found:
        until = f"{one['expires_at']:%Y-%m-%d}"
        state = say("until %(until)s", until=until) if one["holds"] else say("over")
        acts = ", ".join(one["acts"]) or say("everything its role may")
        answers.print(f"{one['id']}  {one['login']}  {state}  {acts}", markup=False)


@token_app.command()
def revoke(token: Annotated[UUID, typer.Argument(help="Its id.")]) -> None:
    """End a token at once."""
    with open_store(Settings()) as store, store.begin() as conn:
        sign_ins.revoke_token(conn, token, _now())
    remarks.print(say("The token is revoked."))


def print_first_accounts(made: list[tuple[Role, Credentials]]) -> None:
    """Print accounts just made for an exercise, with their passwords, this once."""
    answers.print(say("One account a role, for the exercise; passwords are printed this once:"))
    for role, one in made:
        answers.print(f"  {role:<12} {one.login:<24} {one.password}", markup=False)


def _print_credentials(made: Credentials, as_json: bool, more: dict[str, Any]) -> None:
    document = {
        "login": made.login,
        "password": made.password,
        "totp_secret": made.totp_secret,
        "otpauth_uri": made.totp_address,
        **more,
    }
    if as_json:
        print_json(document)
        return
    for name in ("login", "password", "totp_secret", "otpauth_uri"):
        if document[name] is not None:
            answers.print(f"{name}: {document[name]}", markup=False)
    if document["password"] is not None:
        remarks.print(say("To be changed at the first sign-in; it is not shown again."))


def _asked(asked: Asked) -> dict[str, Any]:
    return {"role": asked.role.value, "unit": asked.unit, "scope": list(asked.scope)}


def _account(one: Account) -> dict[str, Any]:
    return {
        "login": one.login,
        "role": one.role,
        "unit": one.unit,
        "scope": list(one.scope),
        "enabled": one.disabled_at is None,
        "second_factor": one.totp_secret is not None,
        "identity_provider": one.oidc_subject is not None,
        "created_at": one.created_at,
    }


def _holds(token: Token, now: dt.datetime) -> bool:
    return token.revoked_at is None and token.expires_at > now


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
