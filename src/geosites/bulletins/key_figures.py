"""The main figures of a week, by name."""

from __future__ import annotations

from geosites.core.documents.bulletins import WeekFigures


def by_name(figures: WeekFigures) -> tuple[tuple[str, float], ...]:
    """Return the figures of a week by their names."""
    return (
        ("visits", figures["visits"]),
        ("places", figures["places"]),
        ("heads", figures["heads"]),
        ("hotspots", figures["hotspots"]),
    )
