"""Carriage-return line endings (classic Mac OS), in all or part of a file."""

from __future__ import annotations

import re

_RETURNS = re.compile(rb"\r+\n?")
_LONGEST_RUN = 1 << 16
"""Number of trailing carriage returns from which all but the last are line ends."""


class LineEnds:
    """Converts lone carriage returns to newlines; `mended`: there were some."""

    def __init__(self) -> None:
        self._rest = b""
        self.mended = False

    def read(self, data: bytes, *, last: bool) -> bytes:
        """Return the next bytes; returns at their end wait for what follows them."""
        data, self._rest = self._rest + data, b""
        if not last:
            whole = data.rstrip(b"\r")
            if len(data) - len(whole) > _LONGEST_RUN:
                whole = data[:-1]
            data, self._rest = whole, data[len(whole) :]
        if data.count(b"\r") == data.count(b"\r\n"):
            return data
        return _RETURNS.sub(self._mend, data)

    def _mend(self, run: re.Match[bytes]) -> bytes:
        """Convert returns to newlines in linear time, however many follow each other."""
        if run[0].endswith(b"\n"):
            return run[0]
        self.mended = True
        return b"\n" * len(run[0])
