"""Accounts in the browser: added, changed, reset, disabled; tokens; the slip to hand out."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from geosites.db.access import accounts, sign_ins
from geosites.db.access.accounts import Account
from geosites.db.postgres.connection import Store
from geosites.permissions.policy import Role
from plain import plain
from samples.hostile import ATTACKS, COMPUTED
from stores import signed
from web.conftest import Clients

LIAISON: dict[str, Any] = {
    "login": "psp-18e-liaison",
    "role": "reporter",
    "unit": "PSP 18",
    "scope": ["75118"],
}
PATH = "/accounts/psp-18e-liaison"


@pytest.fixture
def admin(make_client: Clients) -> TestClient:
    return make_client(Role.ADMIN)


def post(client: TestClient, path: str, form: dict[str, Any]) -> Any:
    return client.post(path, data=form, follow_redirects=False)


def text(page: str) -> str:
    return re.sub(r"\s+", " ", plain(html.unescape(re.sub(r"<[^>]*>", " ", page))))


def kept(store: Store, login: str = "psp-18e-liaison") -> Account | None:
    with store.begin() as conn:
        return accounts.find(conn, login)


def version(client: TestClient, path: str = PATH) -> dict[str, str]:
    found = re.findall(r'name="version" value="([^"]*)"', client.get(path).text)
    return {"version": found[0] if found else ""}


def shown(page: str) -> list[str]:
    return [html.unescape(item) for item in re.findall(r"<code>([^<]*)</code>", page)]


@pytest.fixture
def added(admin: TestClient) -> str:
    """Return the first password of an account that was added."""
    answer = post(admin, "/accounts", LIAISON)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    login, password = shown(answer.text)
    assert login == LIAISON["login"]
    assert "/sign-in" in answer.text
    return password


def signs_in(client: TestClient, password: str) -> bool:
    form = {"login": LIAISON["login"], "password": password}
    answer = client.post("/sign-in", data=form, follow_redirects=False)
    client.cookies.clear()
    return bool(answer.status_code == 303)


def test_an_account_is_added_and_signs_in_with_its_slip(
    admin: TestClient, store: Store, make_client: Clients, added: str
) -> None:
    account = kept(store)
    assert account is not None
    assert (account.role, account.unit, account.scope) == ("reporter", "PSP 18", ("75118",))
    assert account.password_once
    assert added not in admin.get(PATH).text
    assert added not in admin.get("/accounts").text
    assert "jamais" in text(admin.get(PATH).text)
    assert signs_in(make_client(None), added)
    assert "jamais" not in text(re.findall(r"(?s)<dl.*?</dl>", admin.get(PATH).text)[0])
    entries = admin.get("/api/journal").json()["entries"]
    assert any(
        entry["actor"] == signed.login(Role.ADMIN) and LIAISON["login"] in entry["refs"]
        for entry in entries
    )


def test_the_last_use_is_still_known_when_sessions_and_devices_are_ended(
    admin: TestClient, store: Store, make_client: Clients, added: str
) -> None:
    assert signs_in(make_client(None), added)
    with store.begin() as conn:
        used = accounts.last_used(conn)[LIAISON["login"]]
    post(admin, f"{PATH}/disable", {"sure": "1"} | version(admin))
    with store.begin() as conn:
        assert accounts.last_used(conn)[LIAISON["login"]] == used
        assert sign_ins.count_sessions(conn, LIAISON["login"], used) == 0
    assert "jamais" not in text(re.findall(r"(?s)<dl.*?</dl>", admin.get(PATH).text)[0])


def test_role_unit_and_scope_are_changed(admin: TestClient, store: Store, added: str) -> None:
    form = {**LIAISON, **version(admin), "role": "coordinator", "unit": "DSPAP", "scope": []}
    assert post(admin, f"{PATH}/change", form).status_code == 303
    account = kept(store)
    assert account is not None
    assert (account.role, account.unit, account.scope) == ("coordinator", "DSPAP", ())
    same = post(admin, f"{PATH}/change", {**form, **version(admin)})
    assert same.status_code == 422


def test_an_account_is_disabled_and_reset(
    admin: TestClient, store: Store, make_client: Clients, added: str
) -> None:
    nobody = make_client(None)
    unsure = post(admin, f"{PATH}/disable", version(admin))
    assert unsure.status_code == 422
    assert 'id="wrong-sure"' in unsure.text
    sure = {**version(admin), "sure": "1"}
    assert post(admin, f"{PATH}/disable", sure).status_code == 303
    assert not signs_in(nobody, added)
    assert post(admin, f"{PATH}/disable", {**version(admin), "sure": "1"}).status_code == 422
    again = post(admin, f"{PATH}/reset", {**version(admin), "sure": "1"})
    assert again.headers["cache-control"] == "no-store"
    _, password = shown(again.text)
    assert password != added
    assert signs_in(nobody, password)
    assert not signs_in(nobody, added)


def test_a_token_is_shown_once_and_revoked(
    admin: TestClient, store: Store, make_client: Clients, added: str
) -> None:
    form = {"days": "30", "acts": ["report sighting"]}
    answer = post(admin, f"{PATH}/tokens", form)
    assert answer.headers["cache-control"] == "no-store"
    token = shown(answer.text)[1]
    assert token not in admin.get(PATH).text
    script = make_client(None)
    script.headers["Authorization"] = f"Bearer {token}"
    assert script.get("/report/state").status_code == 200
    assert script.get("/sites").status_code == 403
    (address,) = re.findall(r'action="([^"]*/revoke)"', admin.get(PATH).text)
    assert post(admin, address, {}).status_code == 303
    assert script.get("/report/state").status_code == 401
    assert post(admin, address, {}).status_code == 404
    other = address.replace(LIAISON["login"], signed.login(Role.ANALYST))
    assert post(admin, other, {}).status_code == 404
    for wrong in ({"days": "0"}, {"days": "x"}, {"days": "400"}, {"days": "9", "acts": ["import"]}):
        refused = post(admin, f"{PATH}/tokens", wrong)
        assert refused.status_code == 422
        assert 'id="wrong-days"' in refused.text


WRONG = (
    ({"login": ""}, "login"),
    ({"login": "jean@example.org"}, "login"),
    ({"login": "Jean Dupont"}, "login"),
    ({"login": "x" * 80}, "login"),
    ({"login": "test-analyst"}, "login"),
    ({"role": ""}, "role"),
    ({"role": "prefect"}, "role"),
    ({"unit": ""}, "unit"),
    ({"unit": "u" * 80}, "unit"),
    ({"scope": ["99999"]}, "scope"),
    ({"oidc_subject": "s" * 300}, "oidc_subject"),
)


@pytest.mark.parametrize(("changes", "beside"), WRONG)
def test_what_cannot_be_is_named_beside_its_field_and_kept(
    admin: TestClient, store: Store, changes: dict[str, Any], beside: str
) -> None:
    answer = post(admin, "/accounts", {**LIAISON, **changes})
    assert answer.status_code == 422
    assert f'id="wrong-{beside}"' in answer.text
    given = {**LIAISON, **changes}
    assert f'value="{given["unit"]}"' in answer.text
    assert 'value="75118" checked' in answer.text or "scope" in changes
    assert kept(store) is None


def test_nobody_takes_away_their_own_access_or_the_last_administrator(
    admin: TestClient, store: Store, added: str
) -> None:
    own = f"/accounts/{signed.login(Role.ADMIN)}"
    page = admin.get(own).text
    assert f"{own}/disable" not in page
    for act in ("change", "reset", "disable"):
        form = {"role": "reporter", "unit": "u", "sure": "1", "version": "x"}
        assert post(admin, f"{own}/{act}", form).status_code == 422
    account = kept(store, signed.login(Role.ADMIN))
    assert account is not None
    assert (account.role, account.disabled_at) == ("admin", None)


def test_who_comes_second_sees_what_the_account_is_now(
    admin: TestClient, store: Store, added: str
) -> None:
    seen = version(admin)
    first = {**LIAISON, **seen, "unit": "PSP 19"}
    assert post(admin, f"{PATH}/change", first).status_code == 303
    answer = post(admin, f"{PATH}/change", {**LIAISON, **seen, "unit": "PSP 20"})
    assert answer.status_code == 409
    assert "PSP 19" in text(re.findall(r'(?s)id="changed".*?</div>', answer.text)[0])
    assert 'value="PSP 20"' in answer.text
    account = kept(store)
    assert account is not None
    assert account.unit == "PSP 19"
    for act in ("reset", "disable"):
        assert post(admin, f"{PATH}/{act}", {**seen, "sure": "1"}).status_code == 409
    assert kept(store) == account


@pytest.mark.parametrize(
    "role", [Role.REPORTER, Role.COORDINATOR, Role.ANALYST, Role.PARTNER, None]
)
def test_nobody_else_manages_accounts(
    make_client: Clients, store: Store, added: str, role: Role | None
) -> None:
    other, status, before = make_client(role), 403 if role else 401, kept(store)
    for path in ("/accounts", PATH):
        assert other.get(path).status_code == status
    for act in ("change", "reset", "disable", "tokens"):
        form = {**LIAISON, "sure": "1", "role": "admin", "days": "9"}
        assert post(other, f"{PATH}/{act}", form).status_code == status
    assert post(other, "/accounts", {**LIAISON, "login": "mine"}).status_code == status
    assert kept(store) == before
    assert kept(store, "mine") is None


@pytest.mark.parametrize("attack", ATTACKS[::4])
def test_hostile_text_in_a_field_is_only_ever_text(
    admin: TestClient, store: Store, added: str, attack: str
) -> None:
    for name in (*LIAISON, "oidc_subject", "version"):
        answer = post(admin, "/accounts", {**LIAISON, name: attack})
        assert answer.status_code in (200, 422)
        assert COMPUTED not in answer.text
        assert "<script>alert" not in answer.text
        changed = post(admin, f"{PATH}/change", {**LIAISON, **version(admin), name: attack})
        assert changed.status_code in (303, 409, 422)
    for path in ("/accounts", PATH):
        page = admin.get(path).text
        assert COMPUTED not in page
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert admin.get(f"/accounts/{attack.replace('/', '')[:40]}").status_code in (404, 405)


def test_every_field_has_its_label(admin: TestClient, added: str) -> None:
    for path in ("/accounts", PATH):
        page = admin.get(path).text
        for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", page):
            named = re.search(r'id="([^"]+)"', tag)
            labelled = named is not None and f'for="{named[1]}"' in page
            assert labelled or "hidden" in tag or "checkbox" in tag, tag


def test_an_account_named_like_a_person_is_told_on_its_slip(admin: TestClient) -> None:
    told = post(admin, "/accounts", {**LIAISON, "login": "jean-dupont"})
    assert told.status_code == 200
    assert "ressemble au nom d’une personne" in told.text
    assert "ressemble" not in post(admin, "/accounts", LIAISON).text
