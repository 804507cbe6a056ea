"""PDF from HTML in a child process, so that workers never load the renderer."""

from __future__ import annotations

from collections.abc import Iterable

from geosites.core.render_process import apart


def pdf(html: str, identifier: str) -> bytes:
    """Return a page as a PDF file; the same page and identifier give the same bytes.

    As `tagged_pdf.tagged_pdf`, and raises what it raises.
    """
    return apart(_tagged, html, identifier)


def fitted_pdf(layouts: Iterable[str], identifier: str, second: str) -> bytes:
    """Return the first of several layouts in which the element `second` begins the second page.

    As `tagged_pdf.fitted_tagged_pdf`, and raises what it raises.
    """
    return apart(_fitted, tuple(layouts), identifier, second)


def _tagged(html: str, identifier: str) -> bytes:
    from geosites.presentation.tagged_pdf import tagged_pdf  # takes half a second and 20 MB

    return tagged_pdf(html, identifier)


def _fitted(layouts: tuple[str, ...], identifier: str, second: str) -> bytes:
    from geosites.presentation.tagged_pdf import fitted_tagged_pdf  # as above

    return fitted_tagged_pdf(layouts, identifier, second)
