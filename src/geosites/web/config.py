"""What the service is told when it is made. Settings are read at entry points, not here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from geosites.analysis.cell_suppression import THRESHOLD
from geosites.auth.oidc import Door
from geosites.auth.sessions import SHIFT, Terms
from geosites.auth.two_factor_policy import TwoFactors
from geosites.web.basemap_tiles import TileFile


def utc_now() -> dt.datetime:
    """Return the instant it is."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, kw_only=True)
class WebConfig:
    """The largest body taken, the names this server answers to, and what time it is.

    `secure`: readers come by https, so that cookies and policy insist on it. Counts of persons
    below `threshold` are small, and no partner is told them. `notes`: a sighting may have one.
    Counts above `plausible_heads` are asked about; a report is corrected by its reporter within
    `correct_min` minutes.
    """

    upload_limit_bytes: int
    hosts: tuple[str, ...]
    clock: Callable[[], dt.datetime]
    secure: bool = False
    threshold: float = THRESHOLD
    terms: Terms = SHIFT
    two_factors: TwoFactors = TwoFactors.REQUIRED
    body_wait_s: float = 60
    door: Door | None = None
    public_url: str | None = None
    basemap: TileFile | None = None
    notes: bool = False
    plausible_heads: int = 300
    correct_min: int = 30
