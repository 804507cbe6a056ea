"""Workbooks for the tests, written as other programs write them."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import openpyxl
import xlwt

Rows = Sequence[Sequence[object]]

_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = {
    name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"
    for name in ("office", "table", "text", "style")
}


def xlsx(rows: Rows, form: str | None = None, change: Callable[[str], str] | None = None) -> bytes:
    """Return a workbook of one sheet; `form` is the format of times, `change` alters its XML."""
    book, whole = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))
    for cell in (cell for row in book.active.iter_rows() for cell in row if cell.is_date):
        cell.number_format = form or "yyyy-mm-dd h:mm:ss"
    book.save(whole)
    return whole.getvalue() if change is None else changed(whole.getvalue(), change)


def changed(book: bytes, change: Callable[[str], str]) -> bytes:
    """Return a workbook with the XML of its first sheet altered."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            part = old.read(name).decode()
            new.writestr(name, change(part) if name.endswith("sheet1.xml") else part)
    return made.getvalue()


def claiming(extent: str) -> Callable[[str], str]:
    """Return a change after which a sheet claims some extent."""
    return lambda part: re.sub(r'<dimension ref="[^"]*"', f'<dimension ref="{extent}"', part)


def xls(rows: Rows, form: str = "yyyy-mm-dd hh:mm:ss", hidden: Rows | None = None) -> bytes:
    """Return a workbook as Excel wrote it before 2007, a hidden sheet first if there is one."""
    book, whole = xlwt.Workbook(), io.BytesIO()
    style = xlwt.easyxf(num_format_str=form)
    if hidden is not None:
        first = book.add_sheet("lists")
        first.visibility = 1
        _fill(first, hidden, style)
    _fill(book.add_sheet("data"), rows, style)
    if hidden is not None:
        book.active_sheet = 1
    book.save(whole)
    return whole.getvalue()


def _fill(sheet: Any, rows: Rows, style: object) -> None:
    for line, row in enumerate(rows):
        for place, value in enumerate(row):
            if isinstance(value, dt.date):
                sheet.write(line, place, value, style)
            elif value is not None:
                sheet.write(line, place, value)


def ods(rows: Rows, hidden: Rows | None = None, tail: str = "") -> bytes:
    """Return an OpenDocument spreadsheet, a hidden sheet first if there is one."""
    made = io.BytesIO()
    names = " ".join(f'xmlns:{name}="{urn}"' for name, urn in _SPACES.items())
    first = "" if hidden is None else _table("lists", hidden, ' table:style-name="away"')
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:automatic-styles>'
        '<style:style style:name="away" style:family="table">'
        '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
        f"<office:body><office:spreadsheet>{first}{_table('data', rows, '', tail)}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", _ODS)
        archive.writestr("content.xml", content)
    return made.getvalue()


def _table(name: str, rows: Rows, style: str, tail: str = "") -> str:
    lines = "".join(
        f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows
    )
    return f'<table:table table:name="{name}"{style}>{lines}{tail}</table:table>'


def _cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    shown = f"<text:p>{escape(str(value))}</text:p>"
    if isinstance(value, dt.date):
        return _typed("date", {"date-value": value.isoformat()}, shown)
    if isinstance(value, int | float):
        return _typed("float", {"value": repr(value)}, shown)
    return _typed("string", {}, shown)


def _typed(kind: str, more: Mapping[str, str], shown: str) -> str:
    values = "".join(f' office:{name}="{value}"' for name, value in more.items())
    return f'<table:table-cell office:value-type="{kind}"{values}>{shown}</table:table-cell>'
