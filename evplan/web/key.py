"""The key that requests must show, if the server has one: X-API-Key, a bearer token, or the password of basic authentication.

A browser asks its user for the last, so that the dashboard is guarded too. /health says nothing that is worth guarding.
"""

from __future__ import annotations

import base64
import binascii
import hmac

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from evplan.web.problem import MEDIA, problem

OPEN = ("/health",)


class Guarded:
    """ASGI middleware that lets through who shows the key."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app, self._key = app, key.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that shows the key; refuse others."""
        if scope["type"] == "lifespan" or scope["path"] in OPEN or self._shows(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        body = problem(401, "no-key", "The key is missing or wrong", "send it as X-API-Key, or as a bearer token")
        refused = Response(body, 401, {"WWW-Authenticate": 'Basic realm="evplan", charset="UTF-8"'}, MEDIA)
        await refused(scope, receive, send)

    def _shows(self, headers: Headers) -> bool:
        """Return whether any of the keys shown is right, in a time that does not tell how much of it is."""
        shown = [headers.get("x-api-key", ""), *_authorised(headers.get("authorization", ""))]
        return sum(hmac.compare_digest(one.encode("utf-8", "surrogateescape"), self._key) for one in shown) > 0


def _authorised(said: str) -> list[str]:
    """Return what an Authorization header shows: a token, or the password after a name."""
    scheme, _, rest = said.partition(" ")
    if scheme.lower() == "bearer":
        return [rest.strip()]
    if scheme.lower() != "basic":
        return []
    try:
        return [base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]]
    except (binascii.Error, UnicodeDecodeError):
        return []
