"""Answers in sentences that can be read out."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.analysis.closure.status_table import Status
from geosites.analysis.displacement.result import Finding, PreferredFigure
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language
from geosites.presentation.labels import STATUSES, closure_status
from geosites.presentation.tables import evidence_tables
from geosites.presentation.text.closure_sightings_text import needs_person
from geosites.presentation.text.closure_text import closure_brief, closure_statement
from geosites.presentation.text.displacement_accounting import whole_account
from geosites.presentation.text.displacement_text import (
    UNTOLD,
    belief_statement,
    care_statement,
    displacement_statement,
    moved_statement,
    refusal,
    trust_statement,
)
from geosites.presentation.text.walking_route_text import flow_way
from geosites.presentation.text.week_text import alarm_statement, week_notes, week_statement
from plain import plain
from samples import samples_of_render as samples

FR, EN = Words(Language.FRENCH), Words(Language.ENGLISH)


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


def test_a_closure_never_visited_says_so_and_shows_no_probability() -> None:
    answer = samples.closure(
        status="unverified", p_clear=0.5, last_visit_at=samples.AS_OF, visits_needed=3,
        next_visit_due=None, never_checked=True, visits_since_closure=0, empty_visits=0,
        negative_visits=0, negatives_in_force=0, day_parts=[], covered_share=0.0,
    )  # fmt: skip
    assert closure_brief(FR, answer) == "jamais vérifié depuis la fermeture"
    assert plain(" ".join(closure_statement(FR, answer))) == (
        "Jamais vérifié depuis la fermeture. "
        "Fermé depuis le 1er septembre 2022, jusqu'à nouvel ordre (arrêté 2022-01166). "
        "3 visites de plus sans personne la confirmeraient. "
        "Moment le plus utile pour une visite : la nuit."
    )
    english = " ".join(closure_statement(EN, answer))
    assert "%" not in english
    assert english.startswith("Never checked since the closure.")


NEARBY = {
    "heads": 25,
    "within_m": 80,
    "last_at": samples.AS_OF - dt.timedelta(days=1),
    "sightings": 1,
}


@pytest.mark.parametrize(
    ("changes", "status", "brief", "sentence"),
    [
        (
            {},
            "confirmed_closed",
            "mais 25 personnes vues à 80 m le 8 octobre",
            "Mais 25 personnes ont été vues à 80 m du périmètre le 8 octobre.",
        ),
        (
            {"heads": 1},
            "confirmed_closed",
            "mais 1 personne vue à 80 m le 8 octobre",
            "Mais 1 personne a été vue à 80 m du périmètre le 8 octobre.",
        ),
        (
            {"sightings": 5},
            "confirmed_closed",
            "mais jusqu'à 25 personnes vues à 80 m (la dernière fois le 8 octobre)",
            "Mais jusqu'à 25 personnes ont été vues à 80 m du périmètre, "
            "la dernière fois le 8 octobre.",
        ),
        (
            {},
            "reopened",
            ", 25 personnes vues à 80 m le 8 octobre",
            "25 personnes ont été vues à 80 m du périmètre le 8 octobre.",
        ),
        (
            {"heads": None, "within_m": None, "sightings": None},
            "confirmed_closed",
            "mais des personnes vues à moins de 150 m le 8 octobre",
            "Mais des personnes ont été vues à moins de 150 m du périmètre, "
            "la dernière fois le 8 octobre.",
        ),
    ],
    ids=["once", "one person", "several times", "reopened", "for a partner"],
)
def test_heads_beside_the_perimeter_are_told_with_the_answer(
    changes: dict[str, object], status: str, brief: str, sentence: str
) -> None:
    answer = samples.closure(status=status, nearby={**NEARBY, **changes})
    assert brief in plain(closure_brief(FR, answer))
    assert plain(closure_statement(FR, answer)[1]) == sentence
    assert plain(closure_statement(EN, answer)[1]) != sentence


SEEN = {"heads": 10, "at": samples.AS_OF, "verified": False, "empty_since": 0}
A_WEEK, A_MONTH = dt.timedelta(days=7), dt.timedelta(days=30)


@pytest.mark.parametrize(
    ("changes", "status", "brief"),
    [
        ({}, "contradicted", ", 10 personnes signalées à 22 h 00, non vérifié, dernière"),
        (
            {"empty_since": 1, "at": samples.AS_OF - A_WEEK},
            "probably_closed",
            ", mais 10 personnes signalées le 2 octobre à 22 h 00, non vérifié, "
            "1 visite n'a vu personne depuis",
        ),
        (
            {"heads": 1, "verified": True, "empty_since": 2, "at": samples.AS_OF - A_MONTH},
            "reopened",
            ", 1 personne vue le 9 septembre à 22 h 00, vérifié, "
            "2 visites n'ont vu personne depuis",
        ),
        (
            {"heads": None, "verified": None, "empty_since": None, "at": dt.date(2022, 10, 8)},
            "contradicted",
            ", personnes vues le 8 octobre, dernière",
        ),
    ],
    ids=["today", "a visit since", "verified", "for a partner"],
)
def test_people_seen_in_the_perimeter_are_told_by_their_count(
    changes: dict[str, object], status: str, brief: str
) -> None:
    answer = samples.closure(status=status, last_seen={**SEEN, **changes})
    assert brief in plain(closure_brief(FR, answer))
    sentence = plain(closure_statement(FR, answer)[1]).removesuffix(".")
    assert not sentence[0].islower()
    assert sentence[1:] in plain(closure_brief(FR, answer))
    assert needs_person(answer)


def test_people_seen_long_ago_are_not_told_where_visits_have_confirmed_since() -> None:
    for at in (samples.AS_OF - A_MONTH, (samples.AS_OF - A_MONTH).date()):
        answer = samples.closure(last_seen={**SEEN, "at": at})
        assert closure_brief(FR, answer) == closure_brief(FR, samples.closure())
    assert not needs_person(answer)
    assert needs_person(samples.closure(status="reopened"))
    assert not needs_person(samples.closure(last_seen={**SEEN, "verified": True}))
    assert not needs_person(samples.closure(status="lifted", last_seen=SEEN))


def test_visits_at_one_time_of_the_day_ask_for_another() -> None:
    answer = samples.closure(
        status="probably_closed", day_parts=["morning"], visits_needed=1, p_clear=0.9
    )
    said = plain(" ".join(closure_statement(FR, answer)))
    assert (
        "Les visites sans personne ont toutes eu lieu le matin : sans visite à un autre moment de "
        "la journée, la fermeture ne peut pas être confirmée. 1 visite de plus sans personne la "
        "confirmerait. Moment le plus utile pour une visite : la nuit."
    ) in said
    later = plain(" ".join(closure_statement(FR, {**answer, "negatives_in_force": 4})))
    assert "Depuis que des personnes y ont été vues, les visites sans personne" in later
    assert "toutes eu lieu" not in " ".join(closure_statement(FR, samples.closure()))


def test_how_much_of_a_perimeter_was_seen_is_told_where_it_is_little() -> None:
    answer = samples.closure(status="unverified", covered_share=0.35)
    said = plain(" ".join(closure_statement(FR, answer)))
    assert "Les visites sans personne n'ont couvert que 35 % du périmètre." in said
    assert "couvert" not in " ".join(closure_statement(FR, samples.closure(covered_share=0.95)))


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
    assert len({closure_status(words, status).word for status in STATUSES}) == len(Status)


def test_a_week_in_one_sentence() -> None:
    first, effort = week_statement(FR, samples.hotspots())
    assert plain(first) == (
        "Semaine 40 (3–9 octobre 2022) : environ 87 personnes aux 41 endroits visités, "
        "1 point chaud."
    )
    assert plain(effort) == (
        "312 visites à 41 endroits : Paris 19e (130 visites), Paris 1er (3 visites). "
        "Ailleurs, personne n'est allé voir : rien n'y est affirmé."
    )


def test_what_was_counted_is_said_where_nobody_looked_for_nobody() -> None:
    week = samples.hotspots()
    reported = {**week["parameters"], "significance": "no_effort"}
    said = week_statement(FR, {**week, "parameters": reported})[0]
    assert "environ 87 personnes aux 41 endroits signalés" in plain(said)
    assert "about 87 people at the 41 places visited" in plain(week_statement(EN, week)[0])
    assert "au seul endroit visité" in plain(week_statement(FR, {**week, "places": 1})[0])


def test_what_was_reported_is_no_visit_and_too_few_visits_rank_nothing() -> None:
    week = samples.hotspots()
    reported = {**week["parameters"], "significance": "no_effort"}
    first, effort, *_ = week_statement(FR, {**week, "parameters": reported, "visits": 3})
    assert plain(first).endswith("signalés, trop peu de visites pour situer des points chauds.")
    assert plain(effort) == (
        "3 comptages à 41 endroits : Paris 19e (130 comptages), Paris 1er (3 comptages). "
        "Ailleurs, rien n'est connu : rien n'y est affirmé."
    )


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
        "Sur place il ne reste presque personne, sur 88 personnes attendues d'après les lieux "
        "comparables : 88 de moins (entre 66 et 110). Nouveau lieu : environ 18 personnes, "
        "Paris 18e (entre 9 et 21), jamais visité avant. Sur ces 88, 22 se retrouvent alentour, "
        "dans des lieux connus (Paris 18e 20, ailleurs 2), 18 dans de nouveaux lieux (venues de là "
        "ou d'ailleurs, les comptages ne le disent pas) et 48 n'ont pas été retrouvées."
    )


@pytest.mark.parametrize(
    ("words", "new", "told"),
    [
        (FR, 0.0, None),
        (FR, 1.0, "1 dans un nouveau lieu (venue de là ou d'ailleurs, les comptages ne le disent"),
        (FR, 9.0, "9 dans de nouveaux lieux (venues de là ou d'ailleurs, les comptages ne le"),
        (EN, 9.0, "9 at new places (from the spot or from elsewhere, counts cannot tell)"),
    ],
)
def test_who_came_to_new_ground_from_elsewhere_is_not_told_as_moved(
    words: Words, new: float, told: str | None
) -> None:
    account = {"fall": 40.0, "found_nearby": 5.0, "new_places": new, "not_found": 35.0 - new}
    answer = samples.displacement(accounting=account)
    said = plain(" ".join(displacement_statement(words, answer)))
    short = plain(" ".join(moved_statement(words, answer)))
    for sentences in (said, short):
        assert ("ailleurs" in sentences) == (told is not None and words is FR)
        assert told is None or told in sentences


def test_the_parts_of_a_fall_add_up_in_whole_heads() -> None:
    whole = whole_account(
        {"fall": 145.6, "found_nearby": 94.7, "new_places": 17.6, "not_found": 33.3}
    )
    assert whole == {"fall": 146, "found_nearby": 95, "new_places": 18, "not_found": 33}


@given(st.floats(-50, 400), st.floats(-80, 300), st.floats(0, 90))
def test_however_a_fall_divides_its_parts_add_up(fall: float, found: float, new: float) -> None:
    parts = {"found_nearby": found, "new_places": new, "not_found": fall - found - new}
    whole = whole_account({"fall": fall, **parts})
    assert sum(whole[name] for name in parts) == whole["fall"]
    assert all(abs(whole[name] - parts[name]) < 1.0 + 1e-6 for name in parts)


def test_what_was_under_way_before_is_not_credited_to_the_event() -> None:
    slope = {"before": -0.03, "controls": 0.0, "estimate": -4.0, "low": -30.0, "high": 21.0}
    answer = samples.displacement(finding="fell_under_way", slope=slope)
    said = plain(" ".join(displacement_statement(FR, answer)))
    assert (
        "la baisse était en cours avant (−3 % par semaine, 0 % dans les lieux comparables)" in said
    )
    assert "la baisse ne peut lui être attribuée" in said
    assert "Sur ces" not in said


def test_what_nobody_looked_at_before_and_what_was_empty_are_told_apart() -> None:
    seen = samples.new_place(before_known=True)
    said = plain(" ".join(displacement_statement(FR, samples.displacement(new_places=[seen]))))
    assert "là où presque personne n'était vu avant" in said
    assert "jamais visité" not in said


def test_more_that_arrived_than_left_is_said_so() -> None:
    account = {"fall": 20.0, "found_nearby": 30.0, "new_places": 0.0, "not_found": -10.0}
    said = plain(" ".join(displacement_statement(FR, samples.displacement(accounting=account))))
    assert "il en est arrivé 10 de plus que le lieu n'en a perdu" in said


def test_warnings_name_the_unit_the_territory_and_the_border() -> None:
    silent = {"code": "zeros_missing", "before": 0.4, "after": 0.0}
    answer = samples.displacement(
        warnings=[
            {**silent, "unit": "PP-18", "territory": None},
            {**silent, "unit": None, "territory": "75118", "name": "Paris 18e"},
            {"code": "hours_changed", "unit": None, "territory": None, "before": 17.1, "after": 37},
        ],
        borders=[{"territories": ["75118", "75119"], "before": 3.0, "after": 12.0}],
        farther=[{"name": "Montreuil", "change": 19.0}],
    )
    said = plain(" ".join(displacement_statement(FR, answer)))
    assert "l'unité PP-18 ne transmet plus de visites sans personne (40 % avant, 0 % après)" in said
    assert "dans le territoire Paris 18e" in said
    assert "environ 17 personnes vues après, environ 37 personnes aux heures d'avant" in said
    assert "à la limite entre Paris 18e et Paris 19e" in said
    assert "hausses nettes : Montreuil (+19)" in said


def test_reports_of_nobody_that_begin_with_the_event_are_told_of_a_territory() -> None:
    begun = {"code": "zeros_begun", "unit": None, "territory": "75118", "name": "Paris 18e"}
    answer = samples.displacement(warnings=[{**begun, "before": 0.0, "after": 0.4}])
    said = plain(" ".join(displacement_statement(FR, answer)))
    assert "dans le territoire Paris 18e" in said
    assert "ne sont transmises que depuis l'événement (0 % avant, 40 % après)" in said


def test_an_event_of_an_earlier_bulletin_can_still_be_told() -> None:
    later = set(UNTOLD)
    old = {key: value for key, value in samples.displacement().items() if key not in later}
    assert displacement_statement(FR, old)


def test_a_prefect_reads_at_most_six_sentences() -> None:
    slope = {"before": -0.03, "controls": 0.0, "estimate": -4.0, "low": -30.0, "high": 21.0}
    answer = samples.displacement(slope=slope, farther=[{"name": "Montreuil", "change": 19.0}])
    assert len(displacement_statement(FR, answer)) <= 6


def test_what_to_believe_comes_with_its_reason_and_the_part_of_chance() -> None:
    assert plain(" ".join(trust_statement(FR, samples.displacement()))) == (
        "À retenir : la comparaison des lieux, qui ne dépend pas du nombre de patrouilles ; les "
        "comptages bruts vont dans le même sens. "
        "Le hasard seul donnerait un écart aussi grand sur le lieu visé dans 1 % des cas."
    )


def test_the_part_of_chance_is_the_one_that_words_follow() -> None:
    """Of a decline under way it is how far the place fell beside others."""
    for finding, share in (("fell_and_moved", "3%"), ("fell_under_way", "1%")):
        answer = samples.displacement(finding=finding, cautious_p=0.03)
        assert f"in {share} of cases" in plain(trust_statement(EN, answer)[-1])
    earlier = samples.displacement()
    del earlier["cautious_p"]
    assert "in 1% of cases" in plain(trust_statement(EN, earlier)[-1])


def test_how_far_care_was_is_told_where_it_is_known() -> None:
    said = care_statement(FR, samples.displacement()) or ""
    assert "à 800 m avant et à 1,2 km après" in plain(said)
    unknown = samples.displacement(
        care_distance_m={"before": 800.0, "after": None, "way": "straight"}
    )
    assert care_statement(FR, unknown) is None


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("streets", "850 m par les rues"),
        ("straight", "850 m (1,3 fois la distance à vol d'oiseau)"),
        ("unreachable", "850 m (1,3 fois la distance à vol d'oiseau, aucun chemin à pied connu)"),
    ],
)
def test_an_arrow_says_how_far_it_is_and_what_that_rests_on(way: str, said: str) -> None:
    (flow, *_) = samples.displacement()["flows"]
    told = flow_way(FR, {**flow, "metres": 850.0, "way": way})
    assert plain(told or "") == said
    assert flow_way(FR, {**flow, "metres": None, "way": None}) is None


@pytest.mark.parametrize("language", [FR, EN])
def test_each_refusal_has_words_of_its_own(language: Words) -> None:
    causes = (
        "no_visit",
        "target_unseen",
        "zeros_missing",
        "zeros_begun",
        "target_split",
        "few_controls",
        "cut",
        None,
    )
    assert len({refusal(language, cause) for cause in causes}) == len(causes)


def test_an_event_that_changed_nothing_is_not_talked_up() -> None:
    quiet = [{**row, "low": -20.0, "high": 20.0} for row in samples.displacement()["territories"]]
    answer = samples.displacement(
        finding="no_fall_shown",
        new_places=[],
        territories=quiet,
        placebo={"p": None, "controls": 3},
        cautious_p=None,
        displaced_share=None,
    )
    said = " ".join([*displacement_statement(EN, answer), trust_statement(EN, answer)[-1]])
    assert said == (
        "On the spot: about 90 people before, less than one person after; "
        "no fall beyond chance is shown. "
        "Too few comparable places to say whether chance alone would do this."
    )


@pytest.mark.parametrize("finding", [str(finding) for finding in Finding])
@pytest.mark.parametrize("words", [FR, EN])
def test_every_finding_can_be_said(words: Words, finding: str) -> None:
    assert len(displacement_statement(words, samples.displacement(finding=finding))) >= 2


@pytest.mark.parametrize("belief", [str(belief) for belief in PreferredFigure])
def test_every_belief_can_be_said(belief: str) -> None:
    assert belief_statement(FR, belief).endswith(".")


def test_an_alarm_says_where_and_how_much_more() -> None:
    assert plain(alarm_statement(FR, samples.alarm())) == (
        "La Chapelle · Paris 18e : environ 24 personnes par semaine sur 3 semaines ; "
        "attendu d'après son passé et le reste de la ville : environ 8 personnes."
    )


def test_long_evidence_is_told_in_spans() -> None:
    def visit(day: int, kind: str, heads: int = 0, hour: int = 10) -> dict[str, object]:
        at = dt.datetime(2022, 12, day, hour, tzinfo=dt.UTC)
        seen = {"id": f"{day}", "observed_at": at, "kind": kind, "headcount": heads}
        return {**seen, "effect": 0.1, "p_before": 0.8, "p_after": day / 100}

    rows = [
        visit(30, "negative"),
        visit(20, "repeat"),
        visit(11, "negative"),
        visit(10, "unverified_positive", 4),
        visit(9, "verified_positive", 3),
        visit(8, "verified_positive", 12),
        visit(7, "negative", hour=9),
        visit(7, "negative", hour=18),
    ]
    answer = samples.closure(evidence=rows)
    table = evidence_tables.evidence(FR, answer)
    assert [[plain(cell.text) for cell in row] for row in table.rows] == [
        ["11–30 décembre 2022", "3 visites sans personne", "30 %"],
        ["10 décembre 2022, 11 h 00", "personnes vues, pas encore vérifié (4)", "10 %"],
        ["8–9 décembre 2022", "personnes vues, vérifié : 2 fois (3 à 12 personnes)", "9 %"],
        ["7 décembre 2022", "2 visites sans personne", "7 %"],
    ]
    each = evidence_tables.every_visit(FR, answer)
    assert each is not None
    assert (len(each.rows), each.folded) == (8, True)
    assert evidence_tables.every_visit(FR, samples.closure()) is None
