"""An account's own subscriptions to alarms and feeds: create, change, test, end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Form, Path
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from geosites.alarms import own_subscriptions as acts
from geosites.core.alarm_messages import Channel, Subscription
from geosites.core.errors import Outdated
from geosites.db.maintenance import store_flags
from geosites.db.publication import own_subscriptions
from geosites.permissions.policy import Permission
from geosites.web import views
from geosites.web.form_data.forms import FilledForm, Mistaken, mistakes
from geosites.web.form_data.subscription_forms import TypedSubscription, channel, typed_again, wish
from geosites.web.http.redirects import address, recorded
from geosites.web.request_context import RequestContext, requires

router = APIRouter(default_response_class=HTMLResponse, include_in_schema=False)

Subscribing = Annotated[RequestContext, requires(Permission.SUBSCRIBE)]
SubscriptionId = Annotated[UUID, Path(description="The id of the subscription.")]
Typed = Annotated[TypedSubscription, Form()]
ONCE = {"Cache-Control": "no-store"}
"""Headers for content that is shown once: no browser may cache it."""
Act = Callable[[sa.Connection], object]


@router.get("/subscriptions")
def show_subscriptions(context: Subscribing) -> Response:
    """Show the subscriptions of the account, how far the last messages got, and the form."""
    return _list(context, _empty(context))


@router.post("/subscriptions")
def subscribe(typed: Typed, context: Subscribing) -> Response:
    """Begin a subscription; of a webhook, show the secret once."""
    try:
        asked, way = wish(typed), channel(typed)
        with context.begin() as conn, mistakes("address"):
            ways = context.config.ways
            made = acts.subscribe(
                conn, context.principal, way, typed.address, asked, ways, context.now
            )
    except Mistaken as error:
        return _list(context, typed, error.wrong)
    if made.channel is Channel.WEBHOOK:
        return _slip(context, made)
    return _back(context)


@router.get("/subscriptions/{subscription}")
def show_subscription(subscription: SubscriptionId, context: Subscribing) -> Response:
    """Show the form to change a subscription."""
    return _one(context, subscription)


@router.post("/subscriptions/{subscription}/change")
def change(subscription: SubscriptionId, typed: Typed, context: Subscribing) -> Response:
    """Change topics, hours or language of a subscription."""
    try:
        asked = wish(typed)
        with context.begin() as conn, mistakes("about"):
            acts.change(conn, context.principal, subscription, asked, context.now)
    except Outdated:
        return _one(context, subscription, typed, status=HTTPStatus.CONFLICT)
    except Mistaken as error:
        return _one(context, subscription, typed, error.wrong)
    return _back(context)


@router.post("/subscriptions/{subscription}/test")
def try_out(subscription: SubscriptionId, context: Subscribing) -> Response:
    """Send a test message with the next run."""
    url = context.config.public_url
    return _done(
        context,
        lambda conn: acts.try_out(conn, context.principal, subscription, context.now, url),
    )


@router.post("/subscriptions/{subscription}/end")
def end(subscription: SubscriptionId, context: Subscribing) -> Response:
    """End a subscription."""
    return _done(context, lambda conn: acts.end(conn, context.principal, subscription, context.now))


def _done(context: RequestContext, act: Act) -> Response:
    try:
        with context.begin() as conn, mistakes("list"):
            act(conn)
    except Outdated:
        return _list(context, _empty(context), changed=True)
    except Mistaken as error:
        return _list(context, _empty(context), error.wrong)
    return _back(context)


def _back(context: RequestContext) -> Response:
    return recorded(context.page.links.subscriptions())


def _empty(context: RequestContext) -> TypedSubscription:
    return TypedSubscription(about=["closures"], language=context.page.words.language)


def _list(
    context: RequestContext,
    typed: TypedSubscription,
    wrong: Mapping[str, str] | None = None,
    *,
    changed: bool = False,
) -> Response:
    login, words = context.principal.login, context.page.words
    with context.begin() as conn:
        lines = own_subscriptions.of_account(conn, login)
        last = own_subscriptions.last_messages(conn, login)
        page = context.page.marked(store_flags.is_exercise(conn))
    told = [views.subscription_line(words, item) for item in lines] or [words.say("None.")]
    form = FilledForm(
        typed=typed.model_dump(exclude={"about"}),
        wrong=wrong or {},
        changed=told if changed else [],
    )
    feed = address(context.request, "/feed.atom")
    shown = views.OwnSubscriptions(lines=lines, last=last, ways=context.config.ways, feed=feed)
    html = views.subscriptions(page, shown, form, typed.about, context.principal.role)
    return HTMLResponse(html, _status(changed=changed, wrong=bool(wrong)))


def _one(
    context: RequestContext,
    identifier: UUID,
    typed: TypedSubscription | None = None,
    wrong: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    login, words = context.principal.login, context.page.words
    with context.begin() as conn:
        there, current = own_subscriptions.get(conn, login, identifier)
        now = [item for item in own_subscriptions.of_account(conn, login) if _same(item, there)]
        page = context.page.marked(store_flags.is_exercise(conn))
    if not now:
        return _list(context, typed or _empty(context), changed=True)
    told = [] if current else [views.subscription_line(words, now[0])]
    shown = typed or typed_again(now[0])
    form = FilledForm(
        typed={**shown.model_dump(exclude={"about"}), "address": there.address},
        wrong=wrong or {},
        changed=told if status is HTTPStatus.CONFLICT else [],
    )
    html = views.one_subscription(page, now[0], form, shown.about, context.principal.role)
    conflict = status is HTTPStatus.CONFLICT
    return HTMLResponse(html, _status(changed=conflict, wrong=bool(wrong)))


def _same(one: Subscription, other: Subscription) -> bool:
    return (one.channel, one.address) == (other.channel, other.address)


def _slip(context: RequestContext, made: Subscription) -> Response:
    own = context.config.ways.webhooks
    secret = own.written_secret(context.principal.login, made.address) if own else ""
    with context.begin() as conn:
        page = context.page.marked(store_flags.is_exercise(conn))
    return HTMLResponse(views.webhook_slip(page, made, secret), headers=ONCE)


def _status(*, changed: bool, wrong: bool) -> HTTPStatus:
    if changed:
        return HTTPStatus.CONFLICT
    return HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
