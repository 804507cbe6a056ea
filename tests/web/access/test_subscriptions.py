"""Subscriptions in the browser: an account's own, by mail or webhook, tested, within its scope."""

from __future__ import annotations

import datetime as dt
import html
import random
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from geosites.alarms.delivery import deliver_due
from geosites.alarms.own_subscriptions import Ways
from geosites.alarms.own_webhooks import OwnWebhooks
from geosites.alarms.webhooks import by_webhook
from geosites.auth import accounts
from geosites.core.alarm_messages import AlarmKind, Channel, Hours, Message, Subscription
from geosites.core.alarm_messages import SubscriptionTopic as Topic
from geosites.db.postgres.connection import Store
from geosites.db.publication import own_subscriptions
from geosites.db.publication.own_subscriptions import Recipient
from geosites.db.schema.alarms import alarm_message
from geosites.permissions.message_recipients import hears
from geosites.permissions.policy import Role
from samples.hostile import ATTACKS, COMPUTED
from stores import signed
from web.conftest import NOW, Clients

OWN = OwnWebhooks(hosts=frozenset({"duty.example.org"}), key=b"a key of the service")
BOTH = Ways(mail=True, webhooks=OWN)
MAIL = {"channel": "email", "address": "duty@example.org", "about": ["closures"], "language": "fr"}
HOOK = {**MAIL, "channel": "webhook", "address": "https://duty.example.org/geosites"}
PATH = "/subscriptions"


@pytest.fixture
def desk(make_client: Clients) -> TestClient:
    return make_client(ways=BOTH)


def post(client: TestClient, path: str, form: dict[str, Any] | None = None) -> Any:
    return client.post(path, data=form or {}, follow_redirects=False)


def own(store: Store, role: Role = Role.COORDINATOR) -> list[Subscription]:
    with store.begin() as conn:
        return own_subscriptions.of_account(conn, signed.login(role))


def test_a_mailbox_is_subscribed_changed_and_ended(desk: TestClient, store: Store) -> None:
    form = {**MAIL, "about": ["closures", "weeks"], "opens": "08:00", "closes": "20:00"}
    assert post(desk, PATH, form).status_code == 303
    (one,) = own(store)
    assert (one.channel, one.address, one.account) == (
        Channel.EMAIL,
        "duty@example.org",
        signed.login(Role.COORDINATOR),
    )
    assert one.hours == Hours(dt.time(8), dt.time(20))
    page = html.unescape(desk.get(PATH).text)
    assert "duty@example.org : fermetures" in page.replace("\xa0", " ")
    wish = {"about": ["hotspots"], "language": "en"}
    assert post(desk, f"{PATH}/{one.id}/change", wish).status_code == 303
    (other,) = own(store)
    assert (other.about, other.hours, other.language) == (frozenset({Topic.HOTSPOTS}), None, "en")
    stale = post(desk, f"{PATH}/{one.id}/change", {"about": ["weeks"], "language": "fr"})
    assert stale.status_code == 409
    assert "duty@example.org" in stale.text
    assert own(store) == [other]
    assert post(desk, f"{PATH}/{one.id}/end").status_code == 409
    assert post(desk, f"{PATH}/{other.id}/end").status_code == 303
    assert own(store) == []


def test_each_act_is_in_the_journal(desk: TestClient, store: Store, make_client: Clients) -> None:
    post(desk, PATH, MAIL)
    (one,) = own(store)
    post(desk, f"{PATH}/{one.id}/end")
    entries = make_client(Role.ADMIN).get("/api/journal").json()["entries"]
    acts = [
        entry
        for entry in entries
        if entry["what"] == "alarm_subscription" and str(one.id) in entry["refs"]
    ]
    assert [entry["actor"] for entry in acts] == [signed.login(Role.COORDINATOR)] * 2


