"""Access to the metrics, which must work while the database is unavailable."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections import OrderedDict

import anyio
from fastapi import Request, params

from geosites.core.errors import StoreUnavailable
from geosites.permissions.policy import Permission
from geosites.web.request_context import Requires
from geosites.web.security.authentication import bearer

WITHIN_S = 2.0
REMEMBERED_S = 24 * 3600.0
"""How long an accepted token stays valid while the database is unavailable."""
_AT_A_TIME = 4
_MOST = 100


class Remembered:
    """Recently accepted tokens, by digest, and the threads that check them."""

    def __init__(self) -> None:
        self._until: OrderedDict[str, float] = OrderedDict()
        self.limiter = anyio.CapacityLimiter(_AT_A_TIME)

    def accept(self, token: str) -> None:
        """Take note that a token was accepted."""
        self._until[_digest(token)] = time.monotonic() + REMEMBERED_S
        while len(self._until) > _MOST:
            self._until.popitem(last=False)

    def forget(self, token: str) -> None:
        """Take note that a token holds no more."""
        self._until.pop(_digest(token), None)

    def knows(self, token: str) -> bool:
        """Return whether a token was accepted lately."""
        return self._until.get(_digest(token), 0.0) > time.monotonic()


class RequiresMetrics(Requires):
    """Grants the token of the settings, and any that may read metrics by the database.

    Where the database does not answer, one that was accepted by this process lately is taken.
    """

    def __init__(self) -> None:
        super().__init__(Permission.READ_METRICS)

    async def __call__(self, request: Request) -> None:  # type: ignore[override]
        """Return for who may read the metrics; raises as `Requires` does."""
        token = bearer(request)
        known: Remembered = request.app.state.remembered
        own: str | None = request.app.state.config.metrics_token
        if token and own and hmac.compare_digest(token.encode(), own.encode()):
            return
        ask = super().__call__
        try:
            with anyio.fail_after(WITHIN_S):
                await anyio.to_thread.run_sync(
                    ask, request, limiter=known.limiter, abandon_on_cancel=True
                )
        except (StoreUnavailable, TimeoutError) as error:
            if token and known.knows(token):
                return
            raise StoreUnavailable(
                "the database does not answer, and the token is not that of GEOSITES_METRICS_TOKEN"
            ) from error
        except Exception:
            if token:
                known.forget(token)
            raise
        if token:
            known.accept(token)


def requires_metrics() -> params.Depends:
    """Return the dependency of the metrics route."""
    return params.Depends(RequiresMetrics())


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
