"""Account pages for administrators: the list, one account, and the slip to hand out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from geosites.auth.accounts import Credentials
from geosites.auth.tokens import LONGEST_DAYS
from geosites.db.access.accounts import Account
from geosites.db.access.sign_ins import Token
from geosites.permissions.policy import RULES, Permission, Role
from geosites.presentation.formatting import Words
from geosites.presentation.permission_labels import act_word, role_word
from geosites.presentation.tables.table import Cell, Table, TableColumn
from geosites.presentation.template_rendering import Page
from geosites.validation.free_text.notes import doubt_about_login
from geosites.web.form_data.forms import FilledForm
from geosites.web.views.reporting.report_form import SelectOption

Territories = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class AccountLine:
    """An account, when it was last used, and its tokens."""

    account: Account
    used: dt.datetime | None
    tokens: Sequence[Token] = ()


@dataclass(frozen=True, kw_only=True)
class AccountSlip:
    """The slip to hand out: sign-in URL and credentials, or a token. It is shown once."""

    login: str
    address: str
    credentials: Credentials | None = None
    token: str | None = None
    until: dt.datetime | None = None
    second_factor: bool = False


def accounts(
    page: Page,
    lines: Sequence[AccountLine],
    form: FilledForm,
    territories: Territories,
    scope: Sequence[str] = (),
) -> str:
    """Return the accounts by login, and the form to add one."""
    words = page.words
    return page.html(
        "access/accounts.html",
        here="accounts",
        table=_table(page, lines),
        form=form.told(words),
        roles=roles(words),
        territories=territories,
        scope=set(scope),
        chosen=list(scope),
    )


def one_account(
    page: Page,
    line: AccountLine,
    form: FilledForm,
    territories: Territories,
    scope: Sequence[str],
    now: dt.datetime,
    own: bool,
) -> str:
    """Return the page of one account: permissions, tokens, and actions."""
    words, account = page.words, line.account
    role = Role(account.role)
    return page.html(
        "access/account_details.html",
        here="accounts",
        account=account,
        own=own,
        facts=_facts(words, line),
        form=form.told(words),
        roles=roles(words),
        territories=territories,
        scope=set(scope),
        tokens=[_token(words, token, now) for token in line.tokens],
        acts=[
            SelectOption(item, words.capital(act_word(words, item)))
            for item in Permission
            if role in RULES[item]
        ],
        longest_days=LONGEST_DAYS,
    )


def account_slip(page: Page, slip: AccountSlip) -> str:
    """Return the slip to print, with the secret that is shown once."""
    doubt = None if slip.credentials is None else doubt_about_login(slip.login)
    return page.html(
        "access/new_credentials.html",
        here="accounts",
        slip=slip,
        doubt=doubt and page.words.retold(doubt),
        until=page.words.day(slip.until) if slip.until else None,
    )


def roles(words: Words) -> list[SelectOption]:
    """Return the roles to choose from."""
    return [SelectOption(role, words.capital(role_word(words, role))) for role in Role]


def account_differences(words: Words, account: Account) -> list[str]:
    """Return the current values of an account, for a reader with an outdated page."""
    return [f"{label}{words.say(': ')}{value}" for label, value in _told(words, account)]


def _told(words: Words, account: Account) -> list[tuple[str, str]]:
    say = words.say
    return [
        (say("Role"), role_word(words, account.role)),
        (say("Unit"), account.unit),
        (say("Territories"), " ".join(account.scope) or say("everywhere")),
        (say("State"), say("disabled") if account.disabled_at else say("in use")),
    ]


def _facts(words: Words, line: AccountLine) -> list[tuple[str, str]]:
    say, account = words.say, line.account
    return [
        *_told(words, account),
        (say("Created"), words.day(account.created_at)),
        (say("Last use"), words.instant(line.used) if line.used else say("never")),
        (say("Second factor"), say("in use") if account.totp_secret else say("not set up")),
        (say("Password"), _password(words, account)),
    ]


def _password(words: Words, account: Account) -> str:
    if account.password_hash is None:
        return words.say("none: signs in by the identity provider")
    return words.say("handed out, not yet changed") if account.password_once else words.say("own")


def _table(page: Page, lines: Sequence[AccountLine]) -> Table:
    words, say = page.words, page.words.say
    return Table(
        caption=say("Accounts"),
        columns=(
            TableColumn(say("Login")),
            TableColumn(say("Role")),
            TableColumn(say("Unit")),
            TableColumn(say("Territories")),
            TableColumn(say("Last use")),
            TableColumn(say("Tokens"), numeric=True, minor=True),
        ),
        rows=tuple(
            (
                Cell(
                    line.account.login,
                    href=page.links.one_account(line.account.login),
                    note=say("disabled") if line.account.disabled_at else None,
                ),
                Cell(role_word(words, line.account.role)),
                Cell(line.account.unit),
                Cell(" ".join(line.account.scope) or say("everywhere")),
                Cell(words.instant(line.used) if line.used else say("never")),
                Cell(words.number(len(line.tokens))),
            )
            for line in lines
        ),
        empty=say("No account."),
    )


def _token(words: Words, token: Token, now: dt.datetime) -> dict[str, object]:
    holds = token.revoked_at is None and token.expires_at > now
    acts = ", ".join(act_word(words, act) for act in token.acts)
    return {
        "id": token.id,
        "holds": holds,
        "until": words.day(token.expires_at) if holds else words.say("over"),
        "acts": acts or words.say("everything its role may"),
        "used": words.instant(token.seen_at) if token.seen_at else words.say("never"),
    }
