"""Forms for accounts and tokens, used by administrators."""

from __future__ import annotations

from pydantic import Field

from geosites.auth.accounts import AccountRequest
from geosites.core.errors import phrase
from geosites.db.access.accounts import Account
from geosites.permissions.policy import Role
from geosites.web.form_data.forms import Mistaken, TypedForm, required

LONGEST_SUBJECT = 255


class TypedAccount(TypedForm):
    """Form to add or change an account."""

    version: str = ""
    login: str = ""
    role: str = ""
    unit: str = ""
    scope: list[str] = Field(default_factory=list)
    oidc_subject: str = ""


class TypedAct(TypedForm):
    """Form to reset or disable an account, with its confirmation."""

    version: str = ""
    sure: str = ""


class TypedToken(TypedForm):
    """Form to issue a token: validity, and permissions (none: all)."""

    days: str = ""
    acts: list[str] = Field(default_factory=list)


def request(typed: TypedAccount, login: str) -> AccountRequest:
    """Return the account that was typed; raises `Mistaken`."""
    required(typed, "unit")
    if typed.role not in set(Role):
        raise Mistaken({"role": phrase("choose one of the list")})
    subject = typed.oidc_subject
    if len(subject) > LONGEST_SUBJECT or not (subject or "x").isprintable():
        raise Mistaken({"oidc_subject": phrase("is not a subject of an identity provider")})
    return AccountRequest(
        login=login,
        role=Role(typed.role),
        unit=typed.unit,
        scope=tuple(dict.fromkeys(typed.scope)),
        oidc_subject=subject or None,
    )


def field_of(request: AccountRequest, message: str) -> str:
    """Return the field that a refusal is about, by the words that it begins with."""
    if message.startswith("no territory"):
        return "scope"
    if message.startswith("a unit"):
        return "unit"
    return "login" if message.startswith((repr(request.login), "there is an account")) else "role"


def days(text: str) -> int:
    """Return for how many days a token holds; raises `Mistaken`."""
    if not (text.isascii() and text.isdigit() and len(text) < 6):
        raise Mistaken({"days": phrase("is not a whole number")})
    return int(text)


def typed_again(account: Account, version: str) -> TypedAccount:
    """Return an account as it would be typed again."""
    return TypedAccount(
        version=version,
        login=account.login,
        role=account.role,
        unit=account.unit,
        scope=list(account.scope),
    )
