"""What the rows of a file amount to while it is read: counted, left out, blank, refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from geosites.core.errors import Phrase, phrase
from geosites.imports.readers.tables import OpenTable, Piece
from geosites.imports.rejected_rows import Refusals
from geosites.validation import SHOWN, Block, ParsedBlock


@dataclass
class ImportTally:
    """What the blocks of a file amount to."""

    refusals: Refusals
    rows: int = 0
    left_out: int = 0
    blank: int = 0
    at_site: int = 0
    warnings: list[str] = field(default_factory=list)
    exercise: bool = False
    named: bool = False

    def see(self, piece: Piece, block: Block) -> None:
        """Count the rows of a piece, and of its block without totals."""
        totals = len(piece.lines) - len(block)
        self.rows += len(block) + piece.bad_total
        self.left_out += piece.left_out + totals
        self.blank += piece.blank
        self.refusals.add(piece.bad, piece.bad_total)
        self.warn(piece.warnings)

    def add(self, reading: ParsedBlock) -> None:
        """Take one more block into account."""
        self.refusals.add(reading.bad, reading.bad_total)
        self.warn(reading.warnings)
        self.at_site += reading.at_site
        self.exercise |= reading.exercise
        self.named |= reading.named

    def warn(self, warnings: Sequence[str]) -> None:
        """Keep the first warnings."""
        self.warnings.extend(warnings[: max(SHOWN - len(self.warnings), 0)])

    def remarks(self) -> list[str]:
        """Return what is told of the rows besides those that are refused."""
        told: list[str] = []
        if self.blank:
            told.append(phrase("blank rows passed over: %(count)s", count=self.blank))
        if self.at_site:
            told.append(
                phrase(
                    "placed at the perimeter of their site, precision site: %(count)s",
                    count=self.at_site,
                )
            )
        return told

    def no_row(self, opened: OpenTable) -> Phrase:
        """Return why a file has no row to be taken."""
        if self.left_out:
            return phrase("no row of the file is taken; left out: %(count)s", count=self.left_out)
        if "layer" in opened.facts:
            return phrase("the file has no features")
        return phrase("the file has a header and no row")
