"""Sign-in through an identity provider (OpenID Connect), including ProConnect.

Discovery, the code flow with PKCE, and the verification of signatures and claims come from Authlib
and joserfc. This module decides what to require. One claim is matched with an existing account;
nothing else from the provider is stored or logged.
"""

from __future__ import annotations

import datetime as dt
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias
from urllib.parse import urlencode

import httpx2
import sqlalchemy as sa
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from geosites.auth import sessions, sign_in
from geosites.auth.session_lifetimes import Terms
from geosites.auth.sign_in import NotKnown, Welcome
from geosites.auth.two_factor_policy import TwoFactors
from geosites.db.access import accounts
from geosites.db.access.sign_ins import OidcAttempt

SKEW_S = 60
"""By which the provider's clock and ours may differ."""

ASYMMETRIC = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
KEPT_S = 3600
WAIT_S = 10.0
LASTS = dt.timedelta(minutes=10)
"""How long a sign-in at the provider may take."""

TOLD = '{"id_token":{"acr":null,"amr":null}}'
"""Request for the `acr` and `amr` claims."""

TWO_FACTORS_AMR = frozenset({"mfa", "otp", "hwk", "swk", "pop", "sc", "fido"})
"""Values of `amr` that are second factors (RFC 8176)."""


JsonObject: TypeAlias = dict[str, Any]
"""A JSON object from a provider, about itself or a user."""


@dataclass(frozen=True, kw_only=True)
class Provider:
    """An identity provider from the settings.

    `claim` identifies the account. `acr` are levels that count as two factors, requested and
    checked; without any, `amr` must name two methods. `pkce` is switched off for providers without
    it.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = "openid"
    claim: str = "sub"
    acr: tuple[str, ...] = ()
    pkce: bool = True


@dataclass(frozen=True, kw_only=True)
class AuthorizationRequest:
    """Parameters of a sign-in at the provider, and the values expected in its response."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, kw_only=True)
class Known:
    """The identity from the provider: the value of the claim, and the authentication strength."""

    subject: str
    two_factors: bool
    id_token: str


def welcome(
    conn: sa.Connection,
    known: Known,
    now: dt.datetime,
    terms: Terms,
    two_factors: TwoFactors,
    device: str | None,
) -> Welcome:
    """Begin a session for the account that matches the provider's identity; raises `NotKnown`.

    If two factors are required, or the account has a second one here, the provider must have used
    two.
    """
    account = accounts.by_subject(conn, known.subject)
    if account is None or account.disabled_at is not None:
        raise NotKnown("no account here is known to the identity provider by that claim")
    both = sign_in.needs_two(conn, account, two_factors) or account.totp_secret is not None
    if both and not known.two_factors:
        raise NotKnown("the identity provider asked for one factor, and two are required")
    begun = sign_in.welcome(conn, account, now, terms, two_factors, device, both_shown=True)
    sessions.keep_id_token(conn, begun.session, known.id_token)
    return begun


