"""Every act of the desk has its way back: what counted before counts again, through the pages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urldefrag

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.alarms.own_subscriptions import Ways
from geosites.db.access import accounts
from geosites.db.closure import closure_withdrawal, closures, operations
from geosites.db.geography import site_changes, sites
from geosites.db.postgres.connection import Store
from geosites.db.schema.sightings import sighting
from geosites.permissions.policy import Role
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes.desk_acts import (
    ACTS,
    HERE,
    NOW,
    TICKED,
    Desk,
    DeskAct,
    Sent,
    Typed,
    Visitor,
    a_role_for,
    routes_of_forms,
)
from routes.page_forms import form_to
from web.conftest import as_service


@dataclass(frozen=True, kw_only=True)
class WayBack:
    """The act that undoes another: its route, the page of its form, what is typed there.

    `page` is told the form of the first act and the address that it led to. `role`: who does it,
    where that is somebody else.
    """

    route: str
    page: Callable[[Sent, str], str]
    typed: Typed = field(default_factory=dict)
    role: Role | None = None


def parent(sent: Sent, _: str) -> str:
    return sent.path.rpartition("/")[0]


def same(sent: Sent, _: str) -> str:
    return sent.path


def led_to(_: Sent, there: str) -> str:
    return there.partition("?")[0]


def of_its_site(_: Sent, there: str) -> str:
    return f"{there}/closures"


def edited(sent: Sent, _: str) -> str:
    return f"{sent.path.rpartition('/')[0]}/edit"


SUPERSEDED = {
    "/accounts/{login}/reset": "a first password is handed out again",
    "/accounts/{login}/tokens/{token}/revoke": "another token is issued",
    "/subscriptions/{subscription}/end": "the address is subscribed again",
    "/bulletins/{week}": "a revision follows, which tells what changed",
    "/account/password": "another password is chosen",
    "/account/second-factor": "another key is offered",
    "/account/second-factor/confirm": "an administrator resets the account",
    "/account/recovery-codes": "other codes are made",
    "/account/sessions/end": "one signs in again",
}
"""Acts that nothing takes back, since what they made is not kept: the next one supersedes it."""

FINAL = {
    "/subscriptions/{subscription}/test": "a message that says it is a test is sent",
    "/import": "nothing is written before it is confirmed",
    "/exercise/reset": "it is the way back of everything done in an exercise",
}

AGAIN = {"reason": "corrected:typing_error", "headcount": "4"}
REOPENED = {"decision": "reopened:made_in_error"}

WAYS: Mapping[str, WayBack] = {
    "/closures/{closure}/extend": WayBack(
        route="/closures/{closure}/lift",
        page=lambda sent, _: sent.path.replace("extend", "lift"),
        typed={"closed_until": "2022-11-08T21:00", "reason": "order_ended"},
    ),
    "/closures/{closure}/lift": WayBack(
        route="/closures/{closure}/extend",
        page=lambda sent, _: sent.path.replace("lift", "extend"),
        typed={"closed_until": "2022-11-08T21:00", "reason": "still_needed"},
    ),
    "/closures/{closure}/withdraw": WayBack(route="/closures/{closure}/restore", page=of_its_site),
    "/closures/{closure}/restore": WayBack(
        route="/closures/{closure}/withdraw",
        page=lambda sent, _: sent.path.replace("restore", "withdraw"),
        typed={"reason": "court_decision"},
    ),
    "/operations/{operation}": WayBack(
        route="/operations/{operation}", page=same, typed={"headcount_dispersed": ""}
    ),
    "/operations/{operation}/withdraw": WayBack(
        route="/operations/{operation}/restore", page=led_to
    ),
    "/operations/{operation}/restore": WayBack(
        route="/operations/{operation}/withdraw", page=led_to, typed=TICKED
    ),
    "/new-site": WayBack(
        route="/sites/{slug}/retire", page=lambda _, there: f"{there}/edit", typed=TICKED
    ),
    "/sites/{slug}/merge": WayBack(route="/sites/{slug}/restore", page=edited),
    "/sites/{slug}/retire": WayBack(route="/sites/{slug}/restore", page=edited),
    "/sites/{slug}/restore": WayBack(route="/sites/{slug}/retire", page=edited, typed=TICKED),
    "/sightings/{sighting}/decision": WayBack(
        route="/sightings/{sighting}/decision", page=parent, typed=REOPENED
    ),
    "/sightings/{sighting}/correction": WayBack(
        route="/sightings/{sighting}/correction", page=parent, typed=AGAIN
    ),
    "/report": WayBack(route="/report/{sighting}/withdraw", page=led_to),
    "/report/{sighting}/withdraw": WayBack(
        route="/sightings/{sighting}/decision",
        page=lambda sent, _: sent.path.replace("/report/", "/sightings/").removesuffix("/withdraw"),
        typed=REOPENED,
        role=Role.COORDINATOR,
    ),
    "/accounts/{login}/disable": WayBack(
        route="/accounts/{login}/reset", page=parent, typed=TICKED
    ),
    "/accounts/{login}/change": WayBack(
        route="/accounts/{login}/change", page=parent, typed={"unit": "PP-19"}
    ),
    "/imports/{key}/withdraw": WayBack(route="/imports/{key}/restore", page=led_to),
    "/imports/{key}/restore": WayBack(route="/imports/{key}/withdraw", page=led_to, typed=TICKED),
}
"""Acts on a row: what counts is afterwards as it was."""


@pytest.fixture(scope="module")
def desk(template: str, new_database: Callable[..., str]) -> Iterator[Desk]:
    """Return one service over a store without sightings."""
    store, clock = Store(new_database(template)), [NOW]
    with as_service(store) as served:
        config = WebConfig(clock=lambda: clock[0], ways=Ways(mail=True), import_wait_s=600)
        with TestClient(create_app(served, config), base_url=HERE) as client:
            yield Desk(client, store, clock)
    store.close()


def what_counts(desk: Desk) -> dict[str, object]:
    """Return what the service would tell of now: no versions, nothing of when it was recorded."""
    seen = sa.func.upper_inf(sighting.c.known), sighting.c.verified.is_not(False)
    columns = (sighting.c.id, sighting.c.headcount, sighting.c.observed_at, sighting.c.verified)
    with desk.store.begin() as conn:
        return {
            "sites": [
                (item.slug, item.name, item.perimeter.wkb, site_changes.use_of(conn, item.slug))
                for item in sites.list_all(conn)
            ],
            "operations": operations.during(conn),
            "closures": closures.list_all(conn),
            "sightings": conn.execute(sa.select(*columns).where(*seen).order_by("id")).all(),
            "accounts": [
                (item.login, item.role, item.unit, item.scope, item.disabled_at)
                for item in accounts.list_all(conn)
            ],
        }


def done(desk: Desk, act: DeskAct) -> tuple[Sent, str, Visitor, dict[str, object]]:
    """Do an act; return it, where it led to, who did it, and what counted before."""
    permission = routes_of_forms(desk.client.app)[act.route]  # type: ignore[arg-type]
    visitor = act.maker(desk, a_role_for(permission))
    sent = act.opened(desk, visitor)
    before = what_counts(desk)
    answer = desk.send(sent, visitor.headers)
    assert answer.status_code in (200, 303), answer.text[-800:]
    led_to = urldefrag(answer.headers.get("location", "")).url
    return sent, led_to, visitor, before


def follow(desk: Desk, way: WayBack, page: str, visitor: Visitor) -> None:
    """Do what leads back, as it stands on a page."""
    form = form_to(desk.read(page, visitor), way.route)
    back = Sent(path=form.action, pairs=form.with_typed(way.typed.items()))  # type: ignore[arg-type]
    answer = desk.send(back, visitor.headers)
    if answer.status_code == 200 and "confirmed" in answer.text:
        shown = form_to(answer.text, way.route)
        back = Sent(path=shown.action, pairs=[*shown.pairs, ("confirmed", "1")])
        answer = desk.send(back, visitor.headers)
    assert answer.status_code in (200, 303), answer.text[-800:]


BY_ROUTE = {act.route: act for act in ACTS}


@pytest.mark.parametrize("route", WAYS)
def test_what_counted_counts_again(desk: Desk, route: str) -> None:
    way = WAYS[route]
    sent, there, visitor, before = done(desk, BY_ROUTE[route])
    assert what_counts(desk) != before
    other = visitor if way.role is None else desk.visitor(way.role)
    follow(desk, way, way.page(sent, there), other)
    assert what_counts(desk) == before


def test_a_declared_closure_is_lifted_to_the_minute_it_began(desk: Desk) -> None:
    _, _, visitor, before = done(desk, BY_ROUTE["/sites/{slug}/closures"])
    with desk.store.begin() as conn:
        (made,) = [one for one in closures.list_all(conn) if one not in before["closures"]]  # type: ignore[operator]
    page = f"/closures/{made.id}/lift"
    typed = {"closed_until": "2022-10-05T06:31", "reason": "order_ended"}
    follow(desk, WayBack(route="/closures/{closure}/lift", page=same, typed=typed), page, visitor)
    with desk.store.begin() as conn:
        lifted = closures.get(conn, made.id)
    assert lifted.closed_until == lifted.closed_from + dt.timedelta(minutes=1)


def test_a_closure_declared_by_mistake_is_withdrawn_and_found_again(desk: Desk) -> None:
    _, _, visitor, before = done(desk, BY_ROUTE["/sites/{slug}/closures"])
    with desk.store.begin() as conn:
        (made,) = [one for one in closures.list_all(conn) if one not in before["closures"]]  # type: ignore[operator]
    page = f"/sites/{made.site}/closures"
    (withdraw,) = re.findall(rf'href="(/closures/{made.id}/withdraw)"', desk.read(page, visitor))
    way = WayBack(
        route="/closures/{closure}/withdraw", page=same, typed={"reason": "made_in_error"}
    )
    follow(desk, way, withdraw, visitor)
    assert what_counts(desk) == before
    assert f"/closures/{made.id}/withdraw" not in desk.read(page, visitor)
    follow(desk, WayBack(route="/closures/{closure}/restore", page=same), page, visitor)
    with desk.store.begin() as conn:
        assert closures.get(conn, made.id) == made


CLOSURES = (
    b"site;closed_from;closed_until\r\n%s;2022-09-05;2022-09-20\r\n%s;2022-09-05;2022-09-21\r\n"
)


def test_closures_of_an_import_are_taken_back_whole_and_put_back(desk: Desk) -> None:
    visitor = desk.new_visitor(Role.COORDINATOR)
    slugs = [desk.site(), desk.site()]
    before = what_counts(desk)
    form = form_to(desk.read("/import", visitor), "/import")
    file = ("closures.csv", CLOSURES % tuple(slug.encode() for slug in slugs))
    pairs = form.with_typed([("kind", "closures")])
    shown = desk.send(Sent(path="/import", pairs=pairs, file=file), visitor.headers)
    form = form_to(desk.read(shown.headers["location"], visitor), "/import/confirm")
    desk.send(Sent(path=form.action, pairs=form.pairs), visitor.headers)
    imported = what_counts(desk)
    assert imported != before
    page = re.findall(r'href="(/imports/[^"/?]+)"', desk.read("/import", visitor))[0]
    withdraw = WayBack(route="/imports/{key}/withdraw", page=same, typed=TICKED)
    restore = WayBack(route="/imports/{key}/restore", page=same)
    follow(desk, withdraw, page, visitor)
    assert what_counts(desk) == before
    follow(desk, restore, page, visitor)
    assert what_counts(desk) == imported
    follow(desk, withdraw, page, visitor)
    assert what_counts(desk) == before
    with desk.store.begin() as conn:
        (gone,) = closure_withdrawal.withdrawn(conn, slugs[0])
        acts = [act.kind.value for _, act in closures.acts(conn, gone.closure.id)]
    assert acts == ["withdrawn", "restored", "withdrawn"]


def test_a_closure_lifted_by_mistake_is_extended_from_the_page_of_its_site(desk: Desk) -> None:
    visitor, closure = desk.visitor(Role.COORDINATOR), desk.closure()
    with desk.store.begin() as conn:
        before = closures.get(conn, closure)
    typed = {"closed_until": "2022-10-09T21:00", "reason": "purpose_met"}
    lift = WayBack(route="/closures/{closure}/lift", page=same, typed=typed)
    follow(desk, lift, f"/closures/{closure}/lift", visitor)
    page = desk.read(f"/sites/{before.site}/closures", visitor)
    assert f"/closures/{closure}/lift" not in page
    (extend,) = re.findall(rf'href="(/closures/{closure}/extend)"', page)
    typed = {"closed_until": "2022-11-08T21:00", "reason": "still_needed"}
    back = WayBack(route="/closures/{closure}/extend", page=same, typed=typed)
    follow(desk, back, extend, visitor)
    with desk.store.begin() as conn:
        assert closures.get(conn, closure) == before


def test_a_new_operation_is_withdrawn_and_found_again(desk: Desk) -> None:
    _, _, visitor, before = done(desk, BY_ROUTE["/new-operation"])
    with desk.store.begin() as conn:
        (made,) = [one for one in operations.during(conn) if one not in before["operations"]]  # type: ignore[operator]
    first = f"/operations/{made.id}"
    assert f'href="{first}"' in desk.read("/operations", visitor)
    way = WayBack(route="/operations/{operation}/withdraw", page=same, typed=TICKED)
    follow(desk, way, first, visitor)
    assert what_counts(desk) == before
    assert f'href="{first}"' in desk.read("/operations", visitor).partition('id="withdrawn"')[2]


def test_a_site_renamed_is_named_as_before(desk: Desk) -> None:
    sent, _, visitor, before = done(desk, BY_ROUTE["/sites/{slug}/edit"])
    slug = sent.path.split("/")[2]
    typed = {"name": f"Place {slug}", "aliases": ""}
    way = WayBack(route="/sites/{slug}/edit", page=same, typed=typed)
    follow(desk, way, sent.path, visitor)
    follow(desk, WayBack(route=way.route, page=same, typed={"aliases": ""}), sent.path, visitor)
    assert what_counts(desk) == before


def test_a_retired_site_is_found_under_the_list(desk: Desk) -> None:
    slug, visitor = desk.site(retired=True), desk.visitor(Role.COORDINATOR)
    assert f'href="/sites/{slug}/edit"' in desk.read("/sites", visitor)
    assert f'href="/sites/{slug}/edit"' not in desk.read("/sites", desk.visitor(Role.ANALYST))


def test_a_judgement_of_two_reports_is_judged_anew(desk: Desk) -> None:
    _, _, visitor, before = done(desk, BY_ROUTE["/duplicates"])
    form = form_to(desk.read("/duplicates?days=90", visitor), "/duplicates")
    assert form.pairs
    assert what_counts(desk)["operations"] == before["operations"]


def test_an_account_added_is_disabled(desk: Desk) -> None:
    sent, _, visitor, before = done(desk, BY_ROUTE["/accounts"])
    login = sent.value("login")
    way = WayBack(route="/accounts/{login}/disable", page=same, typed=TICKED)
    follow(desk, way, f"/accounts/{login}", visitor)
    with desk.store.begin() as conn:
        assert accounts.get(conn, login).disabled_at is not None
    assert login not in [row[0] for row in before["accounts"]]  # type: ignore[attr-defined]


def test_a_token_issued_is_revoked(desk: Desk) -> None:
    sent, _, visitor, _ = done(desk, BY_ROUTE["/accounts/{login}/tokens"])
    page = sent.path.removesuffix("/tokens")
    revoke = WayBack(route="/accounts/{login}/tokens/{token}/revoke", page=same)
    follow(desk, revoke, page, visitor)
    with pytest.raises(LookupError):
        form_to(desk.read(page, visitor), revoke.route)


def test_a_subscription_is_ended_and_a_change_of_one_changed_back(desk: Desk) -> None:
    _, _, visitor, _ = done(desk, BY_ROUTE["/subscriptions"])
    follow(
        desk,
        WayBack(route="/subscriptions/{subscription}/end", page=same),
        "/subscriptions",
        visitor,
    )
    sent, _, visitor, _ = done(desk, BY_ROUTE["/subscriptions/{subscription}/change"])
    page = sent.path.removesuffix("/change")
    typed = {"about": "weeks", "language": "fr"}
    follow(
        desk,
        WayBack(route="/subscriptions/{subscription}/change", page=same, typed=typed),
        page,
        visitor,
    )
    assert ("language", "fr") in form_to(
        desk.read(page, visitor), "/subscriptions/{subscription}/change"
    ).pairs


def test_a_whole_import_is_taken_back(desk: Desk) -> None:
    _, _, visitor, before = done(desk, BY_ROUTE["/import/confirm"])
    page = re.findall(r'href="(/imports/[^"/?]+)"', desk.read("/import", visitor))[0]
    way = WayBack(route="/imports/{key}/withdraw", page=same, typed=TICKED)
    follow(desk, way, page, visitor)
    assert what_counts(desk) == before


def test_every_act_has_its_way_back_or_says_why_not() -> None:
    others = {
        "/sites/{slug}/closures",
        "/new-operation",
        "/sites/{slug}/edit",
        "/duplicates",
        "/accounts",
        "/accounts/{login}/tokens",
        "/subscriptions",
        "/subscriptions/{subscription}/change",
        "/import/confirm",
    }
    known = [*WAYS, *SUPERSEDED, *FINAL, *others]
    assert sorted(known) == sorted(BY_ROUTE)
