"""OPTIONS, 405 with Allow, and other origins, which have to be named."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from geosites.permissions.policy import Role
from stores import signed
from web.conftest import Clients

FOREIGN = "https://maps.example:8443"
ASKS = {"Origin": FOREIGN, "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,x-motive"}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/sites/forceval", "GET, HEAD, OPTIONS"),
        ("/report", "GET, HEAD, OPTIONS, POST"),
        ("/api/sightings", "OPTIONS, POST"),
        ("/ogc/collections", "GET, HEAD, OPTIONS"),
        ("/duplicates", "GET, HEAD, OPTIONS, POST"),
        ("/static/app.css", "GET, HEAD, OPTIONS"),
    ],
)
def test_options_and_a_wrong_method_name_the_methods(
    reader: TestClient, path: str, allow: str
) -> None:
    options = reader.options(path)
    assert (options.status_code, options.headers["allow"]) == (204, allow)
    wrong = reader.delete(path)
    assert (wrong.status_code, wrong.headers["allow"]) == (405, allow)
    assert wrong.headers["content-type"] == "application/problem+json"


def test_options_of_nothing_is_not_found(reader: TestClient) -> None:
    assert reader.options("/nothing").status_code == 404


def test_no_other_origin_is_let_in_by_default(reader: TestClient) -> None:
    asked = reader.options("/api/closures", headers=ASKS)
    answer = reader.get("/api/closures", headers={"Origin": FOREIGN})
    for one in (asked, answer):
        assert [name for name in one.headers if name.startswith("access-control-")] == []


def test_an_origin_that_is_named_asks_with_a_token_and_never_by_cookie(
    make_client: Clients,
) -> None:
    client = make_client(Role.COORDINATOR, cors_origins=(FOREIGN,))
    asked = client.options("/api/closures", headers=ASKS)
    assert asked.status_code == 200
    assert asked.headers["access-control-allow-origin"] == FOREIGN
    assert "access-control-allow-credentials" not in asked.headers
    answer = client.get("/api/closures", headers={"Origin": FOREIGN})
    assert answer.headers["access-control-allow-origin"] == FOREIGN
    other = client.get("/api/closures", headers={"Origin": "https://evil.example"})
    assert "access-control-allow-origin" not in other.headers
    by_cookie = {
        "Origin": FOREIGN,
        "Authorization": "",
        "Cookie": f"geosites={signed.session(Role.COORDINATOR)}",
    }
    assert client.post("/sign-out", headers=by_cookie).status_code == 403