class Door:
    """A client for one provider, whose metadata and keys are cached for an hour."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._kept: tuple[float, JsonObject, KeySet] | None = None

    def send(self, callback: str) -> AuthorizationRequest:
        """Return the sign-in URL, and the values expected in the response."""
        described, _ = self._described()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": callback,
            "scope": self.provider.scope,
            "state": state,
            "nonce": nonce,
        }
        if described.get("claims_parameter_supported"):
            asked["claims"] = TOLD
        if self.provider.acr:
            asked["acr_values"] = " ".join(self.provider.acr)
        if self.provider.pkce:
            asked["code_challenge"] = create_s256_code_challenge(verifier)
            asked["code_challenge_method"] = "S256"
        address = f"{described['authorization_endpoint']}?{urlencode(asked)}"
        return AuthorizationRequest(address=address, state=state, nonce=nonce, verifier=verifier)

    def receive(self, answer: Mapping[str, str], callback: str, sent: OidcAttempt) -> Known:
        """Return the identity from the provider's response; raises `NotKnown`.

        The response names its issuer if the provider declares that it does (RFC 9207), so that
        another provider's code is not accepted.
        """
        described, keys = self._described()
        self._require_ours(answer, sent, described)
        try:
            with self._client(callback) as client:
                token = self._token(client, described, answer["code"], sent.verifier)
                claims = self._claims(str(token.get("id_token", "")), keys, nonce=sent.nonce)
                claims = self._more(client, described, keys, claims)
        except (AuthlibBaseError, JoseError, KeyError, ValueError) as error:
            self._kept = None
            raise NotKnown("the identity provider's answer does not hold") from error
        except httpx2.HTTPError as error:
            raise NotKnown("the identity provider does not answer") from error
        return self._known(claims, str(token["id_token"]))

    def leave(self, id_token: str, back: str) -> str | None:
        """Return the provider's sign-out URL, or None if it has none."""
        described, _ = self._described()
        there = described.get("end_session_endpoint")
        if there is None:
            return None
        asked = {
            "id_token_hint": id_token,
            "post_logout_redirect_uri": back,
            "state": secrets.token_urlsafe(16),
        }
        return f"{there}?{urlencode(asked)}"

    def _described(self) -> tuple[JsonObject, KeySet]:
        """Return the provider's description of itself, and its keys."""
        if self._kept is not None and time.monotonic() - self._kept[0] < KEPT_S:
            return self._kept[1], self._kept[2]
        where = self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
        try:
            described = httpx2.get(where, timeout=WAIT_S).raise_for_status().json()
            result = httpx2.get(described["jwks_uri"], timeout=WAIT_S).raise_for_status().json()
        except (httpx2.HTTPError, KeyError, ValueError) as error:
            raise NotKnown("the identity provider does not answer") from error
        if described.get("issuer") != self.provider.issuer:
            raise NotKnown("the identity provider calls itself by another name than the settings")
        self._kept = (time.monotonic(), described, KeySet.import_key_set(result))
        return described, self._kept[2]

    def _client(self, callback: str) -> OAuth2Client:
        return OAuth2Client(
            client_id=self.provider.client_id,
            client_secret=self.provider.client_secret,
            redirect_uri=callback,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a way
            timeout=WAIT_S,
        )

    def _token(
        self, client: OAuth2Client, described: JsonObject, code: str, verifier: str
    ) -> JsonObject:
        more = {"code_verifier": verifier} if self.provider.pkce else {}
        endpoint = described["token_endpoint"]
        return dict(
            client.fetch_token(endpoint, code=code, grant_type="authorization_code", **more)
        )

    def _more(
        self,
        client: OAuth2Client,
        described: JsonObject,
        keys: KeySet,
        claims: JsonObject,
    ) -> JsonObject:
        """Return the claims, with those of the userinfo (signed or not) where ours is missing."""
        if self.provider.claim in claims:
            return claims
        answer = client.get(described["userinfo_endpoint"]).raise_for_status()
        signed = answer.headers.get("content-type", "").startswith("application/jwt")
        more = self._claims(answer.text, keys, nonce=None) if signed else answer.json()
        if more.get("sub") != claims["sub"]:
            raise ValueError("the userinfo is of somebody else")
        return {**more, **claims}

    def _claims(self, token: str, keys: KeySet, nonce: str | None) -> JsonObject:
        """Return the claims of a signed document, which is of this provider and for us."""
        claims = jwt.decode(token, keys, algorithms=ASYMMETRIC).claims
        required: JsonObject = {
            "iss": {"essential": True, "value": self.provider.issuer},
            "aud": {"essential": True, "value": self.provider.client_id},
        }
        if nonce is not None:
            required |= {
                "sub": {"essential": True},
                "exp": {"essential": True},
                "iat": {"essential": True},
                "nonce": {"essential": True, "value": nonce},
            }
        jwt.JWTClaimsRegistry(leeway=SKEW_S, **required).validate(claims)
        if isinstance(claims.get("aud"), list) and len(claims["aud"]) > 1:
            raise ValueError("the document is for others too")
        return dict(claims)

    def _require_ours(
        self, answer: Mapping[str, str], sent: OidcAttempt, described: JsonObject
    ) -> None:
        named = answer.get("iss")
        says = described.get("authorization_response_iss_parameter_supported", False)
        if (named is None and says) or named not in (None, self.provider.issuer):
            raise NotKnown("the answer is of another identity provider")
        if not secrets.compare_digest(answer.get("state", "").encode(), sent.state.encode()):
            raise NotKnown("the answer is to another question")
        if "code" not in answer:
            raise NotKnown("the identity provider has not signed anybody in")

    def _known(self, claims: JsonObject, id_token: str) -> Known:
        subject = claims.get(self.provider.claim)
        if not isinstance(subject, str) or not subject:
            raise NotKnown(f"the identity provider says nothing of {self.provider.claim!r}")
        return Known(subject=subject, two_factors=self._both(claims), id_token=id_token)

    def _both(self, claims: JsonObject) -> bool:
        if self.provider.acr:
            return claims.get("acr") in self.provider.acr
        message = claims.get("amr")
        ways = set(message) if isinstance(message, list) else set()
        return len(ways) > 1 and bool(ways & TWO_FACTORS_AMR)
