"""Page rendering with our templates. All escaping is done here."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from geosites.analysis.closure.status_table import STATUS_TABLE
from geosites.core import city
from geosites.presentation import accessibility
from geosites.presentation.basemap_attribution import BaseMap
from geosites.presentation.credits import data_credits
from geosites.presentation.formatting import Words
from geosites.presentation.i18n import Language, texts
from geosites.presentation.labels import STATUSES
from geosites.presentation.links import Links
from geosites.presentation.palette import PALETTE
from geosites.presentation.path_prefix import rooted
from geosites.presentation.static_assets import asset
from geosites.presentation.tables.closure_tables import status_words

Source = tuple[str, str, Callable[[], bool] | None]
_INDENT = re.compile(r"\n\s+")


@dataclass(frozen=True, kw_only=True)
class Badge:
    """The signed-in account in the page header, with its permissions."""

    login: str
    role: str
    permissions: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Page:
    """Context of every page: language, URL, exercise or not, nonce.

    `badge` is the signed-in account; None on public pages. `basemap` is under its maps, if any.
    """

    words: Words
    links: Links
    path: str
    nonce: str
    exercise: bool = False
    badge: Badge | None = None
    basemap: BaseMap | None = None

    @classmethod
    def of(cls, language: Language, chosen: bool, path: str, nonce: str) -> Page:
        """Return a page in `language`, which the reader chose in the address or did not."""
        return cls(words=Words(language), links=Links(language, chosen), path=path, nonce=nonce)

    def marked(self, exercise: bool) -> Page:
        """Return the page, marked as an exercise or not."""
        return replace(self, exercise=exercise)

    def signed(self, badge: Badge | None) -> Page:
        """Return the page for who is signed in."""
        return replace(self, badge=badge)

    def may(self, permission: str) -> bool:
        """Return whether who is signed in may do something, so that only that is offered."""
        return self.badge is not None and permission in self.badge.permissions

    def html(self, template: str, **values: object) -> str:
        """Return the page made from a template; a map's script runs by the nonce on its one tag.

        NUL is not a character of HTML.
        """
        words = self.words
        return (
            _environment(words.language)
            .get_template(template)
            .render(
                page=self,
                words=words,
                links=self.links,
                statuses=status_words(words, STATUSES),
                credits=data_credits(words),
                **values,
            )
            .replace("\0", "\ufffd")
        )

    def site(self, slug: str, name: str) -> Hyperlink:
        """Return the name of a site, leading to its page."""
        return Hyperlink(name, self.links.site(slug))

    def linked(self, message: str, **values: Hyperlink | str) -> Markup:
        """Return a text in which each value is escaped, and linked where it is an `Hyperlink`."""
        return escape(self.words.say(message)) % {
            name: value.markup() if isinstance(value, Hyperlink) else value
            for name, value in values.items()
        }


@dataclass(frozen=True)
class Hyperlink:
    """Words that lead somewhere."""

    text: str
    href: str

    def markup(self) -> Markup:
        """Return the link; both parts are escaped."""
        return Markup('<a href="{}">{}</a>').format(self.href, self.text)


class _Lean(PackageLoader):
    """Reads templates without their indentation, which no reader needs to be sent."""

    def get_source(self, environment: Environment, template: str) -> Source:
        source, path, fresh = super().get_source(environment, template)
        return _INDENT.sub("\n", source), path, fresh


@cache
def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=_Lean("geosites.presentation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(texts(language), newstyle=True)  # type: ignore[attr-defined]
    environment.globals["asset"] = asset
    environment.globals["city"] = city.current
    environment.globals["rooted"] = rooted
    environment.globals["accessibility_state"] = accessibility.state
    environment.globals["languages"] = list(Language)
    environment.globals["palette"] = PALETTE
    environment.globals["status_signs"] = [(row.status.value, row.sign) for row in STATUS_TABLE]
    return environment
