"""The first page in weeks that try to break it: one page, and nothing beside its contradiction.

Facts are compared, not words: what the content holds, and the numbers and names that the page says.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from functools import cache

import pytest
from pypdf import PdfReader

from geosites.bulletins import front_page
from geosites.bulletins.decisions import closed_sites, decisions
from geosites.bulletins.layout_blocks import Section, shortened, under_way
from geosites.bulletins.rendering import Copy, file_of
from geosites.bulletins.sections import Imprint
from geosites.bulletins.serialization import Content, canonical, digest
from geosites.db.postgres.connection import Store
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links
from geosites.presentation.text.closure_sightings_text import needs_person
from plain import plain
from samples import hostile_weeks
from samples.hostile_weeks import HOSTILE_WEEKS
from stores.store_templates import drop_database

Contents = Callable[[str], Content]
PEOPLE = re.compile(r"(\d[\d ,]*) (?:personnes?|people|person)")
LANGUAGES = [Language.FRENCH, Language.ENGLISH]
WHATS = [pytest.param(name, id=name.replace(" ", "-")) for name in HOSTILE_WEEKS]


@pytest.fixture(scope="module")
def content_of(template: str, new_database: Callable[..., str]) -> Contents:
    """Return a function that makes the content of a week, once."""

    @cache
    def made(name: str) -> Content:
        own = Store(new_database(template))
        with own.begin() as conn:
            content = hostile_weeks.content(conn, HOSTILE_WEEKS[name])
        own.close()
        drop_database(own.url)
        return content

    return made


def front(content: Content, language: Language) -> dict[str, Section]:
    words = Words(language)
    made = front_page.sections(words, Links(language, offline=True), content)
    return {section.key: section for section in made}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WHATS)
def test_the_first_page_is_one_page(content_of: Contents, name: str, language: Language) -> None:
    content = content_of(name)
    text = canonical(content)
    file = file_of(Copy(text, Imprint(content_sha256=digest(text))), language, "pdf")
    first, second = PdfReader(io.BytesIO(file)).pages[:2]
    said = plain(first.extract_text())
    for section in front(content, language).values():
        if section.key != "map":
            assert plain(section.title) in said
    assert "Annex" not in plain(first.extract_text()).replace("annex", "")
    assert plain(second.extract_text()).find("Annex") >= 0
    assert [image.name for image in first.images]
    last = plain(front_page.how_to_read(Words(language)))
    assert re.sub(r"\s", "", last) in re.sub(r"\s", "", said)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WHATS)
def test_there_are_three_sentences_that_agree_with_the_week(
    content_of: Contents, name: str, language: Language
) -> None:
    content = content_of(name)
    week, words = content["hotspots"], Words(language)
    people, _, alarm = map(plain, front(content, language)["answer"].lines)
    counts = [int(re.sub("[ ,]", "", number)) for number in PEOPLE.findall(people)]
    if week["visits"] == 0:
        assert counts == []
    elif round(week["heads"]) >= 1:
        assert counts[0] == round(week["heads"])
    else:
        assert plain(words.heads(week["heads"])) in people
    ranked = 0 < week["parameters"]["floor_week"] <= week["visits"]
    count = len(week["hotspots"])
    spots = words.say_many("%(count)s hotspot", "%(count)s hotspots", count)
    spots = spots if count else words.say("no hotspot")
    assert (plain(spots) in people) is ranked
    assert bool(PEOPLE.search(alarm)) is bool(content["alarms"])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WHATS)
def test_what_is_told_of_sites_agrees_with_their_state(
    content_of: Contents, name: str, language: Language
) -> None:
    content = content_of(name)
    closed, words = closed_sites(content), Words(language)
    page = front(content, language)
    urgent = {shortened(site["name"]) for site in closed if needs_person(site)}
    alerts = page["answer"].alerts
    assert bool(alerts) is bool(urgent)
    assert all(line.startswith(tuple(urgent)) for line in alerts[: front_page.MOST_ALERTS])
    counted = re.findall(r"\((\d+)\)", front_page.closed_line(words, content))
    assert sum(map(int, counted)) == len(closed)
    for row, site in zip(page["closed"].tables[0].rows, closed, strict=False):
        assert row[0].text == site["name"]
        assert ("%" in row[1].text) <= ("%" not in row[2].text)
        standing = site["status"] in ("confirmed_closed", "probably_closed", "unverified")
        assert standing or "%" not in row[2].text
    left = len(closed) - len(page["closed"].tables[0].rows)
    assert left == 0 or str(left) in (page["closed"].tables[0].note or "")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", WHATS)
def test_each_site_is_decided_once_and_none_that_is_not_closed(
    content_of: Contents, name: str, language: Language
) -> None:
    content = content_of(name)
    lines = [plain(line) for line in decisions(Words(language), content)]
    said = " ".join(lines)
    names = [plain(shortened(site["name"])) for site in content["closures"]["sites"]]
    closed = {plain(shortened(site["name"])) for site in closed_sites(content)}
    alarms = {plain(item["quartier"] or "") for item in content["alarms"]}
    for each in set(names) - alarms:
        assert said.count(f"{each},") + said.count(f"{each} :") + said.count(f"{each}:") <= (
            1 if each in closed else 0
        )
    if content["hotspots"]["visits"] == 0 or content["effort"]["gaps_total"]:
        assert bool(lines) is not under_way(content)
    if not under_way(content) and content["effort"]["gaps_total"]:
        assert str(content["effort"]["gaps_total"]) in lines[-1]


@pytest.mark.parametrize("name", WHATS)
def test_the_places_of_a_week_are_never_more_than_it_has(content_of: Contents, name: str) -> None:
    content = content_of(name)
    week = content["hotspots"]
    assert content["changes"]["same_places"]["places"] <= week["places"]
    lines = front(content, Language.ENGLISH)["map"].lines
    if week["visits"]:
        visits, places, *grounds = map(int, re.findall(r"(?<![\d.])(\d+)(?![\d.:e]|st)", lines[0]))
        assert (visits, places) == (week["visits"], week["places"])
        assert sum(grounds) <= visits
    known = week["parameters"]["significance"] == "effort"
    assert any("visits" in line or "visit " in line for line in lines) is (
        known and week["visits"] > 0
    )


def test_the_weeks_are_what_they_are_called(content_of: Contents) -> None:
    """The weeks below are hostile in the way that their names say."""
    weeks = {name: content_of(name) for name in HOSTILE_WEEKS}
    assert weeks["no sighting"]["hotspots"]["visits"] == 0
    assert weeks["no sighting"]["effort"]["gaps_total"] == hostile_weeks.PLACES
    assert weeks["one report"]["hotspots"]["visits"] == 1
    assert {site["status"] for site in closed_sites(weeks["all contradicted"])} == {"contradicted"}
    assert len(closed_sites(weeks["forty long names"])) == hostile_weeks.MANY_SITES
    assert len(weeks["forty long names"]["alarms"]) >= hostile_weeks.MANY_ALARMS
    assert closed_sites(weeks["withdrawn"]) == []
    assert under_way(weeks["running"])
    assert weeks["only empty visits"]["hotspots"]["heads"] == 0
    assert weeks["huge"]["hotspots"]["heads"] > hostile_weeks.MOST_HEADS
    assert weeks["evacuated"]["operations"]["total"] == 2
