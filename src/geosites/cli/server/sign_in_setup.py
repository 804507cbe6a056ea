"""Who may sign in to the service and for how long, by the settings."""

from __future__ import annotations

import datetime as dt

from geosites.auth.oidc import Provider
from geosites.auth.session_lifetimes import Terms
from geosites.settings import Settings


def identity_provider(settings: Settings) -> Provider | None:
    """Return the identity provider, or None where none is configured."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    secret = settings.oidc_client_secret
    return Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret="" if secret is None else secret.get_secret_value(),
        scope=settings.oidc_scope,
        claim=settings.oidc_claim,
        acr=tuple(settings.oidc_acr.split()),
        pkce=settings.oidc_pkce,
    )


def session_terms(settings: Settings) -> Terms:
    """Return the lifetimes of a session."""
    return Terms(
        idle=dt.timedelta(minutes=settings.session_idle_min),
        whole=dt.timedelta(hours=settings.session_hours),
    )
