"""The bulletin in words, as a page of its own, and its content as text."""

from __future__ import annotations

import datetime as dt
import html
import re
from itertools import pairwise
from typing import Any

import pytest

from geosites.bulletins.differences import differences
from geosites.bulletins.displacement_sentences import moved_lines
from geosites.bulletins.html import bulletin_html
from geosites.bulletins.sections import bulletin
from geosites.bulletins.serialization import canonical, digest, facts, read
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.links import Links
from geosites.presentation.text.displacement_text import displacement_statement
from plain import plain
from samples.bulletin_samples import KNOWN, content, imprint, picture
from samples.hostile import ATTACKS

FRENCH, ENGLISH = Words(Language.FRENCH), Words(Language.ENGLISH)


def page(words: Words, of: dict[str, Any], revision: int | None = 1) -> str:
    told = bulletin(words, Links(words.language, offline=True), of, imprint(of, revision))
    return bulletin_html(words, told, picture(words))


def text_of(made: str) -> str:
    body = re.sub(r"(?s)<style.*?</style>|<[^>]*>", " ", made)
    return re.sub(r"\s+", " ", plain(html.unescape(body)))


def test_a_bulletin_answers_first_in_french() -> None:
    said = text_of(page(FRENCH, content()))
    assert "Bulletin hebdomadaire, semaine 40 (3–9 octobre 2022)" in said
    assert "Révision 1, publiée le 10 octobre 2022, 8 h 30." in said
    assert (
        "environ 87 personnes aux 41 endroits visités, 1 point chaud ; +21 personnes par rapport à "
        "la semaine précédente aux 38 endroits vus les deux semaines (entre 4 et 38)." in said
    )
    assert "Alerte : La Chapelle · Paris 18e : environ 24 personnes" in said
    assert "Square Forceval 1er septembre 2022" in said
    assert "fermeture confirmée (97 %)" in said


def test_a_bulletin_is_complete_in_english() -> None:
    said = text_of(page(ENGLISH, content()))
    for expected in (
        "Weekly bulletin, week 40",
        "New hotspots: Villette · Paris 19e (1).",
        "Hotspots gone: Paris 10e.",
        "Less than a full week has passed since",
        "Rely on the comparison of places",
        "Visits by part of the day: night (0–6) 10, morning (6–12) 90",
        "Week 38 (19–25 September 2022) People present 80 84.5",
        "Fictional data",
        "Anchor of the journal: anchor 7 abc",
        "Licence Ouverte",
    ):
        assert expected in said


def test_the_digest_of_the_content_is_printed() -> None:
    of = content()
    assert digest(canonical(of)) in page(FRENCH, of)


def test_a_draft_says_that_nobody_issued_it() -> None:
    said = text_of(page(FRENCH, content(), None))
    assert "Projet, non publié." in said
    assert "Révision" not in said


def test_no_hotspot_and_no_visit_are_said_apart() -> None:
    week = {**content()["hotspots"], "hotspots": []}
    calm = text_of(page(FRENCH, content(hotspots=week)))
    assert "Aucun point chaud cette semaine" in calm
    blind = {**week, "visits": 0, "places": 0, "heads": 0.0, "territories": []}
    said = text_of(page(FRENCH, content(hotspots=blind)))
    assert "non observé" in said
    assert "0 personne" not in said


def test_a_change_that_may_be_chance_is_called_unclear() -> None:
    changes = content()["changes"]
    same = {**changes["same_places"], "low": -3.0}
    said = text_of(page(FRENCH, content(changes={**changes, "same_places": same})))
    assert "(entre −3 et 38). Pas d'évolution nette." in said


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_people_typed_is_text(attack: str) -> None:
    calm, made = page(FRENCH, content()), page(FRENCH, content(attack))
    assert "<script" not in made
    assert re.findall(r"<[a-z]+", made) == re.findall(r"<[a-z]+", calm)
    assert re.sub(r"\s+", " ", plain(attack)).strip() in text_of(made)


def test_a_file_asks_nobody_anything() -> None:
    made = page(FRENCH, content())
    assert "default-src 'none'; img-src data:; style-src 'sha256-" in html.unescape(made)
    assert (
        re.findall(r'(?:src|href)="(?!data:)[^"]*"', made) == ['href="#shape-confirmed_closed"'] * 3
    )


