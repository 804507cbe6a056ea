"""The accessibility statement."""

from __future__ import annotations

from geosites.presentation.accessibility import declaration
from geosites.presentation.accessibility.declaration import JUDGED_ON
from geosites.presentation.template_rendering import Page


def accessibility(page: Page) -> str:
    """Return the declaration, with each criterion and why it holds or does not."""
    return page.html(
        "administration/accessibility.html",
        here="accessibility",
        declared=declaration(page.words),
        judged_on=page.words.day(JUDGED_ON),
    )
