"""What holds: images, frames, colours, media, tables, links, scripts."""

from __future__ import annotations

from geosites.core.errors import phrase
from geosites.presentation.accessibility.criterion import (
    AXE,
    KEYBOARD,
    NO_SCRIPT,
    absent,
    conform,
    pages,
)

CONTENT_CRITERIA = (
    conform(
        "1.1",
        phrase("Each image that tells something has an alternative"),
        phrase("Pictures and drawings carry a name."),
        pages("1.1"),
    ),
    conform(
        "1.2",
        phrase("Decoration is hidden from screen readers"),
        phrase("Signs beside words are hidden."),
        pages("1.2"),
    ),
    conform(
        "1.3",
        phrase("Alternatives say what the image says"),
        phrase("The map of a bulletin and the bar of a closure are named by week and place."),
        "presentation/test_timeline.py::test_the_picture_has_a_name_and_no_style",
        "bulletins/test_pdf.py::test_everything_on_it_is_tagged_by_what_it_is",
    ),
    absent(
        "1.4",
        phrase("Images used as tests say what they are for"),
        phrase("No image is used as a test."),
    ),
    absent(
        "1.5",
        phrase("Images used as tests have another way round"),
        phrase("No image is used as a test."),
    ),
    conform(
        "1.6",
        phrase("Images that say much have a full description"),
        phrase("A map stands beside its sentences and tables."),
        pages("1.6"),
    ),
    conform(
        "1.7",
        phrase("The full description is the right one"),
        phrase("Sentences and tables are made from the data that is drawn."),
        "presentation/test_timeline.py::test_the_table_says_the_same_the_latest_first",
        "browser/test_pages.py::test_the_map_draws_what_the_table_says",
    ),
    conform(
        "1.8", phrase("Text is text and no image"), phrase("No picture of words."), pages("1.8")
    ),
    conform(
        "1.9",
        phrase("Captions belong to their images"),
        phrase("Each figure has its caption."),
        pages("1.9"),
    ),
    absent("2.1", phrase("Each frame has a title"), phrase("No frames.")),
    absent("2.2", phrase("Titles of frames fit"), phrase("No frames.")),
    conform(
        "3.1",
        phrase("Colour is never alone"),
        phrase("States have a shape and a word."),
        "presentation/test_contrast.py::test_each_state_has_a_shape_of_its_own",
    ),
    conform(
        "3.2",
        phrase("Text stands out from its ground"),
        phrase("Measured in the browser, in light and dark."),
        AXE,
    ),
    conform(
        "3.3",
        phrase("Fields and signs stand out from their ground"),
        phrase("Computed from the palette: 3:1 and more."),
        "presentation/test_contrast.py::test_fields_focus_and_marks_stand_out",
    ),
    absent("4.1", phrase("Sound and film have a transcript"), phrase("No sound and no film.")),
    absent("4.2", phrase("The transcript is right"), phrase("No sound and no film.")),
    absent("4.3", phrase("Film has captions"), phrase("No sound and no film.")),
    absent("4.4", phrase("The captions are right"), phrase("No sound and no film.")),
    absent("4.5", phrase("Film has an audio description"), phrase("No sound and no film.")),
    absent("4.6", phrase("The audio description is right"), phrase("No sound and no film.")),
    absent("4.7", phrase("Sound and film are announced"), phrase("No sound and no film.")),
    conform(
        "4.8",
        phrase("Interactive maps have an alternative"),
        phrase("The list of places, tables, and typed positions on forms."),
        pages("1.6"),
        NO_SCRIPT,
    ),
    conform(
        "4.9",
        phrase("The alternative of a map is right"),
        phrase("List, table and map are made from one answer."),
        "browser/test_pages.py::test_the_map_draws_what_the_table_says",
    ),
    absent(
        "4.10",
        phrase("Sound that begins by itself can be stopped"),
        phrase("No sound and no film."),
    ),
    absent("4.11", phrase("Sound and film obey the keyboard"), phrase("No sound and no film.")),
    conform(
        "4.12",
        phrase("Maps obey the keyboard"),
        phrase("Marks, cards and drawing."),
        "browser/test_pages.py::test_the_keyboard_opens_and_closes_a_card",
        "browser/test_drawing.py::test_an_area_is_drawn_by_keyboard_alone",
    ),
    conform(
        "4.13",
        phrase("Maps suit assistive technology"),
        phrase("Names and roles are checked; what is only drawn is told beside it."),
        AXE,
    ),
    absent(
        "5.1",
        phrase("Complex tables have a summary"),
        phrase("No table has headings over several columns or rows."),
    ),
    absent(
        "5.2",
        phrase("The summary is right"),
        phrase("No table has headings over several columns or rows."),
    ),
    absent("5.3", phrase("Tables for layout read in order"), phrase("No table serves layout.")),
    conform("5.4", phrase("Each table has a title"), phrase("A caption."), pages("5.4")),
    conform(
        "5.5",
        phrase("Titles of tables fit"),
        phrase("No page has two tables of one title."),
        pages("5.5"),
    ),
    conform(
        "5.6",
        phrase("Headings of tables are declared"),
        phrase("Heading cells in the first row and column."),
        pages("5.6"),
    ),
    conform(
        "5.7",
        phrase("Cells belong to their headings"),
        phrase("On pages and in the PDF."),
        pages("5.7"),
        "bulletins/test_pdf.py::test_rows_belong_to_tables_and_cells_name_their_headings",
    ),
    absent("5.8", phrase("Tables for layout have no headings"), phrase("No table serves layout.")),
    conform(
        "6.1",
        phrase("Links say where they lead"),
        phrase("No link is called “here” or by an address."),
        pages("6.1"),
    ),
    conform("6.2", phrase("Each link has words"), phrase("No empty link."), pages("6.2")),
    conform(
        "7.1",
        phrase("Scripts suit assistive technology"),
        phrase("Name, role and value of each control, in every state of the report form too."),
        AXE,
        "browser/test_report_reach.py::test_no_serious_violation_in_any_state",
    ),
    conform(
        "7.2",
        phrase("Without scripts the content is there"),
        phrase("Tables are read and reports sent."),
        NO_SCRIPT,
        "browser/test_report.py::test_without_a_script_the_form_reports_and_says_what_is_wrong",
    ),
    conform(
        "7.3",
        phrase("Scripts obey keyboard and pointer"),
        phrase("Everything is reached by the Tab key."),
        pages("7.3"),
        KEYBOARD,
    ),
    conform(
        "7.4",
        phrase("Nothing leads elsewhere unasked"),
        phrase("Lists and sliders change what is shown, never the page."),
        pages("7.4"),
    ),
    conform(
        "7.5",
        phrase("Messages of state are spoken"),
        phrase("Receipts, waiting, errors."),
        pages("7.5"),
    ),
)
"""In the order of RGAA 4.1."""
