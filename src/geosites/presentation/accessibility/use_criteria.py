"""Conformance: forms, navigation, consultation."""

from __future__ import annotations

from geosites.core.errors import phrase
from geosites.presentation.accessibility.criterion import (
    AXE,
    KEYBOARD,
    absent,
    conform,
    failing,
    pages,
)

USE_CRITERIA = (
    conform(
        "11.1", phrase("Each field has a label"), phrase("Also after an error."), pages("11.1"), AXE
    ),
    conform(
        "11.2",
        phrase("Labels fit"),
        phrase("In words."),
        pages("11.2"),
        "web/reporting/test_sighting_checks.py::test_every_field_has_its_label",
    ),
    conform(
        "11.3",
        phrase("A field has one label everywhere"),
        phrase("Login, password, code, language and position."),
        "browser/test_rgaa.py::test_a_field_is_called_the_same_everywhere",
    ),
    conform(
        "11.4",
        phrase("Labels stand by their fields"),
        phrase("Above or before, with the hint between."),
        pages("11.4"),
    ),
    conform(
        "11.5",
        phrase("Fields that belong together are grouped"),
        phrase("Choices of one question."),
        pages("11.5"),
    ),
    conform("11.6", phrase("Groups have a legend"), phrase("Legend or name."), pages("11.6")),
    conform("11.7", phrase("Legends fit"), phrase("In words."), pages("11.7")),
    conform(
        "11.8",
        phrase("Long lists are sorted into groups"),
        phrase("Where a list mixes kinds, these are groups."),
        pages("11.8"),
    ),
    conform(
        "11.9",
        phrase("Buttons say what they do"),
        phrase("No button without words."),
        pages("11.9"),
    ),
    conform(
        "11.10",
        phrase("What must be filled in and what is wrong is said"),
        phrase("Beside its field, and spoken."),
        pages("11.10"),
        "browser/test_report_reach.py::test_an_error_is_in_sight_and_has_the_focus",
    ),
    conform(
        "11.11",
        phrase("Errors say what to do"),
        phrase("With what was typed kept."),
        "web/reporting/test_sighting_checks.py::test_what_cannot_be_taken_is_named_beside_its_field_and_kept",
        "web/closure/test_closure_acts.py::test_what_cannot_be_declared_is_named_beside_its_field_and_kept",
    ),
    conform(
        "11.12",
        phrase("What is sent can be checked, changed or undone"),
        phrase("Reports for 30 minutes; closures are shown before they are saved."),
        "browser/test_report_reach.py::test_a_report_is_corrected_and_withdrawn_by_its_reporter",
        "web/closure/test_closure_acts.py::test_the_answer_is_shown_before_a_closure_is_declared",
    ),
    conform(
        "11.13",
        phrase("Fields about oneself say their purpose"),
        phrase("Login, password and code."),
        pages("11.13"),
    ),
    failing(
        "12.1",
        phrase("There are two ways to a page"),
        phrase("There is a menu, but neither a site map nor a search over all pages."),
    ),
    conform(
        "12.2",
        phrase("The menu is always in one place"),
        phrase("First in the header."),
        pages("12.2"),
    ),
    absent("12.3", phrase("The site map is right"), phrase("There is none.")),
    absent("12.4", phrase("The site map is reached the same way"), phrase("There is none.")),
    absent(
        "12.5",
        phrase("The search is reached the same way"),
        phrase("The search of a map finds places, not pages."),
    ),
    conform(
        "12.6",
        phrase("Regions can be reached or passed over"),
        phrase("By regions, and by a link over the menu."),
        pages("9.2"),
        pages("12.7"),
    ),
    conform(
        "12.7", phrase("A first link leads to the content"), phrase("On every page."), pages("12.7")
    ),
    conform("12.8", phrase("The Tab key goes in order"), phrase("As the page is read."), KEYBOARD),
    conform(
        "12.9",
        phrase("The keyboard is never caught"),
        phrase("Every walk comes to its end."),
        KEYBOARD,
    ),
    absent(
        "12.10",
        phrase("Shortcuts of one key can be turned off"),
        phrase("There is none; keys act on a map only where it has the focus."),
    ),
    conform(
        "12.11",
        phrase("What opens is reached by keyboard"),
        phrase("Cards of maps."),
        "browser/test_pages.py::test_the_keyboard_opens_and_closes_a_card",
    ),
    failing(
        "13.1",
        phrase("Time limits can be changed"),
        phrase(
            "A session ends after two hours without use and twelve hours in all; nothing "
            "warns of it. What was typed is kept over signing in again, but for files."
        ),
    ),
    conform(
        "13.2", phrase("No window opens by itself"), phrase("No link opens one."), pages("13.2")
    ),
    conform(
        "13.3",
        phrase("Documents to download are accessible"),
        phrase("Bulletins and round sheets are tagged PDF; the rest are data files."),
        "bulletins/test_pdf.py::test_everything_on_it_is_tagged_by_what_it_is",
        "bulletins/test_pdf.py::test_it_has_language_title_and_an_outline",
    ),
    conform(
        "13.4",
        phrase("And say the same"),
        phrase("Page and PDF of a bulletin are made from one text."),
        "bulletins/test_pdf.py::test_the_first_page_is_the_bulletin",
    ),
    absent(
        "13.5",
        phrase("Drawings in characters have an alternative"),
        phrase("No drawings in characters."),
    ),
    absent("13.6", phrase("That alternative is right"), phrase("No drawings in characters.")),
    conform("13.7", phrase("Nothing flashes"), phrase("No animation runs."), pages("13.8")),
    conform(
        "13.8",
        phrase("What moves can be stopped"),
        phrase("Nothing moves by itself."),
        pages("13.8"),
    ),
    conform(
        "13.9",
        phrase("Pages turn with the screen"),
        phrase("Upright and across."),
        pages("10.11"),
        "presentation/test_contrast.py::test_no_page_asks_for_an_orientation",
    ),
    conform(
        "13.10",
        phrase("Gestures have a simple form"),
        phrase("Maps have buttons for what two fingers do."),
        pages("13.10"),
    ),
    conform(
        "13.11",
        phrase("A press can be taken back"),
        phrase("Actions are triggered on release, never on press."),
        "presentation/test_contrast.py::test_scripts_act_on_release_and_know_no_motion",
    ),
    absent(
        "13.12", phrase("Movements of the device have another way"), phrase("No movement is read.")
    ),
)
"""In the order of RGAA 4.1."""
