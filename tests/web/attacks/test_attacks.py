"""Hostile text is plain text wherever the service answers: pages, layers, documents, paper."""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pypdf
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from routes.page_table import Address, NoExample, addresses, fill
from samples.hostile import ATTACKS, COMPUTED
from stores import signed, small_exercise

LAST = len(ATTACKS) - 1
HOSTILE = small_exercise.EXAMPLES | {
    "slug": small_exercise.slug(LAST),
    "code": "75104",
    "sighting": str(small_exercise.hostile_id("visit", LAST)),
    "/maps/displacement/{event}": "/maps/displacement/"
    + str(small_exercise.hostile_id("operation", LAST)),
}
OURS = ("/", "#", "?", "data:image/", "http://127.0.0.1:8000/")
"""What an address in a page of ours begins with."""


class Markup(HTMLParser):
    """Reads a page as a browser does, and writes down what no page of ours holds."""

    def __init__(self) -> None:
        super().__init__()
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        bare = tag == "script" and not given.keys() & {"src", "nonce"}
        if bare or tag in ("iframe", "object", "embed", "style") or "style" in given:
            self.wrong.append(self.get_starttag_text() or tag)
        self.wrong += [f"{tag} {name}" for name in given if name.startswith("on")]
        links = [given[name] for name in ("src", "href", "action") if name in given]
        self.wrong += [f"{tag} {link}" for link in links if not link.startswith(OURS)]

    handle_startendtag = handle_starttag


def wrong_in(page: str) -> list[str]:
    read = Markup()
    read.feed(page)
    return read.wrong


def asked(client: TestClient) -> Iterator[tuple[Address, Any]]:
    """Yield every address that answers GET, with what a browser is answered there."""
    for one in addresses(application(client), HOSTILE):
        headers = {"accept": "text/html", **(signed.bearer(one.role) if one.role else {})}
        yield one, client.get(one.path, headers=headers)


def application(client: TestClient) -> FastAPI:
    app = client.app
    assert isinstance(app, FastAPI)
    return app


def test_every_route_has_an_example(hostile: TestClient) -> None:
    assert len(list(addresses(application(hostile), HOSTILE))) >= 40


def test_a_parameter_without_an_example_is_told() -> None:
    with pytest.raises(NoExample, match="'colour'"):
        fill("/paint/{colour}", HOSTILE)


def test_nothing_hostile_is_run_or_becomes_markup_anywhere(hostile: TestClient) -> None:
    wrong, pages = [], 0
    for one, answer in asked(hostile):
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if answer.status_code >= 500:
            wrong.append(f"{one.path}: {answer.status_code}")
        if b"uid=0" in answer.content or COMPUTED.encode() in answer.content:
            wrong.append(f"{one.path}: ran")
        if kind == "text/html":
            pages += 1
            wrong += [f"{one.path}: {found}" for found in wrong_in(answer.text)]
    assert sorted(set(wrong)) == []
    assert pages >= 10


def test_the_reader_of_pages_finds_what_is_wrong() -> None:
    attacks = "<script>x</script><img src=x onerror=y><a href=javascript:z><p style='a'>"
    assert len(wrong_in(attacks)) == 5


def test_every_text_is_on_the_pages_as_it_was_typed(hostile: TestClient) -> None:
    board = html.unescape(hostile.get("/sites").text)
    listed = html.unescape(hostile.get("/maps/displacement").text)
    told = html.unescape(hostile.get("/territories/75104").text)
    for page in (board, listed, told):
        assert [text for text in ATTACKS if text not in page] == []


@pytest.mark.parametrize("number", range(len(ATTACKS)))
def test_units_and_references_are_text_on_their_pages(hostile: TestClient, number: int) -> None:
    text = ATTACKS[number]
    operation = small_exercise.hostile_id("operation", number)
    shown = hostile.get(f"/maps/displacement/{operation}", headers={"accept": "text/html"})
    assert (
        f"<dd>{html.escape(text)}</dd>".replace("&#x27;", "&#39;").replace("&quot;", "&#34;")
        in shown.text
    )
    assert text in html.unescape(hostile.get(f"/sites/{small_exercise.slug(number)}").text)


def test_layers_and_documents_carry_them_as_data(hostile: TestClient) -> None:
    week = hostile.get(f"/layers/weeks/{small_exercise.WEEK}").json()
    titles = {one["properties"].get("title") for one in week["features"]}
    facts = json.dumps(week["features"])
    assert set(ATTACKS) <= titles
    assert [text for text in ATTACKS if json.dumps(text) not in facts] == []
    board = hostile.get("/api/closures").json()["sites"]
    assert set(ATTACKS) <= {site["name"] for site in board}


def test_paper_holds_them_as_text_and_nothing_that_runs(hostile: TestClient) -> None:
    answer = hostile.get("/rounds.pdf?days=60")
    read = pypdf.PdfReader(io.BytesIO(answer.content))
    said = "".join(page.extract_text() for page in read.pages)
    assert COMPUTED not in said
    assert "{{ 1234*4321 }}" in said or "hostile" not in said
    assert not re.search(rb"/(?:JavaScript|JS|Launch|SubmitForm)\b", answer.content)
