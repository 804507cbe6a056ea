"""`geosites user` and `geosites token`: accounts and API tokens."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

import typer

from geosites.auth import accounts, tokens
from geosites.auth.accounts import AccountRequest, Credentials
from geosites.auth.two_factor_policy import TwoFactors
from geosites.cli.console.language import say
from geosites.cli.console.output import AsJson, answers, print_field, print_json, remarks, words
from geosites.cli.console.usage import App
from geosites.cli.store.store_setup import open_store
from geosites.db.access import accounts as account_rows
from geosites.db.access import sign_ins
from geosites.db.access.accounts import Account
from geosites.db.access.sign_ins import Token
from geosites.permissions.policy import Role
from geosites.presentation.permission_labels import act_word
from geosites.settings import Settings
from geosites.validation.free_text.notes import doubt_about_login

app = App("The accounts: add, reset, disable, list.")
token_app = App("The API tokens: add, list, revoke.")

Login = Annotated[
    str, typer.Argument(help="Login: the function of a service, such as psp-18e-liaison.")
]


@app.command()
def add(
    login: Login,
    role: Annotated[Role, typer.Option(help="What the account may do.")],
    unit: Annotated[str, typer.Option(help="Its unit, as named in reports.")],
    scope: Annotated[
        list[str] | None, typer.Option(help="Code of a territory; by default all territories.")
    ] = None,
    oidc_subject: Annotated[
        str | None,
        typer.Option(help="Subject at the identity provider; no password is then set."),
    ] = None,
    totp: Annotated[bool, typer.Option("--totp", help="Also create a second factor.")] = False,
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="Read a permanent password from standard input."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add an account and print its one-time password, this once."""
    request = AccountRequest(
        login=login, role=role, unit=unit, scope=tuple(scope or ()), oidc_subject=oidc_subject
    )
    settings = Settings()
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    with open_store(settings) as store, store.begin() as conn:
        made = accounts.add(
            conn, request, _now(), password=password, once=password is None, second_factor=totp
        )
    hidden = {"password": None} if password is not None else {}
    details = {"role": role.value, "unit": unit, "scope": list(request.scope), **hidden}
    if as_json:
        print_json(_credentials(made, details))
    else:
        _print_credentials(_credentials(made, details))
    doubt = doubt_about_login(login)
    if doubt is not None:
        remarks.print(words().retold(doubt), markup=False)
    if as_json:
        return
    _print_next_steps(settings, role, once=password is None and oidc_subject is None)


@app.command()
def reset(login: Login, as_json: AsJson = False) -> None:
    """Print a new one-time password; remove the second factor, end sessions, revoke tokens."""
    settings = Settings()
    with open_store(settings) as store, store.begin() as conn:
        made = accounts.reset(conn, login, _now())
        role = Role(account_rows.get(conn, login).role)
    if as_json:
        print_json(_credentials(made, {}))
        return
    _print_credentials(_credentials(made, {}))
    _print_next_steps(settings, role, once=made.password is not None)


@app.command()
def disable(login: Login) -> None:
    """Disable an account; its sessions and tokens end at once."""
    with open_store(Settings()) as store, store.begin() as conn:
        accounts.disable(conn, login, _now())
    message = say("%(login)s is disabled; its sessions and tokens have ended.", login=login)
    remarks.print(message, markup=False)


@app.command(name="list")
def list_(as_json: AsJson = False) -> None:
    """List the accounts."""
    with open_store(Settings()) as store, store.begin() as conn:
        rows = [_account_row(account) for account in account_rows.list_all(conn)]
    if as_json:
        print_json({"accounts": rows})
        return
    if not rows:
        remarks.print(say("No account."))
    for row in rows:
        scope = " ".join(row["scope"]) or say("everywhere")
        state = "" if row["enabled"] else "  " + say("disabled")
        answers.print(f"{row['login']}  {row['role']}  {row['unit']}  {scope}{state}", markup=False)


