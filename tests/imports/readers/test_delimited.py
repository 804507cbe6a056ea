from __future__ import annotations

import gzip
from itertools import compress, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.core.errors import Refused
from geosites.imports.readers.csv_files import open_csv
from geosites.imports.readers.tables import BLOCK_BYTES, Piece

Row = tuple[int, list[str]]


def pieces(path: Path, content: bytes, *wanted: int) -> tuple[tuple[str, ...], list[Piece]]:
    path.write_bytes(content)
    with open_csv(path, 10**9) as source:
        positions = wanted or tuple(range(len(source.header)))
        return source.header, list(source.pieces(positions))


def rows(path: Path, content: bytes) -> list[Row]:
    """Return the line and the cells of each row."""
    _, read = pieces(path, content)
    return [
        (int(line), [column[index].as_py() for column in piece.columns])
        for piece in read
        for index, line in enumerate(piece.lines)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_delimiter_is_the_one_the_header_uses(path: Path, mark: str) -> None:
    content = f'a{mark}b\n1{mark}"x,;\t y"\n'.encode()
    assert pieces(path, content)[0] == ("a", "b")
    assert rows(path, content) == [(2, ["1", "x,;\t y"])]


def test_a_byte_order_mark_is_passed_over(path: Path) -> None:
    assert pieces(path, b"\xef\xbb\xbfa,b\n1,2\n")[0] == ("a", "b")


def test_lines_are_counted_through_blanks_and_quoted_newlines(path: Path) -> None:
    content = b'\n"a\n",b\r\n\r\n1,2\r\n"x\ny\n",3\n\n\n4,5'
    assert rows(path, content) == [(5, ["1", "2"]), (6, ["x\ny\n", "3"]), (11, ["4", "5"])]


def test_rows_of_another_width_are_set_aside_with_their_lines(path: Path) -> None:
    _, read = pieces(path, b"a,b\n1,2\n\n3\n4,5\n6,7,8\n")
    (piece,) = read
    assert piece.lines.tolist() == [2, 5]
    assert [(bad.line, bad.value, bad.reason) for bad in piece.bad] == [
        (4, "3", "has 1 values for 2 columns"),
        (6, "6,7,8", "has 3 values for 2 columns"),
    ]


def test_only_the_columns_wanted_are_read(path: Path) -> None:
    _, (piece,) = pieces(path, b"a,b,c\n1,2,3\n", 2, 0)
    assert [column.to_pylist() for column in piece.columns] == [["3"], ["1"]]


def test_text_behind_an_apostrophe_is_what_it_was_before(path: Path) -> None:
    content = b"a\n'=1+1\n''-x\n'tis\n-2\n"
    assert [cells for _, cells in rows(path, content)] == [["=1+1"], ["'-x"], ["'tis"], ["-2"]]


def test_no_block_is_larger_than_one_megabyte(path: Path) -> None:
    content = b"a,b\n" + b"12345,67890\n" * 300_000
    _, read = pieces(path, content)
    sizes = [after.bytes_read - before.bytes_read for before, after in pairwise(read)]
    assert max(sizes) <= BLOCK_BYTES
    assert sum(len(piece.lines) for piece in read) == 300_000
    assert read[-1].lines[-1] == 300_001
    assert read[-1].bytes_read == len(content)


def test_a_row_longer_than_a_block_is_refused(path: Path) -> None:
    with pytest.raises(Refused, match="line 2: a row of more than 1 MB"):
        pieces(path, b'a,b\n1,"' + b"x\n" * BLOCK_BYTES)


def test_a_single_stray_mark_in_a_long_file_is_a_mark(path: Path) -> None:
    content = b'a,b\n5" step,1\n' + b"12345,67890\n" * 200_000 + b'6" step,2\n7" step,3'
    read = rows(path, content)
    assert len(read) == 200_003
    assert [read[0], *read[-2:]] == [
        (2, ['5" step', "1"]),
        (200_003, ['6" step', "2"]),
        (200_004, ['7" step', "3"]),
    ]


def test_a_gzip_file_is_known_by_its_content(path: Path) -> None:
    assert rows(path, gzip.compress(b"a,b\n1,2\n")) == [(2, ["1", "2"])]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r'"), max_size=8)


@given(st.lists(st.tuples(cells, cells), max_size=20), st.sampled_from(["\n", "\r\n"]))
def test_what_is_quoted_is_read_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, str]], end: str
) -> None:
    lines = ['"a","b"', *(f'"{_doubled(one)}","{_doubled(other)}"' for one, other in table)]
    path = tmp_path_factory.mktemp("csv") / "file.csv"
    read = rows(path, (end.join(lines) + end).encode())
    said = [any(cell.strip() for cell in row) for row in table]
    assert [tuple(cells) for _, cells in read] == list(compress(table, said))
    starts = [
        1 + sum(line.count("\n") + 1 for line in lines[:index]) for index in range(len(lines))
    ]
    assert [line for line, _ in read] == list(compress(starts[1:], said))


def _doubled(text: str) -> str:
    return text.replace('"', '""')