def test_headings_go_down_one_step_at_a_time() -> None:
    levels = [int(level) for level in re.findall(r"<h(\d)", page(FRENCH, content()))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


# content -----------------------------------------------------------------------------------------


def test_content_is_read_back_as_it_was_written() -> None:
    of = content()
    assert read(canonical(of)) == of
    assert of["as_known_at"] == KNOWN


def test_the_last_bits_of_a_number_are_no_change() -> None:
    week = content()["hotspots"]
    other = content(hotspots={**week, "heads": 86.7 + 1e-9})
    assert facts(content()) == facts(other)


def test_a_name_that_looks_like_an_instant_stays_a_name() -> None:
    of = content("2022-10-10T06:30:00+00:00")
    assert of["closures"]["sites"][0]["name"] == "2022-10-10T06:30:00+00:00"


def test_when_it_was_known_and_other_weeks_are_no_facts_of_the_week() -> None:
    later = content(as_known_at=KNOWN + dt.timedelta(days=1), revisions=[], figures={})
    assert facts(content()) == facts(later)


def test_differences_name_each_figure_with_both_values() -> None:
    old = content()
    week = {**old["hotspots"], "visits": 313, "hotspots": []}
    closed = {**old["closures"]["sites"][0], "status": "contradicted"}
    new = content(hotspots=week, closures={**old["closures"], "sites": [closed]})
    found = [tuple(one.values()) for one in differences(old, new)]
    assert found == [
        ("figures", None, "visits", 312, 313),
        ("hotspots", "Villette · Paris 19e", "heads", 40.0, None),
        ("closures", "Square Forceval", "status", "confirmed_closed", "contradicted"),
    ]


def test_what_has_no_figure_is_named_by_its_section() -> None:
    old = content()
    effort = {**old["effort"], "gaps": [], "gaps_total": 0}
    found = differences(old, content(effort=effort))
    assert [(one["section"], one["figure"]) for one in found] == [("effort", None)]


def test_a_second_revision_says_what_it_changes() -> None:
    made = [
        {"section": "figures", "subject": None, "figure": "heads", "old": 86.7, "new": 91.0},
        {
            "section": "closures",
            "subject": "Forceval",
            "figure": "status",
            "old": None,
            "new": "contradicted",
        },
        {"section": "map", "subject": None, "figure": None, "old": None, "new": None},
    ]
    before = {"revision": 1, "content_sha256": "0" * 64, "differences": made}
    said = text_of(page(FRENCH, content(supersedes=before), 2))
    assert "Ce que cette révision change à la révision 1" in said
    assert "Toute la semaine Personnes présentes 86,7 91" in said
    assert "Fermetures : Forceval Fermeture – fermeture contredite" in said
    assert "Carte – – changé" in said


# what moved --------------------------------------------------------------------------------------


def _moved(**operations: Any) -> list[str]:
    of = content()
    result = {**of["operations"], **operations}
    return moved_lines(FRENCH, content(operations=result))


def test_what_moved_is_told_in_the_words_of_the_study() -> None:
    told = content()["operations"]["events"][0]
    assert told["answer"] is not None
    own = displacement_statement(FRENCH, told["answer"])
    (line,) = _moved()
    title = "Après la fermeture du 5 octobre 2022 · Square Forceval, sur 13 semaines. "
    assert plain(line).startswith(title)
    sentences = [one for one in own if one in line]
    assert plain(line) == title + plain(" ".join(sentences))
    assert any("se retrouvent alentour" in one for one in sentences)


def test_an_event_without_an_answer_says_why_and_leaves_the_last_answer_standing() -> None:
    told, untold = content()["operations"]["events"]
    first, second = map(plain, _moved(events=[untold, told]))
    assert "Pas de réponse. Moins d'une semaine entière" in first
    assert "se retrouvent alentour" in second
    assert _moved(events=[], total=0) == []


def test_a_decline_that_was_under_way_is_told_with_the_fall() -> None:
    told = content()["operations"]["events"][0]
    slope = {"before": -0.05, "controls": 0.0, "estimate": -4.0, "low": -20.0, "high": 12.0}
    answer = {**told["answer"], "finding": "fell_under_way", "slope": slope}
    (line,) = map(plain, _moved(events=[{**told, "answer": answer}]))
    assert "la baisse était en cours avant" in line
    assert "se retrouvent" not in line


def test_the_front_page_names_no_statistic() -> None:
    made = bulletin(FRENCH, Links(FRENCH.language, offline=True), content(), imprint(content()))
    front = str(made.front)
    for unexplained in ("q_value", "permut", "p =", "hasard seul"):
        assert unexplained not in front


def test_a_new_place_is_named_by_its_territory_and_never_by_a_code_alone() -> None:
    told = content()["operations"]["events"][0]
    place = {**told["answer"]["new_places"][0], "territory": "93008"}
    named = {**told["answer"], "new_places": [{**place, "territory_name": "Bobigny"}]}
    (line,) = _moved(events=[{**told, "answer": named}])
    assert "Bobigny" in line
    assert "93008" not in line
    of = content(operations={"total": 1, "events": [{**told, "answer": named}]})
    older = {**told["answer"], "new_places": [place]}
    assert facts(of) == facts(
        content(operations={"total": 1, "events": [{**told, "answer": older}]})
    )
