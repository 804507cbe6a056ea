"""Signed responses to other services, bound to the request (nonce and digest)."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geosites.journal.signed_notes import SigningKey
from geosites.sharing.signature import NONCE, SHARED, SIGNATURE, signed


class SignedAnswers:
    """Signs responses on the URLs for other services, if the request has a nonce."""

    def __init__(self, app: ASGIApp, *, key: Callable[[], SigningKey]) -> None:
        self.app, self.key = app, key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        nonce = Headers(scope=scope).get(NONCE) if scope["type"] == "http" else None
        if nonce is None or scope["path"] not in SHARED:
            await self.app(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        target = f"{scope['path']}?{query}" if query else scope["path"]
        head: Message = {}
        body = bytearray()

        async def gathered(message: Message) -> None:
            nonlocal head
            if message["type"] == "http.response.start":
                head = message
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                shown = signed(self.key(), nonce, target, bytes(body))
                if shown is not None:
                    MutableHeaders(scope=head)[SIGNATURE] = shown
                await send(head)
                await send({"type": "http.response.body", "body": bytes(body)})

        await self.app(scope, receive, gathered)
