"""Every act of the desk: on which page its form stands, and what is typed into it.

The acts are those addresses of the router that take a form; one without an entry here fails a test.
Each act makes the row that it is about, so that any of them can be done at any time.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_type_hints
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx2
import shapely
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel
from starlette.testclient import TestClient

from geosites.auth import accounts, totp
from geosites.auth.generated_secrets import hashed
from geosites.core.alarm_messages import Channel, Subscription
from geosites.core.closure_acts import ClosureAct, ClosureActKind, ClosureReason
from geosites.core.crs import to_metric
from geosites.core.records import Closure, Operation, OperationKind, Sighting, Site
from geosites.db.access import accounts as account_rows
from geosites.db.access import sign_ins
from geosites.db.access.sign_ins import Token
from geosites.db.closure import closure_withdrawal, closures, operations
from geosites.db.geography import site_changes
from geosites.db.geography.site_changes import SiteUse
from geosites.db.maintenance import exercise_reset, store_flags
from geosites.db.postgres.connection import Store
from geosites.db.publication import alarm_outbox
from geosites.db.reports import sightings
from geosites.db.schema.store_flags import mark
from geosites.permissions.policy import RULES, Permission, Role
from geosites.web.security.route_permissions import Open, declared
from routes.page_forms import Pairs, form_to
from stores import signed

HERE = "http://127.0.0.1:8000"
NOW = dt.datetime(2022, 10, 9, 20, 0, tzinfo=dt.UTC)
LATER = dt.datetime(2030, 1, 7, 8, 0, tzinfo=dt.UTC)
"""When bulletins are issued: after the geography was loaded, whenever tests run."""
PASSWORD, OTHER_PASSWORD = "the cranes of the canal", "a barge at the lock"
SCOPE, ELSEWHERE = "75119", "75104"
PLACE = shapely.Point(to_metric([2.38995, 48.899854])[0])
CIRCLE = {"shape": "circle", "lon": "2.38995", "lat": "48.899854", "radius_m": "60"}
FILE = b"observed_at,lon,lat,headcount\n%s,2.3899,48.8998,12\n"
TICKED = {"sure": "1"}
SIGNED_IN = frozenset({"session", "device", "sign_in_try"})
"""Tables that change when somebody merely asks."""

Typed = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """An account of its own with a session, as its browser sends it."""

    login: str
    role: Role
    headers: Mapping[str, str]


@dataclass
class Desk:
    """The service that all acts are tried on, and the rows that they are about."""

    client: TestClient
    store: Store
    clock: list[dt.datetime]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    known: dict[tuple[Role, tuple[str, ...]], Visitor] = field(default_factory=dict)
    kept: dict[str, Sent] = field(default_factory=dict)

    def visitor(self, role: Role, scope: Sequence[str] = ()) -> Visitor:
        """Return an account of a role, signed in: always the same."""
        key = role, tuple(scope)
        if key not in self.known:
            self.known[key] = self.new_visitor(role, scope)
        return self.known[key]

    def new_visitor(self, role: Role, scope: Sequence[str] = ()) -> Visitor:
        """Return a new account of a role, signed in."""
        login = f"desk-{next(self.numbers)}"
        asked = accounts.AccountRequest(login=login, role=role, unit="PP-19", scope=tuple(scope))
        with self.store.begin() as conn:
            accounts.add(conn, asked, NOW, password=PASSWORD, once=False, hasher=signed.CHEAP)
            sign_ins.add_session(conn, hashed(login), login, signed.ENDS, signed.ENDS)
        headers = {"cookie": f"geosites={login}", "sec-fetch-site": "same-origin", "origin": HERE}
        return Visitor(login=login, role=role, headers={**headers, "accept": "text/html"})

    def read(self, path: str, visitor: Visitor) -> str:
        """Return the page at an address as a visitor sees it."""
        answer = self.client.get(path, headers=dict(visitor.headers))
        assert answer.status_code == 200, (path, answer.text[-800:])
        return answer.text

    def send(self, sent: Sent, headers: Mapping[str, str]) -> httpx2.Response:
        """Send a form; the answer is not followed."""
        if sent.file is not None:
            return self.client.post(
                sent.path,
                data=_by_name(sent.pairs),
                files={"file": sent.file},
                headers=dict(headers),
                follow_redirects=False,
            )
        return self.client.post(
            sent.path,
            content=urlencode(sent.pairs),
            headers={**headers, "content-type": "application/x-www-form-urlencoded"},
            follow_redirects=False,
        )

    def state(self) -> dict[str, tuple[int, int]]:
        """Return of each table how many rows it has and the last transaction that wrote to it."""
        last = sa.func.max(sa.cast(sa.cast(sa.column("xmin"), sa.Text), sa.BigInteger))
        with self.store.begin() as conn:
            asked = [
                sa.select(sa.literal(name), sa.func.count(), last).select_from(sa.table(name))
                for name in sorted(set(sa.inspect(conn).get_table_names()) - SIGNED_IN)
            ]
            rows = conn.execute(sa.union_all(*asked)).all()
        return {name: (count, written) for name, count, written in rows}

    def mark_exercise(self, *, on: bool) -> None:
        """Let the store be an exercise that was just loaded, or none."""
        with self.store.begin() as conn:
            if on:
                store_flags.put(conn, store_flags.EXERCISE, "small")
                exercise_reset.note_loaded(conn)
            else:
                names = (store_flags.EXERCISE, store_flags.LOADED)
                conn.execute(sa.delete(mark).where(mark.c.name.in_(names)))

    # rows --------------------------------------------------------------------------------------

    def site(self, *, retired: bool = False) -> str:
        """Return the slug of a new site."""
        slug = f"desk-{next(self.numbers)}"
        made = Site(
            slug=slug,
            name=f"Place {slug}",
            perimeter=shapely.MultiPolygon([PLACE.buffer(60)]),
            precision_m=0.0,
            territory=SCOPE,
        )
        with self.store.begin() as conn:
            site_changes.add(conn, made, SiteUse())
            if retired:
                seen = site_changes.versions(conn, slug)[-1].since
                site_changes.retire(conn, slug, seen, NOW)
        return slug

    def closure(self, *, withdrawn: bool = False) -> UUID:
        """Return the id of a closure of a new site, which holds."""
        until = NOW + dt.timedelta(days=30)
        made = Closure(
            id=uuid4(),
            site=self.site(),
            closed_from=NOW - dt.timedelta(days=5),
            closed_until=until,
        )
        with self.store.begin() as conn:
            closures.add(conn, made)
        if withdrawn:
            act = ClosureAct(
                closure=made.id,
                kind=ClosureActKind.WITHDRAWN,
                reason=ClosureReason.MADE_IN_ERROR,
            )
            with self.store.begin() as conn:
                closure_withdrawal.withdraw(conn, act, closures.version(conn, made.id))
        return made.id

    def operation(self, *, withdrawn: bool = False) -> UUID:
        """Return the id of a new operation."""
        start = NOW - dt.timedelta(days=2)
        made = Operation(
            id=uuid4(),
            started_at=start,
            ended_at=start + dt.timedelta(hours=1),
            kind=OperationKind.DISPERSAL,
            area=PLACE.buffer(50),
        )
        with self.store.begin() as conn:
            operations.add(conn, made)
        if withdrawn:
            with self.store.begin() as conn:
                operations.withdraw(conn, made.id, operations.versions(conn, made.id)[-1].since)
        return made.id

    def sighting(self) -> UUID:
        """Return the id of a new sighting that nobody has checked."""
        made = Sighting(
            id=uuid4(),
            observed_at=NOW - dt.timedelta(hours=2, seconds=next(self.numbers)),
            point=PLACE,
            headcount=4,
            territory=SCOPE,
        )
        with self.store.begin() as conn:
            sightings.add(conn, made)
        return made.id

    def token(self, login: str) -> UUID:
        """Return the id of a new token of an account."""
        made = Token(
            id=uuid4(), login=login, acts=(), created_at=signed.BEGAN, expires_at=signed.ENDS
        )
        with self.store.begin() as conn:
            sign_ins.add_token(conn, made, hashed(str(made.id)))
        return made.id

    def subscription(self, login: str) -> UUID:
        """Return the id of a new subscription of an account."""
        made = Subscription(
            id=uuid4(), channel=Channel.EMAIL, address="duty@example.org", account=login
        )
        with self.store.begin() as conn:
            alarm_outbox.subscribe(conn, made, NOW)
        return made.id

    def other_account(self) -> str:
        """Return the login of an account that something is done to."""
        return self.new_visitor(Role.REPORTER).login

    def second_factor(self, visitor: Visitor, *, in_use: bool) -> str:
        """Offer an account a second factor, or let it have one; return a code that holds now."""
        self.clock[0] += dt.timedelta(minutes=2)
        secret = totp.new_secret()
        with self.store.begin() as conn:
            wanted = {"totp_secret" if in_use else "totp_offered": secret}
            account_rows.change(conn, visitor.login, **wanted)
        return totp.code(secret, self.clock[0])


@dataclass(frozen=True, kw_only=True)
class Sent:
    """A form as it is sent."""

    path: str
    pairs: Pairs
    file: tuple[str, bytes] | None = None

    def typed(self, name: str, text: str) -> Sent:
        """Return the form with another text in one field."""
        others = [pair for pair in self.pairs if pair[0] != name]
        return dataclasses.replace(self, pairs=[*others, (name, text)])

    def value(self, name: str) -> str:
        """Return what a field holds."""
        return next((value for one, value in self.pairs if one == name), "")


@dataclass(frozen=True, kw_only=True)
class Opening:
    """A page with a form, what is typed into it, and a file to go with it."""

    page: str
    typed: Typed = field(default_factory=dict)
    file: tuple[str, bytes] | None = None


Start = Callable[[Desk, Visitor], Opening]


@dataclass(frozen=True, kw_only=True)
class DeskAct:
    """An act: the route its form is sent to, and how it is begun.

    `previewed`: it is shown what would follow, and confirmed there. `anywhere`: it is about no
    place, so that an account of another territory may do it too; `whole`: only one without a scope
    may. `versioned`: its form holds the version of a row, and is refused where that was changed.
    `exercise`: the store has to be an exercise. `own`: it is about what an account has for itself.
    """

    route: str
    start: Start
    previewed: bool = False
    anywhere: bool = False
    whole: bool = False
    versioned: bool = True
    writes: bool = True
    exercise: bool = False
    own: bool = False

    def opened(self, desk: Desk, visitor: Visitor) -> Sent:
        """Open the form as a visitor does and fill it in; a preview is looked at."""
        if self.exercise:
            desk.sighting()  # an exercise has at least one
            desk.mark_exercise(on=True)
        opening = self.start(desk, visitor)
        form = form_to(desk.read(opening.page, visitor), self.route)
        sent = Sent(
            path=form.action, pairs=form.with_typed(_pairs(opening.typed)), file=opening.file
        )
        return self.confirmed(desk, visitor, sent) if self.previewed else sent

    def maker(self, desk: Desk, role: Role) -> Visitor:
        """Return who does the act: an account that did nothing yet, where it is about that."""
        return desk.new_visitor(role) if self.own else desk.visitor(role)

    def opened_once(self, desk: Desk, role: Role) -> Sent:
        """Return a form that was opened before, for those who may not send it."""
        if self.route not in desk.kept:
            desk.kept[self.route] = self.opened(desk, self.maker(desk, role))
        return desk.kept[self.route]

    def confirmed(self, desk: Desk, visitor: Visitor, sent: Sent) -> Sent:
        """Return what the preview of a form would send."""
        shown = desk.send(sent, visitor.headers)
        assert shown.status_code == 200, shown.text[-800:]
        form = form_to(shown.text, self.route)
        return Sent(path=form.action, pairs=[*form.pairs, ("confirmed", "1")])


def routes_of_forms(app: FastAPI) -> dict[str, Permission]:
    """Return the routes that take a form and need an account, with what they need."""
    return {
        route: permission
        for (method, route), permission in declared(app).items()
        if method == "POST" and not isinstance(permission, Open) and not route.startswith("/api/")
    }


def texts_of(app: FastAPI, route: str) -> list[str]:
    """Return the names of the fields of a form that hold text."""
    for known in iter_route_contexts(app.routes):
        dependant: Dependant | None = getattr(known, "dependant", None)
        if dependant is not None and str(known.path) == route and "POST" in (known.methods or ()):
            return list(_texts(dependant))
    raise LookupError(route)


def _texts(dependant: Dependant) -> Iterator[str]:
    for item in dependant.body_params:
        kind: Any = item.field_info.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from (
                name
                for name, hint in get_type_hints(kind).items()
                if name in kind.model_fields and not re.search("UploadFile", str(hint))
            )
        elif "UploadFile" not in str(kind):
            yield item.alias


def may(permission: Permission, role: Role | None) -> bool:
    """Return whether a role may do what a route needs."""
    return role in RULES[permission]


def a_role_for(permission: Permission) -> Role:
    """Return a role that may."""
    return next(role for role in (Role.COORDINATOR, *Role) if role in RULES[permission])


def _pairs(typed: Typed) -> Pairs:
    return [
        (name, value)
        for name, values in typed.items()
        for value in ([values] if isinstance(values, str) else values)
    ]


def _by_name(pairs: Pairs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


# how each act is begun ---------------------------------------------------------------------------


def _on(page: str, typed: Typed | None = None) -> Start:
    return lambda desk, visitor: Opening(page=page, typed=typed or {})


def _on_row(make: Callable[[Desk], object], page: str, typed: Typed | None = None) -> Start:
    return lambda desk, visitor: Opening(page=page.format(make(desk)), typed=typed or {})


def _merging(desk: Desk, visitor: Visitor) -> Opening:
    into, slug = desk.site(), desk.site()
    return Opening(page=f"/sites/{slug}/edit", typed={**TICKED, "into": into})


def _correcting(desk: Desk, visitor: Visitor) -> Opening:
    identifier = desk.sighting()
    typed = {"headcount": "9", "reason": "corrected:typing_error"}
    return Opening(page=f"/sightings/{identifier}", typed=typed)


def _judging(desk: Desk, visitor: Visitor) -> Opening:
    desk.sighting()
    desk.sighting()
    return Opening(page="/duplicates")


def _withdrawing_report(desk: Desk, visitor: Visitor) -> Opening:
    form = form_to(desk.read("/report", visitor), "/report")
    typed = {"site": "forceval", "headcount": "3", "confirmed": "again"}
    sent = Sent(path="/report", pairs=form.with_typed(_pairs(typed)))
    answer = desk.send(sent, visitor.headers)
    assert answer.status_code == 303, answer.text
    return Opening(page=answer.headers["location"])


def _adding_account(desk: Desk, visitor: Visitor) -> Opening:
    typed = {"login": f"new-{next(desk.numbers)}", "role": "reporter", "unit": "PSP 19"}
    return Opening(page="/accounts", typed=typed)


def _revoking(desk: Desk, visitor: Visitor) -> Opening:
    login = desk.other_account()
    desk.token(login)
    return Opening(page=f"/accounts/{login}")


def _on_own_subscription(page: str, typed: Typed | None = None) -> Start:
    def start(desk: Desk, visitor: Visitor) -> Opening:
        return Opening(page=page.format(desk.subscription(visitor.login)), typed=typed or {})

    return start


def _uploading(desk: Desk, visitor: Visitor) -> Opening:
    return Opening(page="/import", file=("visits.csv", _file(desk)))


def _restoring_closure(desk: Desk, visitor: Visitor) -> Opening:
    identifier = desk.closure(withdrawn=True)
    with desk.store.begin() as conn:
        site = closure_withdrawal.last(conn, identifier).closure.site
    return Opening(page=f"/sites/{site}/closures")


def _importing(desk: Desk, visitor: Visitor) -> Opening:
    form = form_to(desk.read("/import", visitor), "/import")
    sent = Sent(path="/import", pairs=form.pairs, file=("visits.csv", _file(desk)))
    return Opening(page=desk.send(sent, visitor.headers).headers["location"])


def _imported(desk: Desk, visitor: Visitor) -> str:
    """Return the page of an import that was just done."""
    form = form_to(desk.read(_importing(desk, visitor).page, visitor), "/import/confirm")
    desk.send(Sent(path=form.action, pairs=form.pairs), visitor.headers)
    return re.findall(r'href="(/imports/[^"/?]+)"', desk.read("/import", visitor))[0]


def _taking_back(desk: Desk, visitor: Visitor) -> Opening:
    return Opening(page=_imported(desk, visitor), typed=TICKED)


def _putting_back(desk: Desk, visitor: Visitor) -> Opening:
    page = _imported(desk, visitor)
    form = form_to(desk.read(page, visitor), "/imports/{key}/withdraw")
    desk.send(Sent(path=form.action, pairs=form.with_typed(_pairs(TICKED))), visitor.headers)
    return Opening(page=page)


def _file(desk: Desk) -> bytes:
    seen = dt.datetime(2022, 10, 5, 14) - dt.timedelta(minutes=next(desk.numbers))
    return FILE % f"{seen:%Y-%m-%dT%H:%M}".encode()


def _issuing(desk: Desk, visitor: Visitor) -> Opening:
    desk.clock[0] = LATER
    week = LATER - dt.timedelta(weeks=1 + next(desk.numbers) % 40)
    return Opening(page=f"/bulletins/{week:%G-W%V}")


def _with_code(*, in_use: bool) -> Start:
    def start(desk: Desk, visitor: Visitor) -> Opening:
        return Opening(page="/account", typed={"code": desk.second_factor(visitor, in_use=in_use)})

    return start


_OPERATION = {**CIRCLE, "started_at": "2022-10-07T08:00", "ended_at": "2022-10-07T09:00"}
_DECLARED = {"closed_from": "2022-10-05T06:30", "reason": "order", "review_days": "7"}
_NEW_PASSWORD = {"present": PASSWORD, "new": OTHER_PASSWORD, "again": OTHER_PASSWORD}
_WISH = {"about": ["closures"], "language": "en"}

ACTS: Sequence[DeskAct] = (
    DeskAct(
        route="/sites/{slug}/closures",
        start=_on_row(Desk.site, "/sites/{}/closures", _DECLARED),
        previewed=True,
        versioned=False,
    ),
    DeskAct(
        route="/closures/{closure}/extend",
        start=_on_row(
            Desk.closure,
            "/closures/{}/extend",
            {"closed_until": "2023-02-01T00:00", "reason": "still_needed"},
        ),
        previewed=True,
    ),
    DeskAct(
        route="/closures/{closure}/lift",
        start=_on_row(
            Desk.closure,
            "/closures/{}/lift",
            {"closed_until": "2022-10-10T00:00", "reason": "purpose_met"},
        ),
        previewed=True,
    ),
    DeskAct(
        route="/closures/{closure}/withdraw",
        start=_on_row(Desk.closure, "/closures/{}/withdraw", {"reason": "made_in_error"}),
        previewed=True,
    ),
    DeskAct(
        route="/closures/{closure}/restore",
        start=_restoring_closure,
    ),
    DeskAct(
        route="/new-operation",
        start=_on("/new-operation", _OPERATION),
        versioned=False,
    ),
    DeskAct(
        route="/operations/{operation}",
        start=_on_row(Desk.operation, "/operations/{}", {"headcount_dispersed": "12"}),
    ),
    DeskAct(
        route="/operations/{operation}/withdraw",
        start=_on_row(Desk.operation, "/operations/{}", TICKED),
    ),
    DeskAct(
        route="/operations/{operation}/restore",
        start=_on_row(lambda desk: desk.operation(withdrawn=True), "/operations/{}"),
    ),
    DeskAct(
        route="/new-site",
        start=_on("/new-site", {**CIRCLE, "name": "Quai de Loire"}),
        versioned=False,
    ),
    DeskAct(
        route="/sites/{slug}/edit",
        start=_on_row(Desk.site, "/sites/{}/edit", {"name": "Another name"}),
    ),
    DeskAct(route="/sites/{slug}/merge", start=_merging),
    DeskAct(
        route="/sites/{slug}/retire",
        start=_on_row(Desk.site, "/sites/{}/edit", TICKED),
    ),
    DeskAct(
        route="/sites/{slug}/restore",
        start=_on_row(lambda desk: desk.site(retired=True), "/sites/{}/edit"),
    ),
    DeskAct(
        route="/sightings/{sighting}/decision",
        start=_on_row(Desk.sighting, "/sightings/{}", {"decision": "verified:on_the_spot"}),
    ),
    DeskAct(route="/sightings/{sighting}/correction", start=_correcting),
    DeskAct(route="/duplicates", start=_judging, versioned=False),
    DeskAct(
        route="/report",
        start=_on("/report", {"site": "forceval", "headcount": "4", "confirmed": "again"}),
        versioned=False,
    ),
    DeskAct(route="/report/{sighting}/withdraw", start=_withdrawing_report, versioned=False),
    DeskAct(route="/accounts", start=_adding_account, anywhere=True, versioned=False),
    DeskAct(
        route="/accounts/{login}/change",
        start=_on_row(Desk.other_account, "/accounts/{}", {"unit": "BST 19"}),
        anywhere=True,
    ),
    DeskAct(
        route="/accounts/{login}/reset",
        start=_on_row(Desk.other_account, "/accounts/{}", TICKED),
        anywhere=True,
    ),
    DeskAct(
        route="/accounts/{login}/disable",
        start=_on_row(Desk.other_account, "/accounts/{}", TICKED),
        anywhere=True,
    ),
    DeskAct(
        route="/accounts/{login}/tokens",
        start=_on_row(Desk.other_account, "/accounts/{}", {"days": "90"}),
        anywhere=True,
        versioned=False,
    ),
    DeskAct(
        route="/accounts/{login}/tokens/{token}/revoke",
        start=_revoking,
        anywhere=True,
        versioned=False,
    ),
    DeskAct(
        route="/subscriptions",
        start=_on("/subscriptions", {"address": "duty@example.org", "about": ["closures"]}),
        anywhere=True,
        own=True,
        versioned=False,
    ),
    DeskAct(
        route="/subscriptions/{subscription}/change",
        start=_on_own_subscription("/subscriptions/{}", _WISH),
        anywhere=True,
        own=True,
    ),
    DeskAct(
        route="/subscriptions/{subscription}/test",
        start=_on_own_subscription("/subscriptions?{}"),
        anywhere=True,
        own=True,
        versioned=False,
    ),
    DeskAct(
        route="/subscriptions/{subscription}/end",
        start=_on_own_subscription("/subscriptions?{}"),
        anywhere=True,
        own=True,
        versioned=False,
    ),
    DeskAct(route="/import", start=_uploading, anywhere=True, versioned=False, writes=False),
    DeskAct(route="/import/confirm", start=_importing, versioned=False),
    DeskAct(route="/imports/{key}/withdraw", start=_taking_back, own=True, versioned=False),
    DeskAct(route="/imports/{key}/restore", start=_putting_back, own=True, versioned=False),
    DeskAct(route="/bulletins/{week}", start=_issuing, whole=True, versioned=False),
    DeskAct(
        route="/exercise/reset",
        start=_on("/exercise"),
        whole=True,
        versioned=False,
        exercise=True,
    ),
    DeskAct(
        route="/account/password",
        start=_on("/account", _NEW_PASSWORD),
        anywhere=True,
        own=True,
        versioned=False,
    ),
    DeskAct(
        route="/account/second-factor",
        start=_on("/account", {"present": PASSWORD}),
        anywhere=True,
        own=True,
        versioned=False,
    ),
    DeskAct(
        route="/account/second-factor/confirm",
        start=_with_code(in_use=False),
        anywhere=True,
        own=True,
        versioned=False,
    ),
    DeskAct(
        route="/account/recovery-codes",
        start=_with_code(in_use=True),
        anywhere=True,
        own=True,
        versioned=False,
    ),
    DeskAct(
        route="/account/sessions/end",
        start=_on("/account"),
        anywhere=True,
        own=True,
        versioned=False,
        writes=False,
    ),
)
