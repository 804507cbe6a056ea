"""A field that nobody named for a reader is in nothing that this reader gets, by no channel.

Unknown fields are added to every document of every result, at every level, and each channel is read
by everybody who sees less than all: their documents are those without the unknown fields, to the
byte. Who sees everything everywhere gets the unknown fields, so that the test can fail.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
import shapely
from pypdf import PdfReader
from starlette.testclient import TestClient

from geosites import services
from geosites.analysis.closure import Status
from geosites.auth import accounts, tokens
from geosites.bulletins import issuing
from geosites.core.records import Operation, OperationKind, Sighting, Site, TimePrecision
from geosites.db.closure import operations
from geosites.db.geography import sites
from geosites.db.postgres.connection import Store
from geosites.db.publication import changes
from geosites.db.publication.changes import ChangeKind
from geosites.db.reports import sightings
from geosites.permissions.policy import Role
from geosites.services.closure_status.closure import ClosureAnswer
from geosites.services.closure_status.crew_detection import CrewDetection
from geosites.services.closure_status.history import SiteHistory
from geosites.services.displacement_studies.events import DispersalEvent, ListedDispersal
from geosites.services.patrols.round_plan import RoundPlan
from geosites.services.patrols.rounds import RoundSheet
from geosites.services.territories.people_present import PeopleStanding
from geosites.services.territories.published_counts import CountBeside
from geosites.services.territories.territory import TerritoryStory, TerritoryWeeks
from geosites.services.territories.territory_counts import Tally
from geosites.services.weekly.alarm import WeekAlarm
from geosites.web.app import create_app
from geosites.web.app_config import WebConfig
from routes.page_forms import form_to
from stores import signed, small_exercise
from web.conftest import as_service

KEY, VALUE = "field_that_nobody_named", "zq7391-not-for-you"
NOW = dt.datetime(2022, 12, 1, tzinfo=dt.UTC)
SCOPE = ("75119", "75104")
OPERATION = UUID("aaaaaaaa-0000-4000-8000-000000000001")
WEEK = "2022-W40"
NEARBY = 1237
"""People seen beside a closed perimeter; no other number holds these digits."""
HERE = "http://127.0.0.1:8000"
LATER = dt.datetime(2035, 1, 1, tzinfo=dt.UTC)
"""After this test, so that the geography is known when a bulletin is issued."""
MONDAY, ON_MONDAY = "/monday", LATER
"""The page of the week that is just over, and a Monday on which it can be told."""

KINDS: tuple[tuple[type, str], ...] = (
    (services.WeekHotspots, "document"),
    (services.DisplacementStudy, "document"),
    (ClosureAnswer, "document"),
    (SiteHistory, "document"),
    (TerritoryWeeks, "document"),
    (TerritoryWeeks, "course"),
    (TerritoryWeeks, "tables"),
    (TerritoryWeeks, "summary"),
    (TerritoryStory, "document"),
    (Tally, "rows"),
    (DispersalEvent, "document"),
    (ListedDispersal, "document"),
    (CountBeside, "document"),
    (RoundSheet, "document"),
    (RoundPlan, "document"),
    (WeekAlarm, "document"),
    (CrewDetection, "document"),
    (PeopleStanding, "document"),
)
"""Every result and the method that gives its documents."""

CHANNELS = (
    # pages
    "/", "/sites", "/sites/forceval", "/sites/stalingrad", "/territories", "/territories/75119",
    "/territories/75104", "/maps/hotspots/2022-W40", "/maps/hotspots/2022-W40/facts",
    "/maps/displacement", f"/maps/displacement/{OPERATION}", "/published-counts", "/rounds",
    "/bulletins", "/report", MONDAY, "/committee", "/committee/ars",
    # documents for programs
    "/api/hotspots/2022-W40", f"/api/displacement?operation={OPERATION}", "/api/closures",
    "/api/sites/forceval/closure", "/api/sites/stalingrad/closure", "/api/sites/forceval/history",
    "/api/territories/75119", "/api/territories/75104", "/api/rounds", "/api/rounds/plan",
    "/api/detection", "/api/changes?limit=1000", "/feed.atom",
    # layers and pictures
    "/layers/weeks/2022-W40", "/layers/sites/forceval", "/layers/sites/stalingrad",
    f"/layers/displacement/{OPERATION}", "/layers/today", "/layers/territories",
    "/maps/hotspots/2022-W40.svg", f"/maps/displacement/{OPERATION}.svg",
    # OGC API
    "/ogc/collections",
    *(
        f"/ogc/collections/{name}/items?limit=300"
        for name in ("sites", "operations", "closures", "hotspots", "weeks", "flows",
                     "sightings", "territories")
    ),
    # files
    f"/bulletins/{WEEK}", f"/bulletins/{WEEK}.json", f"/bulletins/{WEEK}.html",
    f"/bulletins/{WEEK}.pdf", f"/bulletins/{WEEK}/map.png",
    "/rounds.pdf", "/rounds/plan.pdf", "/rounds/plan.png",
    "/api/export/sightings.csv?motive=test", "/api/export/closures.csv?motive=test",
    "/api/export/operations.csv?motive=test", "/api/export/sites.csv?motive=test",
)  # fmt: skip

SAME = tuple(
    path
    for path in CHANNELS
    if path.startswith(("/api/", "/layers/"))
    and not path.startswith(("/api/export", "/api/changes"))
)
"""Documents, which are the same to the byte whether or not there are unknown fields.

