"""Configuration passed to the application. Settings are read at entry points, not here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from geosites.alarms.own_subscriptions import Ways
from geosites.analysis.cell_suppression import THRESHOLD
from geosites.auth.session_lifetimes import SHIFT, Terms
from geosites.auth.two_factor_policy import TwoFactors
from geosites.core.weeks import FIRST_DAY
from geosites.journal.log import JournalLog
from geosites.journal.signed_notes import SigningKey
from geosites.journal.witnesses import Witness
from geosites.web.http.hosts import LOOPBACK
from geosites.web.tiles.basemap_tiles import TileFile

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

    from geosites.auth.oidc import Door, Provider


def utc_now() -> dt.datetime:
    """Return the instant it is."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, kw_only=True)
class WebConfig:
    """Configuration of the application: limits, host names, clock, sign-in, base map.

    `hosts` are the accepted host names, so that no foreign page can use another; a body above
    `upload_limit_bytes`, or incomplete after `body_wait_s`, is refused while it is read. `secure`:
    the service is reached by https, which cookies and policy require. Counts of persons below
    `threshold` are small, and withheld from partners. A request is stopped after `deadline_s`; one
    page of a computed collection starts no further piece after `page_s`. `provider`: an identity
    provider, which redirects back to `public_url`. `basemap`: a file of tiles, drawn under every
    map. `notes`: a sighting may have one; none is from before `first_day`. Counts above
    `plausible_heads` have to be confirmed; a reporter may correct a report within `correct_min`
    minutes. `folders` are those that are written to, by name; with less than `least_free_bytes` the
    service is not ready. `metrics_token` reads the metrics even without the database. Pages of
    `cors_origins` may use a token. `journal_log` is the Merkle log of the journal, and `witness`
    cosigns the logs of other services. `ways`: how alarms may be sent to accounts.
    `tracer_provider` records traces of requests. `share_key` returns the signing key for responses
    to other services; None disables signing. A file that is not read after `import_wait_s` is
    answered with its progress.
    """

    upload_limit_bytes: int = 20_000_000
    hosts: tuple[str, ...] = LOOPBACK
    clock: Callable[[], dt.datetime] = utc_now
    secure: bool = False
    threshold: float = THRESHOLD
    terms: Terms = SHIFT
    two_factors: TwoFactors = TwoFactors.REQUIRED
    body_wait_s: float = 60
    deadline_s: float = 60
    page_s: float = 5
    provider: Provider | None = None
    public_url: str | None = None
    basemap: Path | None = None
    notes: bool = False
    first_day: dt.date = FIRST_DAY
    plausible_heads: int = 300
    correct_min: int = 30
    folders: Mapping[str, Path] = field(default_factory=dict)
    least_free_bytes: int = 512_000_000
    metrics_token: str | None = field(default=None, repr=False)
    cors_origins: tuple[str, ...] = ()
    journal_log: JournalLog | None = None
    witness: Witness | None = None
    ways: Ways = field(default_factory=Ways)
    import_wait_s: float = 1
    tracer_provider: TracerProvider | None = None
    share_key: Callable[[], SigningKey] | None = None

    @cached_property
    def root(self) -> str:
        """The path under which a proxy serves us, without a slash at its end."""
        return urlsplit(self.public_url or "").path.rstrip("/")

    @cached_property
    def origin(self) -> str | None:
        """What browsers call the public address: scheme, host, and port unless it is the usual."""
        if self.public_url is None:
            return None
        parts = urlsplit(self.public_url)
        usual = {"https": 443, "http": 80}[parts.scheme]
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        port = "" if parts.port in (None, usual) else f":{parts.port}"
        return f"{parts.scheme}://{host}{port}"

    @cached_property
    def door(self) -> Door | None:
        """The way in by the identity provider, or None without one."""
        from geosites.auth.oidc import Door  # takes memory that only such a provider needs

        return Door(self.provider) if self.provider else None

    @cached_property
    def tiles(self) -> TileFile | None:
        """The base map's tiles; raises `Refused` where the file holds none."""
        return TileFile.open(self.basemap) if self.basemap else None
