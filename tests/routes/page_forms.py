"""The forms of a page as a browser sends them: what is filled in, ticked and chosen."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser

Pairs = list[tuple[str, str]]
_IN_A_ROUTE = re.compile(r"{\w+}")


@dataclass
class PageForm:
    """A form: where it is sent, and its fields in their order as (name, value)."""

    action: str
    pairs: Pairs = field(default_factory=list)

    def with_typed(self, typed: Iterable[tuple[str, str]]) -> Pairs:
        """Return the fields with others in the place of those of the same name."""
        typed = list(typed)
        names = {name for name, _ in typed}
        return [pair for pair in self.pairs if pair[0] not in names] + typed


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self._open = False
        self._area: str | None = None
        self._text = ""
        self._choice: tuple[str, list[tuple[str, bool]]] | None = None

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._open = given.get("method") == "post"
            if self._open:
                self.forms.append(PageForm(given["action"]))
        if not self._open:
            return
        if tag == "input" and "name" in given:
            self._input(given)
        elif tag == "textarea":
            self._area, self._text = given["name"], ""
        elif tag == "select":
            self._choice = given["name"], []
        elif tag == "option" and self._choice:
            self._choice[1].append((given.get("value", ""), "selected" in given))

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)

    def handle_data(self, data: str) -> None:
        self._text += data if self._area is not None else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False
        elif tag == "textarea" and self._area is not None:
            self._put(self._area, self._text.removeprefix("\n"))
            self._area = None
        elif tag == "select" and self._choice:
            name, options = self._choice
            chosen = [value for value, is_chosen in options if is_chosen] or [
                value for value, _ in options[:1]
            ]
            for value in chosen:
                self._put(name, value)
            self._choice = None

    def _input(self, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if kind in ("radio", "checkbox") and "checked" not in given:
            return
        if kind not in ("file", "submit", "button"):
            self._put(given["name"], given.get("value", "on" if kind == "checkbox" else ""))

    def _put(self, name: str, value: str) -> None:
        self.forms[-1].pairs.append((name, value))


def forms_of(page: str) -> list[PageForm]:
    """Return the forms of a page that write."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def form_to(page: str, route: str) -> PageForm:
    """Return the first form of a page that is sent to a route; raises `LookupError`."""
    wanted = re.compile(_IN_A_ROUTE.sub(r"[^/?]+", route) + r"(\?.*)?")
    for form in forms_of(page):
        if wanted.fullmatch(form.action):
            return form
    raise LookupError(f"no form of the page is sent to {route}")
