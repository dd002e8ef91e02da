"""A request's body, no larger and no slower than is allowed, and what it says."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request

from evplan.web.problem import refusal
from evplan.web.settings import Limits


async def body_of(request: Request, limits: Limits, *media: str, most: int | None = None) -> tuple[bytes, str]:
    """Return a body and its media type. media : those allowed.  most : bytes, where fewer are allowed than usual.

    Raises: ProblemError for another type, a body that is too large, or one that does not come in time.
    """
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said not in media:
        raise refusal(415, "media-type", f"Content-Type must be {' or '.join(media)} (got {said[:80] or 'none'!r})")
    most = min(most or limits.body_bytes, limits.body_bytes)
    too_large = refusal(413, "too-large", f"a body may have {most:,} bytes here; send less", Connection="close")
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > most:
        raise too_large
    parts, size = list[bytes](), 0
    try:
        async with asyncio.timeout(limits.body_s):
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise too_large
                parts.append(part)
    except TimeoutError:
        raise refusal(
            408, "too-slow", f"the body did not come within {limits.body_s:g} s", Connection="close"
        ) from None
    except ClientDisconnect:
        raise refusal(400, "gone", "the body ended early") from None
    return b"".join(parts), said


def tree_of(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a body is. Raises: ProblemError for one that is none."""
    try:
        tree = orjson.loads(body)
    except ValueError as error:
        raise refusal(400, "not-json", f"the body is not JSON: {error}") from None
    if not isinstance(tree, dict):
        raise refusal(422, "invalid-input", "the body must be a JSON object", [_body_fault(tree)])
    return tree


def _body_fault(tree: Any) -> dict[str, Any]:
    kind = "a list" if isinstance(tree, list) else "a single value"
    return {
        "field": "the body",
        "pointer": "#",
        "message": f"must be an object (got {kind})",
        "allowed": "an object",
        "found": kind,
    }
