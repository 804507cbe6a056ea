"""A note tells of a place; what tells of a person is refused, and not repeated."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.validation.free_text.first_names import FIRST_NAMES
from geosites.validation.free_text.notes import LONGEST, TextKind, reason_against

TOLD = [
    "Groupe sous le pont, porte de la Chapelle",
    "Porte de la Chapelle, sortie nord",
    "quai de la Loire, côté bassin",
    "Deux tentes square Forceval",
    "Square Léon, près de l'aire de jeux",
    "rue Philippe de Girard, devant la crèche",
    "Métro Marx Dormoy, sortie 2",
    "Station Rosa Parks, sous les voies",
    "Groupe Stalingrad, une vingtaine de personnes",
    "angle rue Riquet et rue d'Aubervilliers",
    "boulevard Ney, terre-plein central",
    "jardins d'Éole, allée haute",
    "20 à 30 personnes, calme",
    "Entre 15 et 20, en mouvement vers Pantin",
    "Traces : seringues et pipes, environ 40",
    "Vu à 22 h 30, personne à 23 h 15",
    "Deux groupes, 10 personnes, place de la Bataille de Stalingrad",
    "hôpital Fernand Widal, entrée rue du Faubourg Saint-Denis",
    "avenue Jean Jaurès à Pantin",
    "porte d'Aubervilliers, bus PC3",
    "Canal Saint-Denis, rive droite",
    "3 tentes, 2 matelas",
    "tunnel sous le périphérique, accès muré depuis 2021",
    "Two tents near the tunnel exit",
    "secteur 18e nord, 2 équipes",
    "rue Louis Blanc, sortie du métro",
    "",
]
PERSONS = {
    "M. Dupont est revenu": "title",
    "avec Mme Traoré": "title",
    "monsieur benali encore là": "title",
    "Dr Martin prévenu": "title",
    "Karim est là tous les soirs": "name",
    "vu karim ce soir": "name",
    "groupe autour de Mamadou": "name",
    "Jean Dupont et deux autres": "name",
    "DUPONT Jean au fond": "name",
    "Zoulikha Benchellal ce soir": "name",
    "Jean-Pierre sous le pont": "name",
    "le dénommé Loulou": "words that name",
    "alias le grand": "words that name",
    "appeler le 06 12 34 56 78": "telephone",
    "0612345678": "telephone",
    "06.12.34.56.78 pour info": "telephone",
    "+33 6 12 34 56 78": "telephone",
    "0 1 4 2 0 3 5 5 6 6": "telephone",
    "écrire à jdupont@exemple.fr": "e-mail",
    "AB-123-CD stationnée": "plate",
    "ab-123-cd": "plate",
    "AB 123 CD": "plate",
    "voiture 1234 ABC 75": "plate",
    "né le 3 mars 1987": "birth",
    "J. D. est revenu": "initials",
    "JD : j.d (a) poste": "e-mail",
    "écrire à jd chez-poste point fr": "e-mail",
    "06|12|34|56|78": "telephone",
    "06, 12, 34, 56, 78": "telephone",
    "Маrie derrière le square": "script",
    "tél 06\u00b712\u00b734\u00b756\u00b778": "telephone",
    "née en 1990": "birth",
    "12/03/1987": "birth",
    "1987-03-12": "birth",
    "le 12 mars 1987": "birth",
    "1 87 03 75 116 123 45": "social security",
    "187037511612345": "social security",
    "2 90 05 2A 004 123": "social security",
    "12 rue Riquet": "address",
    "au 12 bis, quai de la Loire": "address",
    "4bis avenue de Flandre": "address",
    "rue Pajol n° 7": "address",
    "hall du 3 place Hébert": "address",
    "dossier 20 221 005 77": "number",
    "ligne\nsuivante": "cannot be seen",
    "zero\u200bwidth": "cannot be seen",
}


@pytest.mark.parametrize("note", TOLD)
def test_what_tells_of_a_place_is_kept(note: str) -> None:
    assert reason_against(note) is None


@pytest.mark.parametrize(("note", "reason"), PERSONS.items())
def test_what_tells_of_a_person_is_refused_with_the_reason(note: str, reason: str) -> None:
    found = reason_against(note)
    assert found is not None
    assert reason in found


@given(st.sampled_from(list(PERSONS)), st.sampled_from([note for note in TOLD if note]))
def test_what_is_refused_alone_is_refused_among_other_words(person: str, place: str) -> None:
    if len(person) + len(place) + 3 <= LONGEST:
        assert reason_against(f"{place} ; {person}") is not None


@given(st.text(max_size=300))
def test_the_reason_repeats_nothing_that_was_written(note: str) -> None:
    found = reason_against(note)
    assert found is None or not re.search(r"\d{3}(?<!140)", found)
    assert found is None or found.startswith(("holds ", "is longer", "has characters"))


@given(st.integers(100_000_000, 799_999_999), st.sampled_from(["", " ", ".", "-", "/", "  "]))
def test_a_telephone_number_is_found_however_it_is_parted(number: int, gap: str) -> None:
    digits = f"0{number}"
    pairs = gap.join(digits[at : at + 2] for at in range(0, 10, 2))
    assert reason_against(f"tel {pairs} merci") is not None


@given(st.sampled_from(sorted(FIRST_NAMES)), st.sampled_from(TOLD[:6]))
def test_a_first_name_with_its_capital_is_found_anywhere(name: str, place: str) -> None:
    assert reason_against(f"avec {name.capitalize()}, {place}") is not None


@given(
    st.text("ABCDEFGHJKLMNPQRSTVWXYZ", min_size=4, max_size=4),
    st.integers(1, 999),
    st.sampled_from(["-", " ", ""]),
)
def test_a_number_plate_is_found(letters: str, number: int, gap: str) -> None:
    plate = gap.join((letters[:2], f"{number:03d}", letters[2:]))
    assert reason_against(f"véhicule {plate} garé") is not None


def test_a_long_note_is_refused() -> None:
    assert reason_against("a" * LONGEST) is None
    assert reason_against("a" * (LONGEST + 1)) == "is longer than 140 characters"


SERVICES = (
    "PP-DSPAP-18",
    "bac-19",
    "Préfecture de Police",
    "Ville de Paris, DPSP",
    "Commissariat Central du 18e",
    "Association Charonne Oppelia",
    "ARS Île-de-France",
    "https://www.prefecturedepolice.interieur.gouv.fr",
    "arrêté n° 2022-1189 du 12/07/2022",
    "75-2022-07-12-00003",
    "RAA 75 du 12 juillet 2022",
    "apur.org, 2019",
    "Hôpital Fernand-Widal",
    "Brigade Louis Blanc",
    "SNCF Gare du Nord",
)
PERSONS = (
    ("Brigadier Jean Durand", "name"),
    ("M. Durand", "title"),
    ("jean.durand@interieur.gouv.fr", "mail"),
    ("unité de Mme Lefèvre", "title"),
    ("J.-P. D.", "initials"),
    ("tél. 06.12.34.56.78", "telephone"),
    ("M\u0430rie", "script"),
    ("1 84 12 75 108 123", "social security"),
    ("alias le grand", "words"),
    ("Durand (at) police", "mail"),
    ("K\u200bevin", "seen"),
)
MOTIVES = (
    "réquisition du 12/07/2022",
    "dossier n° 2022-118",
    "préparation de l'opération du 3 octobre",
    "test",
)


@pytest.mark.parametrize("name", SERVICES)
def test_names_of_services_sources_and_acts_are_kept(name: str) -> None:
    assert reason_against(name, TextKind.NAME) is None


@pytest.mark.parametrize(("text", "said"), PERSONS)
@pytest.mark.parametrize("kind", [TextKind.NAME, TextKind.MOTIVE])
def test_what_tells_of_a_person_is_refused_in_other_texts_too(
    text: str, said: str, kind: TextKind
) -> None:
    found = reason_against(text, kind)
    assert found is not None
    assert said in found


@pytest.mark.parametrize("motive", MOTIVES)
def test_motives_name_files_and_days(motive: str) -> None:
    assert reason_against(motive, TextKind.MOTIVE) is None
    assert reason_against("recherche de Kevin Durand", TextKind.MOTIVE) is not None