A page of changes ends with a cursor, which goes on with every request that is journaled.
"""

WHOLE = ("/api/hotspots/2022-W40", f"/api/displacement?operation={OPERATION}", "/api/closures",
         "/api/sites/forceval/history", "/api/territories/75119", "/api/rounds",
         "/api/rounds/plan", "/api/changes?limit=1000")  # fmt: skip


def strange(found: Any) -> Any:
    """Return a result's document with an unknown field at every level of it."""
    if isinstance(found, Mapping):
        return {**{name: strange(value) for name, value in found.items()}, KEY: VALUE}
    if isinstance(found, list):
        return [strange(one) for one in found]
    return found


REQUEST_ID = re.compile(rb',"request_id":"[0-9a-f]{32}"')
"""What differs in every problem document."""

Answers = dict[tuple[str, str], tuple[int, bytes]]
"""Status and body by reader and path."""


@dataclass(frozen=True)
class Readers:
    """Who sees less than all, and what each channel answered them before and after.

    `whole` is what somebody who sees all was answered after, `asked` which results were asked for.
    """

    tokens: dict[str, str]
    before: Answers
    after: Answers
    whole: dict[str, bytes]
    asked: set[str]


def beside(site: Site) -> Sighting:
    """Return people seen 80 metres outside the perimeter of a site on the last day."""
    east = site.perimeter.bounds[2] + 80
    return Sighting(
        id=UUID("aaaaaaaa-0000-4000-8000-000000000002"),
        observed_at=dt.datetime(2022, 10, 9, 18, tzinfo=dt.UTC),
        time_precision=TimePrecision.INSTANT,
        point=shapely.Point(east, site.perimeter.centroid.y),
        headcount=NEARBY,
        territory="75119",
        verified=True,
        unit="unit 1",
    )


def note_changes(store: Store) -> None:
    """Note changes with unknown fields in their details; the first, so that a page holds them."""
    with store.begin() as conn:
        state = {"status": Status.PROBABLY_CLOSED.value, "name": "Forceval", KEY: VALUE}
        place = {"site": "forceval", "territory": "75119"}
        changes.note(conn, ChangeKind.CLOSURE_STATE, **place, detail=state)
        spot = {"rank": 1, "quartier": "La Villette", KEY: VALUE}
        monday = dt.date(2022, 10, 3)
        changes.note(conn, ChangeKind.HOTSPOT_NEW, monday=monday, territory="75119", detail=spot)