def test_a_webhook_is_signed_by_a_secret_that_is_shown_once(desk: TestClient, store: Store) -> None:
    answer = post(desk, PATH, HOOK)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    (one,) = own(store)
    secret = OWN.written_secret(one.account or "", one.address)
    assert secret in html.unescape(answer.text)
    assert secret not in html.unescape(desk.get(PATH).text)
    assert OWN.secret("another", one.address) != OWN.secret(one.account or "", one.address)


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/geosites",
        "https://duty.example.org:8443/geosites",
        "https://duty.example.org.evil.example/",
        "http://127.0.0.1/",
        "https://user:x@duty.example.org/",
        "file:///etc/passwd",
    ],
)
def test_a_webhook_leads_only_where_an_operator_allowed(
    desk: TestClient, store: Store, address: str
) -> None:
    answer = post(desk, PATH, {**HOOK, "address": address})
    assert answer.status_code == 422
    assert html.escape(address, quote=False)[:12] in answer.text
    assert own(store) == []


def test_a_host_that_is_allowed_no_more_gets_nothing(desk: TestClient, store: Store) -> None:
    post(desk, PATH, HOOK)
    (one,) = own(store)
    message = Message(
        id=one.id, subscription=one, site=None, kind=AlarmKind.TEST, changed_at=NOW, content={},
        due_at=NOW,
    )  # fmt: skip
    other = OwnWebhooks(hosts=frozenset({"other.example"}), key=OWN.key)
    assert "duty.example.org" in str(by_webhook(message, NOW, other))
    assert by_webhook(message, NOW) is not None


def test_without_a_server_nothing_is_promised(make_client: Clients, store: Store) -> None:
    bare = make_client()
    for form in (MAIL, HOOK):
        assert post(bare, PATH, form).status_code == 422
    assert own(store) == []
    assert "aucun serveur de messagerie" in bare.get(PATH).text


def test_a_test_message_goes_out_at_any_hour_and_its_fate_is_shown(
    desk: TestClient, store: Store
) -> None:
    post(desk, PATH, {**MAIL, "opens": "03:00", "closes": "03:30"})
    (one,) = own(store)
    assert post(desk, f"{PATH}/{one.id}/test").status_code == 303
    again = post(desk, f"{PATH}/{one.id}/test")
    assert again.status_code == 422
    assert "en cours" in again.text
    letters: list[Message] = []

    def take(message: Message, _: dt.datetime) -> str | None:
        letters.append(message)
        return None

    sent = deliver_due(store, {Channel.EMAIL: take}, NOW, random.Random(5))
    assert sent.document()["delivered"] == len(letters) == 1
    assert "essai" in str(letters[0].content["subject"]).lower()
    assert "Remis" in desk.get(PATH).text or "remis" in desk.get(PATH).text
    assert post(desk, f"{PATH}/{one.id}/test").status_code == 303
    refused = deliver_due(store, {Channel.EMAIL: lambda *_: "answered 500"}, NOW, random.Random(5))
    assert refused.document()["to_try_again"] == 1
    assert "answered 500" in desk.get(PATH).text


def test_an_account_has_only_its_own(desk: TestClient, store: Store, make_client: Clients) -> None:
    post(desk, PATH, MAIL)
    (one,) = own(store)
    analyst = make_client(Role.ANALYST, ways=BOTH)
    assert "duty@example.org" not in analyst.get(PATH).text
    for act in ("change", "test", "end"):
        assert post(analyst, f"{PATH}/{one.id}/{act}", MAIL).status_code == 404
    assert analyst.get(f"{PATH}/{one.id}").status_code == 404
    assert post(analyst, PATH, MAIL).status_code == 303
    assert post(analyst, PATH, MAIL).status_code == 422
    assert len(own(store)) == len(own(store, Role.ANALYST)) == 1


@pytest.mark.parametrize("role", [Role.REPORTER, Role.ADMIN])
def test_who_follows_nothing_subscribes_to_nothing(make_client: Clients, role: Role) -> None:
    client = make_client(role, ways=BOTH)
    assert client.get(PATH).status_code == 403
    assert post(client, PATH, MAIL).status_code == 403


