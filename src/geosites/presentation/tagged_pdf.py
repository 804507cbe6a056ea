"""Tagged PDF (PDF/UA-1) from HTML, with reproducible bytes.

It only reads the two fonts that come with matplotlib, and images embedded in the page.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from geosites.core.errors import Refused
from geosites.presentation.font_glyphs import printable, steady
from geosites.presentation.pdf_structure import finish

try:
    from weasyprint import HTML
    from weasyprint.document import Document
    from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse
except OSError as error:  # its text layout is a library of the system
    raise Refused("PDF files need Pango on this machine: %(reason)s", reason=str(error)) from error

_SCHEME = "geosites:"
_FONTS = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")


class _OwnFiles(URLFetcher):  # type: ignore[misc]  # weasyprint has no types
    """Serve our fonts and pictures inside the page; refuse every other address."""

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """Return the content of a URL; raises for any external URL."""
        if url.startswith("data:image/png;"):
            return super().fetch(url, headers)
        name = url.removeprefix(_SCHEME)
        if not url.startswith(_SCHEME) or name not in _FONTS:
            raise FatalURLFetchingError(f"a document asks for {url[:80]}")
        return URLFetcherResponse(url, _font(name), {"Content-Type": "font/ttf"})


def tagged_pdf(html: str, identifier: str) -> bytes:
    """Return a page as a PDF file; the same page and identifier give the same bytes.

    Characters missing in the font, and bidirectional control characters, become boxes.

    `identifier` has at most 32 ASCII characters. Raises `FatalURLFetchingError` if the page loads
    anything external.
    """
    return _written(_laid_out(html), identifier)


def fitted_tagged_pdf(layouts: Iterable[str], identifier: str, second: str) -> bytes:
    """Return the first of several layouts in which the element `second` begins the second page.

    The last one where none does; else as `tagged_pdf`, and laid out once where the first one fits.
    """
    for html in layouts:
        made = _laid_out(html)
        if len(made.pages) > 1 and second in made.pages[1].anchors:
            break
    return _written(made, identifier)


def _laid_out(html: str) -> Document:
    shown = "\n".join(printable(steady(line)) for line in html.split("\n"))
    page = HTML(string=shown, url_fetcher=_OwnFiles(allowed_protocols={"data"}))
    return page.render(pdf_variant="pdf/ua-1", hinting=False)


def _written(made: Document, identifier: str) -> bytes:
    file: bytes = made.write_pdf(
        pdf_variant="pdf/ua-1",
        pdf_identifier=identifier.encode("ascii"),
        hinting=False,
        finisher=finish,
    )
    return file


@cache
def _font(name: str) -> bytes:
    return (files("matplotlib") / "mpl-data" / "fonts" / "ttf" / name).read_bytes()
