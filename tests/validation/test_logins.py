"""Names of accounts: what is plainly a person's is told, what names a function is not."""

from __future__ import annotations

import pytest

from geosites.validation.free_text.notes import doubt_about_login


@pytest.mark.parametrize(
    "login", ["jean-dupont", "dupont.jean", "marie.curie-2", "Mohamed_Benali", "sophie"]
)
def test_a_name_of_a_person_is_told(login: str) -> None:
    assert login in str(doubt_about_login(login))


@pytest.mark.parametrize(
    "login",
    [
        "psp-18e-liaison", "coordination-nord", "ars-partenaire", "comptes", "analyse",
        "saint-denis-liaison", "villette-nuit", "mairie-10", "cellule-rue-jean-jaures-19e",
    ],
)  # fmt: skip
def test_a_function_is_not(login: str) -> None:
    assert doubt_about_login(login) is None
