"""PDF with a logical structure: headings, paragraphs, figures and tables that can be read aloud.

fpdf2 tags figures and section titles only. Here everything that is text belongs to an element of
the structure tree, tables with their rows, headings and cells, and what repeats on each page is
marked as an artifact.

fpdf2 has no public way to do that, so pyproject.toml requires one version of it exactly. What is
not public: `fpdf.structure_tree` and `fpdf.syntax.PDFArray`; `FPDF._out`, `_set_min_pdf_version`
and `struct_builder`; `Table._render_table_row`, `_render_table_cell` and `_num_heading_rows`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypedDict, Unpack

from fpdf import FPDF
from fpdf.enums import TableBordersLayout
from fpdf.fonts import FontFace
from fpdf.structure_tree import StructElem, StructureTreeBuilder
from fpdf.syntax import PDFArray
from fpdf.table import Table


class _Kids(PDFArray):
    """All elements of a document, of which only its own children are written as such."""

    def __init__(self) -> None:
        super().__init__()
        self.owner: StructElem | None = None

    def serialize(self, *_: object, **__: object) -> str:
        """Return the references of the direct children."""
        own = [elem for elem in self if elem.p is self.owner]
        return "[" + " ".join(elem.ref for elem in own) + "]"


class _Tree(StructureTreeBuilder):
    """A structure tree of any depth, in which content is numbered page by page."""

    def __init__(self) -> None:
        super().__init__()
        kids = _Kids()
        kids.owner = self.doc_struct_elem
        self.doc_struct_elem.k = kids
        self._next: dict[int, int] = {}

    def next_mcid_for_page(self, page_number: int) -> int:
        """Return the next number for content of a page."""
        return self._next.get(page_number, 0)

    def container(self, kind: str, page: int, parent: StructElem | None) -> StructElem:
        """Return a new element that holds other elements."""
        return self._elem(kind, page, parent, None)

    def content(
        self, kind: str, page: int, parent: StructElem | None, alt: str | None = None
    ) -> tuple[int, int]:
        """Add an element for content of a page; return its number there, and that of the page."""
        number = self.next_mcid_for_page(page)
        self._next[page] = number + 1
        elem = self._elem(kind, page, parent, alt)
        elem.k.append(number)
        pages = self.spid_per_page_number
        entry = pages.setdefault(page, len(pages))
        self.struct_tree_root.parent_tree.nums[entry].append(elem)
        return number, entry

    def _elem(self, kind: str, page: int, parent: StructElem | None, alt: str | None) -> StructElem:
        above = parent or self.doc_struct_elem
        elem = StructElem(struct_type=f"/{kind}", parent=above, kids=[], page_number=page, alt=alt)
        self.doc_struct_elem.k.append(elem)
        if parent is not None:
            parent.k.append(elem)
        return elem


class _TaggedTable(Table):
    """A table whose rows and cells are elements of the tree."""

    paper: TaggedPdf
    _own: StructElem | None = None
    _row: StructElem | None = None

    def _render_table_row(self, i: int, *args: Any, **kwargs: Any) -> None:
        tree, page = self.paper.tree, self.paper.page
        self._own = self._own or tree.container("Table", page, None)
        self._row = tree.container("TR", page, self._own)
        super()._render_table_row(i, *args, **kwargs)

    def _render_table_cell(
        self, i: int, j: int, *args: Any, **kwargs: Any
    ) -> tuple[bool, float, float]:
        if kwargs.get("cell_height_info") is None:
            return super()._render_table_cell(i, j, *args, **kwargs)
        kind = "TH" if i < self._num_heading_rows or j == 0 else "TD"
        with self.paper.tagged(kind, parent=self._row):
            return super()._render_table_cell(i, j, *args, **kwargs)


class TableOptions(TypedDict, total=False):
    """How a table is set, in the words of fpdf2."""

    col_widths: Sequence[int]
    headings_style: FontFace
    borders_layout: TableBordersLayout
    line_height: float
    padding: tuple[float, float]
    text_align: Any  # one word a column, which the types of fpdf2 do not know


class TaggedPdf(FPDF):
    """A document whose text is tagged by what it is."""

    def __init__(self) -> None:
        super().__init__(format="A4")
        self.tree = _Tree()
        self.struct_builder = self.tree

    @contextmanager
    def tagged(
        self, kind: str, parent: StructElem | None = None, alt: str | None = None
    ) -> Iterator[None]:
        """Put what is written inside into an element; it must stay on one page."""
        number, entry = self.tree.content(kind, self.page, parent, alt)
        self.pages[self.page].struct_parents = entry
        self._set_min_pdf_version("1.4")
        self._out(f"/{kind} <</MCID {number}>> BDC")
        yield
        self._out("EMC")

    @contextmanager
    def artifact(self) -> Iterator[None]:
        """Mark what is written inside as furniture of the page, not to be read aloud."""
        self._out("/Artifact BMC")
        yield
        self._out("EMC")

    @contextmanager
    def tagged_table(self, **options: Unpack[TableOptions]) -> Iterator[Table]:
        """Return a table to be filled with rows, and write it at the end of the block."""
        table = _TaggedTable(self, **options)
        table.paper = self
        yield table
        table.render()
