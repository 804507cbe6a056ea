"""Boxes and arrows of which the diagrams of the documentation are made, as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

STYLE = """
body { margin: 0; background: #fff; color: #1a1f2b; font: 14px/1.4 system-ui, sans-serif; }
#picture { display: inline-block; padding: 16px; width: 860px; box-sizing: border-box; }
#picture > svg { display: block; }
.row { display: flex; gap: 10px; align-items: stretch; margin: 0 0 10px; }
.box { flex: 1; border: 1px solid #24367d; border-radius: 6px; padding: 8px 12px;
  background: #f4f6fc; }
.box.quiet { background: #fff; border-color: #b4bcc8; }
.box.old { color: #5c6672; background: #f3f4f6; border: 1px dashed #8a94a2; }
.box b { display: block; }
.arrow { align-self: center; color: #5c6672; font-size: 20px; }
.down { text-align: center; color: #5c6672; margin: -6px 0 4px; }
.side { flex: 0 0 150px; align-self: center; color: #5c6672; }
h1 { font-size: 16px; margin: 0 0 12px; }
pre { margin: 0; padding: 14px 16px; border-radius: 6px; background: #1a1f2b; color: #e8ecf2;
  font: 13px/1.5 "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
pre b { color: #9fc1ff; font-weight: 600; }
"""


def document(inside: str) -> str:
    """Return a page whose element `#picture` is to be taken."""
    return (
        f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><div id=picture>{inside}</div>"
    )


ARROW = "<div class=arrow>→</div>"


def row(boxes: Sequence[str]) -> str:
    """Return boxes beside each other."""
    return f"<div class=row>{''.join(boxes)}</div>"


def box(title: str, text: str = "", kind: str = "") -> str:
    """Return a box with a title and a text below it."""
    return f'<div class="box {kind}"><b>{escape(title)}</b>{escape(text)}</div>'


def quiet(title: str, text: str = "") -> str:
    """Return a box that stays in the background."""
    return box(title, text, "quiet")


def old(title: str, text: str = "") -> str:
    """Return a box of what holds no longer."""
    return box(title, text, "old")


def nothing() -> str:
    """Return the place of a box that is not there."""
    return "<div style='flex: 1; padding: 8px 13px'></div>"


def side(text: str) -> str:
    """Return words without a box, at the left."""
    return f"<div class=side>{escape(text)}</div>"
