"""What is done round every request, whoever answers it: limits, security headers, metrics and one line of log."""

import itertools
import json
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from secrets import token_hex
from typing import Any

from treadlight.app.server.headers import SECURITY
from treadlight.app.server.limits import Buckets
from treadlight.app.server.place import Place
from treadlight.app.server.problems import MEDIA_TYPE, Refused, problem_of

__all__ = ["Wrap"]

_LOG = logging.getLogger("treadlight.requests")
_START = token_hex(6)
"""Begins the number of every request of this process."""

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class Wrap:
    """An ASGI application round another."""

    def __init__(self, inner: Application, place: Place) -> None:
        self._inner = inner
        self._metrics = place.metrics
        self._number = itertools.count(1)
        self._buckets = Buckets(place.settings.rate_per_min)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        began, status, ident = time.perf_counter(), 500, f"{_START}-{next(self._number):x}"
        self._metrics.under_way += 1

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                extra = [*_missing(message), (b"x-request-id", ident.encode())]
                message["headers"] = [*message.get("headers", ()), *extra]
            await send(message)

        try:
            if self._buckets.take(_who(scope)):
                await self._inner(scope, receive, sent)
            else:
                await _refuse(sent)
        finally:
            self._metrics.under_way -= 1
            took_s = time.perf_counter() - began
            self._metrics.answered(scope["method"], _kind(scope["path"]), status, took_s)
            if _LOG.isEnabledFor(logging.INFO):
                _LOG.info("request", extra=_line(scope, status, took_s, ident))


def _missing(message: Message) -> list[tuple[bytes, bytes]]:
    there = {bytes(name).lower() for name, _ in message.get("headers", ())}
    return [(name, value) for name, value in SECURITY if name not in there]


def _who(scope: Message) -> tuple[str, int]:
    """Whose bucket a request empties: that of its address, and of the token it shows."""
    shown = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    client = scope.get("client")
    return (client[0] if client else "", hash(shown))


async def _refuse(send: Send) -> None:
    error = Refused(429, "sends too many requests", field="client", remedy="wait, and send more in each")
    problem = problem_of(error)
    body = json.dumps({"title": problem.title, "status": 429, "detail": problem.detail, "remedy": problem.remedy})
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"retry-after", b"5")]
    await send({"type": "http.response.start", "status": 429, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


def _kind(path: str) -> str:
    if path.startswith("/api/"):
        return "api"
    if path.startswith("/static/"):
        return "static"
    return "other" if path in ("/healthz", "/readyz", "/metrics") else "page"


def _line(scope: Message, status: int, took_s: float, ident: str) -> dict[str, Any]:
    """What the log says of a request; never its token, nor its query, which may hold names."""
    client = scope.get("client")
    return {
        "fields": {
            "method": scope["method"],
            "path": scope["path"],
            "status": status,
            "took_s": round(took_s, 6),
            "address": client[0] if client else "",
            "request": ident,
        }
    }