def test_partners_may_not_follow_hotspots(make_client: Clients, store: Store) -> None:
    partner = make_client(Role.PARTNER, ways=BOTH)
    assert 'value="hotspots"' not in partner.get(PATH).text
    assert post(partner, PATH, {**MAIL, "about": ["hotspots"]}).status_code == 422
    assert post(partner, PATH, {**MAIL, "about": ["weeks"]}).status_code == 303
    assert len(own(store, Role.PARTNER)) == 1


def test_no_more_than_ten(desk: TestClient, store: Store) -> None:
    answers = [post(desk, PATH, {**MAIL, "address": f"d{n}@example.org"}) for n in range(11)]
    assert [answer.status_code for answer in answers] == [303] * 10 + [422]
    assert len(own(store)) == 10


@pytest.mark.parametrize("name", ["address", "about", "opens", "closes", "language", "channel"])
def test_hostile_text_is_shown_and_does_nothing(desk: TestClient, store: Store, name: str) -> None:
    for text in ATTACKS[::3]:
        answer = post(desk, PATH, {**MAIL, name: text})
        assert answer.status_code == 422, text
        assert COMPUTED not in answer.text
        assert text not in answer.text or "<" not in text
    assert own(store) == []


def test_a_disabled_account_is_told_nothing(desk: TestClient, store: Store) -> None:
    post(desk, PATH, MAIL)
    (one,) = own(store)
    post(desk, f"{PATH}/{one.id}/test")
    with store.begin() as conn:
        accounts.disable(conn, signed.login(Role.COORDINATOR), NOW)
        states = conn.execute(sa.select(alarm_message.c.state)).scalars().all()
        assert own_subscriptions.recipients(conn) == []
    assert states == ["dead"]
    assert own(store) == []


def recipient(**changes: Any) -> Recipient:
    subscription = Subscription(
        id=uuid4(), channel=Channel.EMAIL, address="a@b", account="x", about=frozenset(Topic)
    )
    return Recipient(subscription=subscription, **{"role": "coordinator", **changes})


def test_an_alarm_stays_within_territories_and_role() -> None:
    inside = recipient(scope=("75119",))
    assert hears(inside, AlarmKind.REOPENED, "75119")
    assert not hears(inside, AlarmKind.REOPENED, "75118")
    assert hears(inside, AlarmKind.NEW_WEEK, None)
    assert not hears(inside, AlarmKind.NEW_HOTSPOT, "93001")
    assert hears(recipient(), AlarmKind.NEW_HOTSPOT, "93001")
    assert not hears(recipient(role="partner"), AlarmKind.NEW_HOTSPOT, "75119")
    assert hears(recipient(role="partner"), AlarmKind.REOPENED, "75119")
    assert not hears(recipient(role="reporter"), AlarmKind.REOPENED, "75119")
    assert hears(recipient(role=None), AlarmKind.REOPENED, "75119")


def test_a_bulletin_reaches_those_alone_who_may_read_all_of_it() -> None:
    assert hears(recipient(), AlarmKind.NEW_BULLETIN, None)
    assert hears(recipient(role=None), AlarmKind.NEW_BULLETIN, None)
    assert not hears(recipient(scope=("75119",)), AlarmKind.NEW_BULLETIN, None)
    for role in ("analyst", "partner", "reporter", "admin"):
        assert not hears(recipient(role=role), AlarmKind.NEW_BULLETIN, None)


def test_bulletins_are_asked_for_by_mail_and_by_coordinators(
    desk: TestClient, make_client: Clients, store: Store
) -> None:
    wish = {**MAIL, "about": ["bulletins"]}
    assert "bulletins" in desk.get(PATH).text
    assert post(desk, PATH, {**HOOK, "about": ["bulletins"]}).status_code == 422
    analyst = make_client(ways=BOTH, role=Role.ANALYST)
    assert 'value="bulletins"' not in analyst.get(PATH).text
    assert post(analyst, PATH, wish).status_code == 422
    assert post(desk, PATH, wish).status_code == 303
    assert [one.about for one in own(store)] == [{Topic.BULLETINS}]
