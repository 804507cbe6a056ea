"""Settings of signing in: second factor, OpenID Connect, lifetime of a session."""

from __future__ import annotations

import datetime as dt

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from geosites.auth.session_lifetimes import SHIFT
from geosites.auth.two_factor_policy import TwoFactors


class SignInSettings(BaseSettings):
    """Settings of signing in: second factor, OpenID Connect, lifetime of a session."""

    two_factors: TwoFactors = Field(
        default=TwoFactors.REQUIRED,
        description="Second factor of coordinators and administrators: required or offered.",
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="OIDC issuer: address of the identity provider; by default there is none.",
    )
    oidc_client_id: str | None = Field(default=None, description="OIDC client ID.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="OIDC client secret.")
    oidc_scope: str = Field(
        default="openid",
        description="OIDC scopes to request, separated by spaces; names and mail are not needed.",
    )
    oidc_claim: str = Field(
        default="sub",
        description="OIDC claim that identifies the account, as given by user add --oidc-subject.",
    )
    oidc_acr: str = Field(
        default="",
        description="OIDC acr values that count as two factors, with spaces; by default amr.",
    )
    oidc_pkce: bool = Field(
        default=True, description="Whether the identity provider supports PKCE."
    )
    session_idle_min: int = Field(
        default=SHIFT.idle // dt.timedelta(minutes=1),
        ge=1,
        description="Minutes of inactivity after which a session ends.",
    )
    session_hours: int = Field(
        default=SHIFT.whole // dt.timedelta(hours=1),
        ge=1,
        description="Hours after which every session ends.",
    )
