"""Answers in sentences that can be read out."""

from __future__ import annotations

import datetime as dt

import pytest

import samples_of_render as samples
from geosites.analysis.displacement.result import Belief, Finding
from geosites.render.aftermath import (
    belief_statement,
    care_statement,
    displacement_statement,
    refusal,
    trust_statement,
)
from geosites.render.language import Language
from geosites.render.sentences import (
    alarm_statement,
    closure_brief,
    closure_statement,
    week_notes,
    week_statement,
)
from geosites.render.vocabulary import STATUSES, closure_status
from geosites.render.words import Words

FR, EN = Words(Language.FRENCH), Words(Language.ENGLISH)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_confirmed_closure_in_one_line() -> None:
    assert plain(closure_brief(FR, samples.closure())) == (
        "fermeture confirmée (97 %), dernière visite il y a 2 jours, à revoir avant le 19 octobre"
    )
    assert plain(closure_brief(EN, samples.closure())) == (
        "closure confirmed (97%), last visit 2 days ago, to be checked before 19 October"
    )


def test_a_confirmed_closure_read_out() -> None:
    said = plain(" ".join(closure_statement(FR, samples.closure())))
    assert said == (
        "La fermeture tient : les visites récentes n'ont trouvé personne. "
        "Fermé depuis le 1er septembre 2022, jusqu'à nouvel ordre (arrêté 2022-01166). "
        "Probabilité que personne ne s'y soit réinstallé : 97 %. "
        "14 visites depuis la fermeture, dont 12 sans personne ; "
        "la dernière le 7 octobre 2022, 22 h 00. "
        "Sans nouvelle visite, la confirmation cesse le 19 octobre."
    )


def test_a_closure_never_visited_says_so() -> None:
    answer = samples.closure(
        status="unverified", p_clear=0.5, last_visit_at=None, visits_needed=3, next_visit_due=None
    )
    assert plain(closure_brief(FR, answer)) == (
        "fermeture non vérifiée (50 %), aucune visite pour le moment"
    )
    said = plain(" ".join(closure_statement(FR, answer)))
    assert "Aucune visite depuis la fermeture." in said
    assert "3 visites de plus sans personne la confirmeraient." in said
    assert "Le plus utile : y aller la nuit." in said


def test_an_overdue_visit_is_said_to_be_overdue() -> None:
    answer = samples.closure(next_visit_due=samples.AS_OF - dt.timedelta(days=3))
    assert "visite en retard depuis le 6 octobre" in plain(closure_brief(FR, answer))


def test_a_place_occupied_again_has_no_chance_beside_it() -> None:
    said = closure_brief(FR, samples.closure(status="reopened", p_clear=0.02))
    assert said.startswith("de nouveau occupé, dernière visite")


def test_a_site_without_closure_says_only_that() -> None:
    answer = samples.closure(status="never_closed", p_clear=None, closed_since=None)
    assert closure_brief(FR, answer) == "non fermé"
    assert closure_statement(FR, answer) == ["Aucune fermeture ne concerne ce lieu à cette date."]


@pytest.mark.parametrize("words", [FR, EN])
def test_every_status_has_a_word_of_its_own(words: Words) -> None:
    assert len({closure_status(words, status).word for status in STATUSES}) == len(STATUSES) == 7


def test_a_week_in_one_sentence() -> None:
    first, effort = week_statement(FR, samples.hotspots())
    assert plain(first) == (
        "Semaine 40 (3–9 octobre 2022) : environ 87 personnes aux 41 endroits visités, "
        "1 point chaud."
    )
    assert plain(effort) == "312 visites dans 41 lieux ; 37 % du territoire a été observé."


def test_what_was_counted_is_said_where_nobody_looked_for_nobody() -> None:
    week = samples.hotspots()
    reported = {**week["parameters"], "significance": "no_effort"}
    said = week_statement(FR, {**week, "parameters": reported})[0]
    assert "environ 87 personnes aux 41 endroits signalés" in plain(said)
    assert "about 87 people at the 41 places visited" in plain(week_statement(EN, week)[0])
    assert "au seul endroit visité" in plain(week_statement(FR, {**week, "places": 1})[0])


def test_one_count_that_makes_half_of_the_total_is_told() -> None:
    week = samples.hotspots(heads=306.0, heads_robust=171.4)
    heavy = {**week["heaviest_visit"], "heads": 300, "share": 0.48}
    said = plain(" ".join(week_notes(FR, {**week, "heaviest_visit": heavy})))
    assert said == (
        "Un seul comptage de 300 personnes fait la moitié du total (Villette · Paris 19e, "
        "5 octobre 2022, le soir). En limitant les comptages isolés : environ 171 personnes au "
        "total."
    )
    third = {**week, "heaviest_visit": {**heavy, "share": 0.31, "day": None}, "heads_robust": None}
    assert plain(" ".join(week_notes(FR, third))) == (
        "Un seul comptage de 300 personnes fait 31 % du total (Villette · Paris 19e)."
    )
    assert week_notes(FR, week) == []
    assert week_notes(FR, {**week, "heaviest_visit": heavy, "visits": 4}) == []
    older = {key: week[key] for key in week if key not in ("heaviest_visit", "borders")}
    assert week_notes(FR, older) == []


