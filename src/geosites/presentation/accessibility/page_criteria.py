"""Conformance: mandatory elements, structure, presentation."""

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

PAGE_CRITERIA = (
    conform("8.1", phrase("Each page declares its type"), phrase("HTML."), pages("8.1")),
    conform(
        "8.2",
        phrase("The source is well formed"),
        phrase("Read by a parser of the HTML standard; no id twice."),
        pages("8.2"),
        "browser/test_rgaa.py::test_the_source_of_every_page_is_well_formed",
    ),
    conform("8.3", phrase("Each page has a language"), phrase("French or English."), AXE),
    conform(
        "8.4", phrase("The language is the right one"), phrase("As asked for."), pages("8.4"), AXE
    ),
    conform(
        "8.5",
        phrase("Each page has a title"),
        phrase("Before the name of the service."),
        pages("8.6"),
    ),
    conform(
        "8.6",
        phrase("The title fits"),
        phrase("It differs from page to page."),
        pages("8.6"),
        "browser/test_rgaa.py::test_pages_of_one_service_are_told_apart_by_their_titles",
    ),
    failing(
        "8.7",
        phrase("Words of another language are marked"),
        phrase(
            "Sources and legal references are shown as they were written, French on English"
            " pages and the other way round, without a mark."
        ),
    ),
    conform("8.8", phrase("Marks of language are right"), phrase("Valid codes."), pages("8.8")),
    conform(
        "8.9",
        phrase("No mark-up for its look alone"),
        phrase("No empty paragraph, no line breaks as spacing."),
        pages("8.9"),
    ),
    absent(
        "8.10",
        phrase("Changes of reading direction are marked"),
        phrase("All texts run from left to right."),
    ),
    conform(
        "9.1",
        phrase("Headings give the structure"),
        phrase("One first level, no level left out."),
        pages("9.1"),
    ),
    conform(
        "9.2",
        phrase("Regions of the page are marked"),
        phrase("Header, navigation, main, footer."),
        pages("9.2"),
    ),
    conform("9.3", phrase("Lists are lists"), phrase("Checked item by item."), pages("9.3")),
    absent("9.4", phrase("Quotations are marked"), phrase("Nothing is quoted.")),
    conform(
        "10.1",
        phrase("Looks come from style sheets"),
        phrase("No presentational attributes."),
        pages("10.1"),
    ),
    conform(
        "10.2",
        phrase("Without styles everything is still there"),
        phrase("No words come from a style sheet."),
        "presentation/test_contrast.py::test_no_word_comes_from_a_style_sheet",
    ),
    conform(
        "10.3",
        phrase("Without styles the order makes sense"),
        phrase("Header, content, footer; focus follows the source."),
        pages("12.2"),
        KEYBOARD,
    ),
    conform(
        "10.4",
        phrase("Text of twice its size is readable"),
        phrase("Nothing is cut off."),
        pages("10.4"),
        "browser/test_report_reach.py::test_text_at_200_percent_fits_360_px",
    ),
    conform(
        "10.5",
        phrase("Colours of text and ground come together"),
        phrase("Both stand on the root of every page."),
        pages("10.5"),
    ),
    conform(
        "10.6", phrase("Links in text are seen as links"), phrase("Underlined."), pages("10.6")
    ),
    conform("10.7", phrase("The focus is seen"), phrase("At every stop of the Tab key."), KEYBOARD),
    conform(
        "10.8",
        phrase("What is hidden is meant to be"),
        phrase("Nothing hidden takes the focus."),
        pages("10.8"),
    ),
    conform(
        "10.9",
        phrase("Shape, size and place are never alone"),
        phrase("Words stand beside each sign."),
        "presentation/test_contrast.py::test_each_state_has_a_shape_of_its_own",
    ),
    conform(
        "10.10",
        phrase("And the words are the right ones"),
        phrase("Signs and words come from one table."),
        "presentation/test_contrast.py::test_each_state_has_a_shape_of_its_own",
    ),
    conform(
        "10.11",
        phrase("Nothing scrolls sideways at 320 px"),
        phrase(
            "At 320 × 256 px, which is 1,280 × 1,024 px enlarged four times; data tables "
            "and maps scroll in themselves."
        ),
        pages("10.11"),
    ),
    conform("10.12", phrase("Text can be spaced"), phrase("Nothing is cut off."), pages("10.12")),
    absent(
        "10.13",
        phrase("What appears on hover can be dismissed"),
        phrase("Nothing appears on hover or focus."),
    ),
    absent(
        "10.14",
        phrase("What styles show is reached by keyboard"),
        phrase("Nothing appears on hover or focus."),
    ),
)
"""In the order of RGAA 4.1."""
