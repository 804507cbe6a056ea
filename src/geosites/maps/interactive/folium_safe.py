"""Folium elements whose rendered text is not compiled again as a template."""

from __future__ import annotations

from branca.element import Element, MacroElement


class Text(Element):
    """A piece of a page that is shown as it stands."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name = "Text"
        self.text = text

    def render(self, **_: object) -> str:
        """Return the text."""
        return self.text


class Verbatim(MacroElement):
    """A mixin, last in the bases, that renders each macro of an element once.

    branca puts what a macro returned through an unsandboxed template engine a second time; a
    text with braces would run there. Here the result is stored as it is.
    """

    def render(self, **kwargs: object) -> None:  # type: ignore[override]
        """Hand the page its parts, then do the same for the children."""
        figure = self.get_root()
        macros = self._template.module.__dict__
        for part in ("header", "html", "script"):
            if part in macros:
                text = macros[part](self, kwargs)
                getattr(figure, part).add_child(Text(text), name=self.get_name())
        for child in self._children.values():
            child.render(**kwargs)