def prepare(store: Store) -> dict[str, str]:
    """Add an operation whose weeks are over and accounts with a scope; return the tokens."""
    shown = {str(role): signed.token(role) for role in (Role.PARTNER, Role.ANALYST, Role.REPORTER)}
    with store.begin() as conn:
        operation = Operation(
            id=OPERATION,
            started_at=small_exercise.EVENT_AT,
            ended_at=small_exercise.EVENT_AT + dt.timedelta(hours=2),
            kind=OperationKind.EVACUATION,
            area=small_exercise.STALINGRAD.buffer(200),
            site="stalingrad",
            headcount_dispersed=50,
        )
        operations.add(conn, operation)
        sightings.add(conn, beside(sites.get(conn, "forceval")))
        for role in (Role.PARTNER, Role.COORDINATOR, Role.ANALYST, Role.REPORTER):
            login = f"some-{role}"
            asked = accounts.AccountRequest(login=login, role=role, unit="ars", scope=SCOPE)
            accounts.add(conn, asked, signed.BEGAN, password="not asked for", hasher=signed.CHEAP)
            shown[login] = tokens.issue(conn, login, NOW).token
    return shown


@pytest.fixture(scope="module")
def readers(template: str, new_database: Callable[..., str]) -> Iterator[Readers]:
    """Return what everybody is told by every channel, with unknown fields and then as it is.

    What is released to partners and issued as a bulletin is so while the fields are there.
    """
    store = Store(new_database(template))
    note_changes(store)
    small_exercise.fill(store)
    shown, coordinator = prepare(store), signed.bearer(Role.COORDINATOR)
    asked: set[str] = set()
    with as_service(store) as served, pytest.MonkeyPatch.context() as patched:
        poison(patched, asked)
        with TestClient(
            create_app(served, WebConfig(clock=lambda: LATER, import_wait_s=600)),
            base_url=HERE,
        ) as client:
            read = client.get(f"/bulletins/{WEEK}", headers=coordinator).text
            form = dict(form_to(read, "/bulletins/{week}").pairs)
            issued = client.post(f"/bulletins/{WEEK}", data=form, headers=coordinator)
            assert issued.status_code == 200, issued.text
        with TestClient(create_app(served, WebConfig(clock=lambda: NOW)), base_url=HERE) as client:
            strange_ones = collected(client, shown)
        on_monday = create_app(served, WebConfig(clock=lambda: ON_MONDAY))
        with TestClient(on_monday, base_url=HERE) as client:
            strange_ones |= collected(client, shown, [MONDAY])
        with TestClient(create_app(served, WebConfig(clock=lambda: NOW)), base_url=HERE) as client:
            whole = {path: client.get(path, headers=coordinator).content for path in WHOLE}
    with (
        as_service(store) as served,
        TestClient(create_app(served, WebConfig(clock=lambda: NOW)), base_url=HERE) as client,
    ):
        plain = collected(client, shown, SAME)
    yield Readers(shown, plain, strange_ones, whole, asked)
    store.close()


def poison(patched: pytest.MonkeyPatch, asked: set[str]) -> None:
    """Let every result give an unknown field at every level of its documents."""
    for kind, name in KINDS:
        patched.setattr(kind, name, _with_more(getattr(kind, name), kind.__name__, asked))
    patched.setattr(issuing, "bulletin", _with_more(issuing.bulletin, "bulletin", asked))


def _with_more(method: Callable[..., Any], name: str, asked: set[str]) -> Callable[..., Any]:
    def told(*args: Any, **options: Any) -> Any:
        asked.add(name)
        return strange(method(*args, **options))

    return told


def collected(
    client: TestClient, shown: Mapping[str, str], paths: Sequence[str] = CHANNELS
) -> Answers:
    found = {}
    for who, token in shown.items():
        for path in paths:
            answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
            body = _text(answer.content) if path.endswith(".pdf") else answer.content
            found[who, path] = answer.status_code, REQUEST_ID.sub(b"", body)
    return found


