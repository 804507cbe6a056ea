"""Folium elements whose rendered text is not compiled again as a template."""

from __future__ import annotations

from branca.element import Element, MacroElement


class Text(Element):
    """A part of a page that is inserted unchanged."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "Text"
        self.text = text

    def render(self, **_: object) -> str:
        """Return the text."""
        return self.text


class Verbatim(MacroElement):
    """A mixin, last in the bases, that renders each macro of an element once.

    branca renders the result of a macro a second time as an unsandboxed template, where a text with
    braces would be executed. Here the result is stored unchanged.
    """

    def render(self, **kwargs: object) -> None:  # type: ignore[override]
        """Add the parts to the page, then those of the children."""
        figure = self.get_root()
        macros = self._template.module.__dict__
        for part in ("header", "html", "script"):
            if part in macros:
                text = macros[part](self, kwargs)
                getattr(figure, part).add_child(Text(text), name=self.get_name())
        for child in self._children.values():
            child.render(**kwargs)
