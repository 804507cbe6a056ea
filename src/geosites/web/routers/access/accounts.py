"""Account administration: add, change, reset, disable, tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from geosites.auth import accounts, tokens
from geosites.auth.accounts import Credentials
from geosites.auth.two_factor_policy import TwoFactors
from geosites.core.errors import Conflict, NotFound, Outdated, Refused, phrase
from geosites.db.access import accounts as account_rows
from geosites.db.access import sign_ins
from geosites.db.geography import territories
from geosites.db.maintenance import store_flags
from geosites.permissions.policy import Permission, Role
from geosites.presentation.template_rendering import Page
from geosites.web import views
from geosites.web.form_data.account_forms import (
    TypedAccount,
    TypedAct,
    TypedToken,
    days,
    field_of,
    request,
    typed_again,
)
from geosites.web.form_data.forms import FilledForm, Mistaken, mistakes
from geosites.web.http.redirects import SIGN_IN, address, recorded
from geosites.web.request_context import RequestContext, requires
from geosites.web.views.access.accounts import AccountLine, AccountSlip

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Managing = Annotated[RequestContext, requires(Permission.MANAGE_ACCOUNTS)]
Login = Annotated[str, Path(description="The login.", max_length=200)]
TokenId = Annotated[UUID, Path(description="The id of the token.")]
ONCE = {"Cache-Control": "no-store"}
"""Headers for content that is shown once: no browser may cache it."""


@router.get("/accounts")
def show_accounts(context: Managing) -> Response:
    """Show the accounts, when each was last used, and the form to add one."""
    return _list(context, TypedAccount(role=Role.REPORTER))


@router.post("/accounts")
def add(typed: Annotated[TypedAccount, Form()], context: Managing) -> Response:
    """Add an account, and show the slip with its first password."""
    try:
        asked = request(typed, typed.login)
        with context.begin() as conn:
            try:
                made = accounts.add(conn, asked, context.now)
            except (Refused, Conflict) as error:
                raise Mistaken({field_of(asked, str(error)): error.message}) from error
    except Mistaken as error:
        return _list(context, typed, error.wrong)
    return _slip(context, made, asked.role)


@router.get("/accounts/{login}")
def show_account(login: Login, context: Managing) -> Response:
    """Show one account, its tokens, and what can be done about it."""
    return _one(context, login)


@router.post("/accounts/{login}/change")
def change(login: Login, typed: Annotated[TypedAccount, Form()], context: Managing) -> Response:
    """Give an account another role, unit or scope."""

    def act(conn: sa.Connection) -> None:
        asked = request(typed, login)
        try:
            accounts.change(conn, login, asked, typed.version, context.now)
        except Outdated:
            raise
        except (Refused, Conflict) as error:
            raise Mistaken({field_of(asked, str(error)): error.message}) from error

    return _done(context, login, act, typed, own_is_refused="role")


@router.post("/accounts/{login}/reset")
def reset(login: Login, typed: Annotated[TypedAct, Form()], context: Managing) -> Response:
    """Give an account a new first password, and show its slip; its sessions and tokens end."""
    made: list[tuple[Credentials, Role]] = []

    def act(conn: sa.Connection) -> None:
        if not typed.sure:
            raise Mistaken({"sure_reset": phrase("tick that this is meant")})
        accounts.require_version(conn, login, typed.version)
        made.append((accounts.reset(conn, login, context.now), _role(conn, login)))

    answer = _done(context, login, act, own_is_refused="sure_reset")
    return _slip(context, *made[0]) if made else answer


@router.post("/accounts/{login}/disable")
def disable(login: Login, typed: Annotated[TypedAct, Form()], context: Managing) -> Response:
    """Disable an account; its sessions and tokens end at once."""

    def act(conn: sa.Connection) -> None:
        if not typed.sure:
            raise Mistaken({"sure": phrase("tick that this is meant")})
        accounts.require_version(conn, login, typed.version)
        with mistakes("sure"):
            accounts.require_another_admin(conn, account_rows.get(conn, login))
            accounts.disable(conn, login, context.now)

    return _done(context, login, act, own_is_refused="sure")


@router.post("/accounts/{login}/tokens")
def issue(login: Login, typed: Annotated[TypedToken, Form()], context: Managing) -> Response:
    """Issue a token for an account, and show it once."""
    made: list[tokens.IssuedToken] = []

    def act(conn: sa.Connection) -> None:
        with mistakes("days"):
            asked = days(typed.days)
            made.append(tokens.issue(conn, login, context.now, days=asked, acts=typed.acts))

    answer = _done(context, login, act)
    if not made:
        return answer
    slip = AccountSlip(
        login=login,
        address=address(context.request, "/"),
        token=made[0].token,
        until=made[0].expires_at,
    )
    return HTMLResponse(views.account_slip(_page(context), slip), headers=ONCE)


@router.post("/accounts/{login}/tokens/{token}/revoke")
def revoke(login: Login, token: TokenId, context: Managing) -> Response:
    """Let a token hold no longer."""

    def act(conn: sa.Connection) -> None:
        if token not in {item.id for item in sign_ins.tokens(conn, login)}:
            raise NotFound("token", str(token))
        sign_ins.revoke_token(conn, token, context.now)

    return _done(context, login, act)


Act = Callable[[sa.Connection], None]


def _done(
    context: RequestContext,
    login: str,
    act: Act,
    typed: TypedAccount | None = None,
    *,
    own_is_refused: str | None = None,
) -> Response:
    """Change an account and redirect to its page, or show that with the errors.

    Administrators cannot remove their own access: `own_is_refused` names the field for that error.
    """
    try:
        with context.begin() as conn:
            account_rows.get(conn, login)
            if own_is_refused is not None and login == context.principal.login:
                message = phrase("this is the account you are signed in with")
                raise Mistaken({own_is_refused: message})
            act(conn)
    except Outdated:
        return _one(context, login, typed, status=HTTPStatus.CONFLICT)
    except Mistaken as error:
        return _one(context, login, typed, error.wrong)
    return recorded(context.page.links.one_account(login))


def _list(
    context: RequestContext, typed: TypedAccount, wrong: Mapping[str, str] | None = None
) -> Response:
    with context.begin() as conn:
        used = account_rows.last_used(conn)
        lines = [
            AccountLine(
                account=item,
                used=used.get(item.login),
                tokens=_held_tokens(conn, context, item.login),
            )
            for item in account_rows.list_all(conn)
        ]
        page = context.page.marked(store_flags.is_exercise(conn))
        ground = _territories(conn)
    form = FilledForm(typed=typed.model_dump(exclude={"scope"}), wrong=wrong or {})
    html = views.accounts(page, lines, form, ground, typed.scope)
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK)


def _one(
    context: RequestContext,
    login: str,
    typed: TypedAccount | None = None,
    wrong: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    with context.begin() as conn:
        account = account_rows.get(conn, login)
        used = account_rows.last_used(conn).get(login)
        line = AccountLine(account=account, used=used, tokens=sign_ins.tokens(conn, login))
        words, seen = context.page.words, accounts.version(account)
        conflict = status is HTTPStatus.CONFLICT
        shown = typed or typed_again(account, seen)
        form = FilledForm(
            typed={"days": str(tokens.DEFAULT_DAYS), **shown.model_dump(exclude={"scope"})},
            wrong=wrong or {},
            changed=views.account_differences(words, account) if conflict else [],
            version=seen,
        )
        page = context.page.marked(store_flags.is_exercise(conn))
        ground = _territories(conn)
    own = login == context.principal.login
    html = views.one_account(page, line, form, ground, shown.scope, context.now, own)
    return HTMLResponse(html, HTTPStatus.UNPROCESSABLE_ENTITY if wrong else status)


def _slip(context: RequestContext, made: Credentials, role: Role) -> Response:
    required = context.config.two_factors is TwoFactors.REQUIRED
    slip = AccountSlip(
        login=made.login,
        address=address(context.request, SIGN_IN),
        credentials=made,
        second_factor=required and role in (Role.COORDINATOR, Role.ADMIN),
    )
    return HTMLResponse(views.account_slip(_page(context), slip), headers=ONCE)


def _page(context: RequestContext) -> Page:
    with context.begin() as conn:
        return context.page.marked(store_flags.is_exercise(conn))


def _role(conn: sa.Connection, login: str) -> Role:
    return Role(account_rows.get(conn, login).role)


def _held_tokens(conn: sa.Connection, context: RequestContext, login: str) -> list[sign_ins.Token]:
    return [
        item
        for item in sign_ins.tokens(conn, login)
        if item.revoked_at is None and item.expires_at > context.now
    ]


def _territories(conn: sa.Connection) -> dict[str, str]:
    frame = territories.frame(conn)
    return dict(zip(frame.code.tolist(), frame.name.tolist(), strict=True))
