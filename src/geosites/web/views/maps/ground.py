"""What every map page has besides its data: streets, and the search."""

from __future__ import annotations

from geosites.maps import GroundLayer, SearchField, SiteMap
from geosites.presentation.template_rendering import Page


def add_ground(page: Page, drawn: SiteMap) -> None:
    """Add streets and search to a map."""
    say = page.words.say
    GroundLayer(page.links.streets()).add_to(drawn)
    words = {
        "search": say("Search: street, station, site"),
        "none": say("Nothing found."),
        "failed": say("The search did not answer."),
    }
    SearchField(page.links.search(), words).add_to(drawn)
