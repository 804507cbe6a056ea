"""The client class: one method for each query."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import quote

import httpx2

from geosites.client.problems import Problem, Unreachable
from geosites.client.reading import read
from geosites.core.documents.changes import ChangeDocument, ChangesDocument
from geosites.core.documents.closures import ClosureDocument
from geosites.core.documents.displacement import AnyDisplacement
from geosites.core.documents.reports import ReceiptDocument
from geosites.core.documents.weeks import AnyWeek

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

TIMEOUT_S = 60.0

Instant = dt.datetime | None


class Client:
    """Client of one service, as the account of a token.

    Every method raises `Problem` if the service returns an error, and `Unreachable` if it does not
    answer. Instants need an offset. `http` is for a preconfigured HTTP client.
    """

    def __init__(
        self,
        url: str = "",
        token: str | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        http: httpx2.Client | None = None,
    ) -> None:
        self._http = http or httpx2.Client(base_url=url, timeout=timeout_s)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def closure(self, slug: str, as_of: Instant = None) -> ClosureDocument:
        """Return whether a site is still closed, by default now, with the evidence."""
        path = f"/api/sites/{quote(slug, safe='')}/closure"
        return cast("ClosureDocument", self._get(path, ClosureDocument, as_of=as_of))

    def hotspots(self, week: str, as_known_at: Instant = None) -> AnyWeek:
        """Return where people were present in an ISO week like `2022-W40`.

        Partners get a `PartnerWeek`, recognised by `"withheld" in week`.
        """
        path = f"/api/hotspots/{quote(week, safe='')}"
        return cast("AnyWeek", self._get(path, AnyWeek, as_known_at=as_known_at))

    def displacement(
        self,
        *,
        operation: str | None = None,
        site: str | None = None,
        at: Instant = None,
        before_weeks: int = 26,
        after_weeks: int = 13,
    ) -> AnyDisplacement:
        """Return the displacement study of an operation, or of an instant at a site."""
        asked = {
            "operation": operation,
            "site": site,
            "at": at,
            "before_weeks": before_weeks,
            "after_weeks": after_weeks,
        }
        return cast("AnyDisplacement", self._get("/api/displacement", AnyDisplacement, **asked))

    def report(self, sighting: Mapping[str, object]) -> ReceiptDocument:
        """Record one sighting; the very same again is not added twice."""
        answer = self._ask("POST", "/api/sightings", json=dict(sighting))
        return cast("ReceiptDocument", read(answer.json(), ReceiptDocument))

    def changes(self, since: str | None = None, *, limit: int = 1000) -> ChangesDocument:
        """Return the changes after a cursor, the `next` of the previous page."""
        return cast(
            "ChangesDocument",
            self._get("/api/changes", ChangesDocument, since=since, limit=limit),
        )

    def follow(self, since: str | None = None) -> Iterator[ChangeDocument]:
        """Yield every change after a cursor that there is by now, page after page."""
        page = self.changes(since)
        yield from page["changes"]
        while page["more"]:
            page = self.changes(page["next"])
            yield from page["changes"]

    def sightings(
        self, since: Instant = None, until: Instant = None, *, motive: str
    ) -> gpd.GeoDataFrame:
        """Return the sightings from `since` to before `until`, in WGS 84; `observed_at` is in UTC.

        They are as precise as the account may see them; the motive is journaled.
        """
        import geopandas as gpd  # a script that asks for documents only needs no frames
        import pandas as pd

        path = "/api/export/sightings.parquet"
        answer = self._ask("GET", path, params=_text(since=since, until=until, motive=motive))
        frame = gpd.read_parquet(io.BytesIO(answer.content))
        frame["observed_at"] = pd.to_datetime(frame["observed_at"], format="ISO8601", utc=True)
        return frame

    def weeks(self, start: str, end: str) -> pd.DataFrame:
        """Return one row a week and territory from one ISO week to another, both included.

        Columns: week, code, name, visits, places, heads, heads_counted. A territory that nobody
        visited in a week has no row: that is not the same as nobody there.
        """
        import pandas as pd

        columns = ["week", "code", "name", "visits", "places", "heads", "heads_counted"]
        rows = [
            {"week": week, **territory}
            for week in _weeks(start, end)
            for territory in self.hotspots(week)["territories"]
        ]
        return pd.DataFrame(rows, columns=columns)

    def _get(self, path: str, form: object, **asked: object) -> object:
        return read(self._ask("GET", path, params=_text(**asked)).json(), form)

    def _ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, object] | None = None,
    ) -> httpx2.Response:
        try:
            answer = self._http.request(
                method, path, headers=self._headers, params=params, json=json
            )
        except httpx2.TransportError as error:
            raise Unreachable(f"{method} {path}: {type(error).__name__}: {error}") from error
        if not answer.is_success:
            raise Problem.of(answer)
        return answer


def _text(**asked: object) -> dict[str, str]:
    """Return query parameters as text, without those that are None."""
    return {
        name: value.isoformat() if isinstance(value, dt.datetime) else str(value)
        for name, value in asked.items()
        if value is not None
    }


def _weeks(start: str, end: str) -> Iterator[str]:
    """Yield the ISO weeks from one to another, both included."""
    day, last = (dt.datetime.strptime(f"{week}-1", "%G-W%V-%u") for week in (start, end))
    while day <= last:
        year, week, _ = day.isocalendar()
        yield f"{year}-W{week:02d}"
        day += dt.timedelta(weeks=1)