@token_app.command(name="add")
def add_token(
    login: Annotated[str | None, typer.Argument(help="The account of the token.")] = None,
    user: Annotated[
        str | None, typer.Option("--user", help="The same, given as an option.")
    ] = None,
    days: Annotated[
        int, typer.Option(help="Days for which it is valid, at most 366.")
    ] = tokens.DEFAULT_DAYS,
    act: Annotated[
        list[str] | None,
        typer.Option(help="Limit it to this permission, such as 'report sighting'."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Create a token for an account and print it, this once."""
    logins = {name for name in (login, user) if name is not None}
    if len(logins) != 1:
        raise typer.BadParameter(say("name one account"))
    with open_store(Settings()) as store, store.begin() as conn:
        issued = tokens.issue(conn, logins.pop(), _now(), days=days, acts=act or ())
    if as_json:
        print_json(asdict(issued))
        return
    answers.print(issued.token, markup=False)
    until = words().day(issued.expires_at)
    message = say("id %(id)s, until %(until)s; it is not shown again.", id=issued.id, until=until)
    remarks.print(message, markup=False)


@token_app.command(name="list")
def list_tokens(
    login: Annotated[str | None, typer.Argument(help="Only tokens of this account.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the tokens, without their secrets, which are not kept."""
    now = _now()
    with open_store(Settings()) as store, store.begin() as conn:
        rows = [
            {**asdict(token), "holds": _is_valid(token, now)}
            for token in sign_ins.tokens(conn, login)
        ]
    if as_json:
        print_json({"tokens": rows})
        return
    if not rows:
        remarks.print(say("No token."))
    for row in rows:
        answers.print(_token_line(row), markup=False)


@token_app.command()
def revoke(token: Annotated[UUID, typer.Argument(help="Its id.")]) -> None:
    """Revoke a token at once."""
    with open_store(Settings()) as store, store.begin() as conn:
        sign_ins.revoke_token(conn, token, _now())
    remarks.print(say("The token is revoked."))


def print_first_accounts(made: list[tuple[Role, Credentials]]) -> None:
    """Print accounts just created for an exercise, with their passwords, this once."""
    answers.print(say("One account per role, for the exercise; passwords are printed only now:"))
    for role, credentials in made:
        line = f"  {role:<12} {credentials.login:<24} {credentials.password}"
        answers.print(line, markup=False)


def _credentials(made: Credentials, details: dict[str, Any]) -> dict[str, Any]:
    return {
        "login": made.login,
        "password": made.password,
        "totp_secret": made.totp_secret,
        "otpauth_uri": made.totp_address,
        **details,
    }


def _print_credentials(document: dict[str, Any]) -> None:
    labels = {
        "login": say("login"),
        "password": say("password"),
        "totp_secret": say("key of the second factor"),
        "otpauth_uri": say("the same for an authenticator application"),
    }
    for name, label in labels.items():
        if document[name] is not None:
            print_field(label, document[name])


def _print_next_steps(settings: Settings, role: Role, *, once: bool) -> None:
    """Print the account's sign-in URL, and what is needed there."""
    address = f"{(settings.public_url or 'http://127.0.0.1:8000').rstrip('/')}/sign-in"
    remarks.print(say("Sign in at %(address)s.", address=address), markup=False)
    if once:
        remarks.print(
            say("The password is not shown again; it must be changed at the first sign-in.")
        )
    needs_second = role in (Role.COORDINATOR, Role.ADMIN)
    if needs_second and settings.two_factors is TwoFactors.REQUIRED:
        remarks.print(
            say("This role needs a second factor: without one, the first sign-in sets it up.")
        )


def _account_row(account: Account) -> dict[str, Any]:
    return {
        "login": account.login,
        "role": account.role,
        "unit": account.unit,
        "scope": list(account.scope),
        "enabled": account.disabled_at is None,
        "second_factor": account.totp_secret is not None,
        "identity_provider": account.oidc_subject is not None,
        "created_at": account.created_at,
    }


def _token_line(row: dict[str, Any]) -> str:
    until = words().day(row["expires_at"])
    state = say("until %(until)s", until=until) if row["holds"] else say("over")
    acts = ", ".join(act_word(words(), act) for act in row["acts"])
    allowed = acts or say("everything its role may")
    return f"{row['id']}  {row['login']}  {state}  {allowed}"


def _is_valid(token: Token, now: dt.datetime) -> bool:
    return token.revoked_at is None and token.expires_at > now


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
