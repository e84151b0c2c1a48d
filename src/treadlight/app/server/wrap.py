"""What is done round every request, whoever answers it: security headers."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from treadlight.app.server.headers import SECURITY

__all__ = ["Wrap"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]


class Wrap:
    """An ASGI application round another."""

    def __init__(self, inner: Application) -> None:
        self._inner = inner

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_missing(message)]
            await send(message)

        await self._inner(scope, receive, sent)


def _missing(message: Message) -> list[tuple[bytes, bytes]]:
    there = {bytes(name).lower() for name, _ in message.get("headers", ())}
    return [(name, value) for name, value in SECURITY if name not in there]