def test_places_on_a_border_are_told_with_both_territories() -> None:
    names = [{"code": "75118", "name": "Paris 18e"}, {"code": "75119", "name": "Paris 19e"}]
    place = {
        "territories": names, "heads": 12.4, "visits": 5, "quartier": "Goutte-d'Or",
        "nearest_site": None,
    }  # fmt: skip
    few = {**place, "heads": 0.3}
    said = week_notes(FR, samples.hotspots(borders=[place, few]))
    assert [plain(line) for line in said] == [
        "À cheval sur Paris 18e et Paris 19e (Goutte-d'Or) : environ 12 personnes ; ce lieu "
        "compte pour Paris 18e."
    ]
    many = week_notes(FR, samples.hotspots(borders=[place] * 5))
    assert len(many) == 4
    assert plain(many[-1]) == "2 autres endroits sont à cheval sur une limite."


def test_a_week_without_visits_is_not_observed_and_never_zero() -> None:
    said = week_statement(FR, samples.hotspots(visits=0, heads=0.0, hotspots=[]))
    assert plain(" ".join(said)) == (
        "Semaine 40 (3–9 octobre 2022) : non observé, aucune visite n'est enregistrée."
    )


def test_what_followed_an_event() -> None:
    said = plain(" ".join(displacement_statement(FR, samples.displacement())))
    assert said == (
        "Sur place : environ 88 personnes de moins que ce que les lieux comparables laissaient "
        "attendre (entre 66 et 110). À proximité, on retrouve 71 % de cette baisse (entre 42 % et "
        "131 %). Hausses nettes : Paris 18e (+22). Parties ou non retrouvées : environ 25 "
        "personnes (entre 5 et 40) ; arrivées d'ailleurs : personne (entre 0 et 4)."
    )


def test_what_to_believe_comes_with_its_reason_and_the_part_of_chance() -> None:
    assert plain(" ".join(trust_statement(FR, samples.displacement()))) == (
        "À croire : la comparaison des lieux, qui ne bouge pas avec les patrouilles ; les "
        "comptages bruts vont dans le même sens. "
        "Le hasard seul donnerait un écart aussi grand sur le lieu visé dans 1 % des cas."
    )


def test_how_far_care_was_is_told_where_it_is_known() -> None:
    said = care_statement(FR, samples.displacement()) or ""
    assert "à 800 m avant et à 1,2 km après" in plain(said)
    unknown = samples.displacement(care_distance_m={"before": 800.0, "after": None})
    assert care_statement(FR, unknown) is None


@pytest.mark.parametrize("language", [FR, EN])
def test_each_refusal_has_words_of_its_own(language: Words) -> None:
    causes = ("no_visit", "target_unseen", "few_controls", "cut", None)
    assert len({refusal(language, cause) for cause in causes}) == len(causes)


def test_an_event_that_changed_nothing_is_not_talked_up() -> None:
    quiet = [{**row, "low": -20.0, "high": 20.0} for row in samples.displacement()["territories"]]
    answer = samples.displacement(
        finding="no_fall_shown",
        territories=quiet,
        placebo={"p": None, "controls": 3},
        displaced_share=None,
    )
    said = " ".join([*displacement_statement(EN, answer), trust_statement(EN, answer)[-1]])
    assert said == (
        "On the spot: about 90 people before, less than one person after; "
        "no fall beyond chance is shown. No territory nearby shows a clear rise. "
        "Too few comparable places to say whether chance alone would do this."
    )


@pytest.mark.parametrize("finding", [str(finding) for finding in Finding])
@pytest.mark.parametrize("words", [FR, EN])
def test_every_finding_can_be_said(words: Words, finding: str) -> None:
    assert len(displacement_statement(words, samples.displacement(finding=finding))) >= 2


@pytest.mark.parametrize("belief", [str(belief) for belief in Belief])
def test_every_belief_can_be_said(belief: str) -> None:
    assert belief_statement(FR, belief).endswith(".")


def test_an_alarm_says_where_and_how_much_more() -> None:
    assert plain(alarm_statement(FR, samples.alarm())) == (
        "La Chapelle · Paris 18e : environ 24 personnes par semaine sur 3 semaines, "
        "attendu : environ 8 personnes."
    )
