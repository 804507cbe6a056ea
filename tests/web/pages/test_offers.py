"""No page offers its reader what the reader may not open."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from geosites.permissions.policy import Role
from stores import small_exercise

LINK = re.compile(r'<a\b[^>]* href="(/[^"#?]*)')
ONE_OF_MANY = re.compile(r"\d{4}-W\d\d|(?<=/territories/)\w+|(?<=/sites/)[^/]+")
SHUT = (401, 403, 404)
LOOKED_AT = ("/account", f"/maps/hotspots/{small_exercise.WEEK}", "/territories/75119")


@pytest.mark.parametrize("role", list(Role))
def test_no_link_leads_to_where_its_reader_may_not_go(
    as_role: Callable[[Role], TestClient], role: Role
) -> None:
    client = as_role(role)
    answered: dict[str, int] = {}
    waiting = ["/"] if role is not Role.ADMIN else ["/account"]
    waiting += LOOKED_AT if role is not Role.ADMIN else []
    while waiting:
        path = waiting.pop()
        kind = ONE_OF_MANY.sub("_", path)
        if kind in answered:
            continue
        answer = client.get(path, headers={"accept": "text/html"})
        answered[kind] = answer.status_code
        if answer.headers.get("content-type", "").startswith("text/html"):
            waiting += [html.unescape(found) for found in LINK.findall(answer.text)]
    assert {kind: status for kind, status in answered.items() if status in SHUT} == {}
    assert len(answered) >= (2 if role is Role.ADMIN else 6)
