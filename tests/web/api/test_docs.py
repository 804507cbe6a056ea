"""What the documentation says of the API is so."""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from geosites.web.http import problems

LATER = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
TEXT = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_problem_stands_in_the_table_with_its_status() -> None:
    told = dict(re.findall(r"\| `/problems#([\w-]+)` \| (\d+) \|", TEXT))
    assert told == {name: str(status) for name, status, _ in problems.explained()}


def test_every_address_of_the_api_is_told(reader: TestClient) -> None:
    described = reader.get("/openapi.json").json()["paths"]
    assert [path for path in described if path not in TEXT] == []


def test_the_example_is_taken_as_it_stands(make_client: Any) -> None:
    (command,) = re.findall(r"```sh\n(curl .*?)\n```", TEXT, re.DOTALL)
    words = shlex.split(command)
    body = json.loads(words[words.index("-d") + 1])
    answer = make_client(clock=lambda: LATER).post("/api/sightings", json=body)
    assert answer.status_code == 201
    assert answer.json()["id"] == body["id"]