def _text(content: bytes) -> bytes:
    """Return the text of a PDF, whose pages are compressed; anything else as it is."""
    if not content.startswith(b"%PDF"):
        return content
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).encode()


def test_every_kind_of_result_was_asked_for(readers: Readers) -> None:
    wanted = {kind.__name__ for kind, _ in KINDS} - {"WeekAlarm"}
    assert readers.asked >= wanted | {"bulletin"}


@pytest.mark.parametrize("path", WHOLE)
def test_who_sees_everything_gets_the_unknown_fields(readers: Readers, path: str) -> None:
    assert VALUE.encode() in readers.whole[path]


@pytest.mark.parametrize("path", CHANNELS)
def test_nobody_else_gets_them_by_any_channel(readers: Readers, path: str) -> None:
    answers = {who: readers.after[who, path] for who in readers.tokens}
    assert {who for who, (_, body) in answers.items() if VALUE.encode() in body} == set()
    assert {who for who, (_, body) in answers.items() if KEY.encode() in body} == set()
    assert {who for who, (status, _) in answers.items() if status >= 500} == set()


def test_every_channel_answers_somebody(readers: Readers) -> None:
    answered = {path for (_, path), (status, _) in readers.after.items() if status == 200}
    assert set(CHANNELS) - answered == set()


@pytest.mark.parametrize("path", SAME)
def test_each_document_is_as_it_was_to_the_byte(readers: Readers, path: str) -> None:
    for who in readers.tokens:
        assert readers.after[who, path] == readers.before[who, path], who


def test_how_many_were_seen_beside_a_site_is_told_to_who_sees_cells_alone(readers: Readers) -> None:
    for path in ("/layers/sites/forceval", "/sites/forceval", "/api/sites/forceval/closure"):
        told = {who for who in readers.tokens if holds(readers.after[who, path][1], NEARBY)}
        assert told == {who for who in readers.tokens if "partner" not in who}, path


def holds(body: bytes, number: int) -> bool:
    """Return whether an answer holds a number, with or without a space for thousands."""
    return re.search(rf"(?<!\d)1\W?{number % 1000}(?!\d)", body.decode()) is not None


def test_an_account_is_told_to_who_may_add_it_up_alone(readers: Readers) -> None:
    path = f"/api/displacement?operation={OPERATION}"
    partner, exact = json.loads(readers.after["partner", path][1]), json.loads(readers.whole[path])
    kept = [row for row in partner["territories"] if row["change"] is None]
    assert {row["se"] for row in kept} == {None}
    assert exact["accounting"] is not None
    for who in ("some-coordinator", "some-analyst"):
        told = json.loads(readers.after[who, path][1])
        assert told["accounting"] is told["net"]["change"] is None
        assert {row["code"] for row in told["territories"]} <= set(SCOPE)


STUDIES = ("event", "kind", "site", "at", "last_day", "places", "thin")
STANDING = ("weeks", "heads", "low", "high", "places", "unseen", "left_out")
INSIDE: frozenset[tuple[str, ...]] = frozenset(
    {
        ("changes", "ids"),
        *(("studies", name) for name in STUDIES),
        *(("standing", name) for name in STANDING),
    }
)
"""Fields that only who sees everything is told, on purpose.

Rounds come without studies, and without the total of the city.
"""


@pytest.mark.parametrize("path", WHOLE)
def test_every_field_is_named_for_cells_or_kept_inside_on_purpose(
    readers: Readers, path: str
) -> None:
    answers = [readers.after[who, path] for who in ("analyst", "reporter")]
    told = set().union(*(names(json.loads(body)) for status, body in answers if status == 200))
    whole = names(json.loads(readers.whole[path]))
    assert {one for one in whole - told if KEY not in one} <= INSIDE


def names(found: Any, above: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    """Return the fields of a document, each with the fields that it lies in."""
    if isinstance(found, list):
        return set().union(*(names(one, above) for one in found))
    if not isinstance(found, dict):
        return set()
    here = {(*above, name) for name in found}
    return here.union(*(names(value, (*above, name)) for name, value in found.items()))
