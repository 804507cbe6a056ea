"""Reports as clients send them."""

from __future__ import annotations

from typing import Any


def sighting(**changes: Any) -> dict[str, Any]:
    """Return a sighting as a client sends it: four heads in the square Forceval."""
    report = {
        "id": "6f1c2f9e-8f0e-4a52-9f0a-2f6c6f3f5b01",
        "observed_at": "2022-10-08T09:30:00+02:00",
        "lon": 2.38995,
        "lat": 48.899854,
        "headcount": 4,
        "origin": "patrol",
        "site": "forceval",
    }
    return {**report, **changes}
