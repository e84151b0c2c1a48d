"""How the server is: for whoever starts and stops it, and for who watches it."""

from typing import Any

import msgspec
from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler

from treadlight.app.server.door import NOBODY, Door
from treadlight.app.server.handlers import route
from treadlight.app.server.principal import Scope
from treadlight.app.server.problems import Refused

__all__ = ["health_handlers"]

_TEXT = "text/plain; version=0.0.4; charset=utf-8"


def health_handlers(door: Door) -> list[HTTPRouteHandler]:
    """``/healthz``: it runs; ``/readyz``: its database answers; ``/metrics``: what it did.

    All of them answer without a token. What the ledger holds is told to who may see all projects.
    """

    @route("/healthz")  # type: ignore[untyped-decorator]
    async def healthz(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _json({"status": "ok"})

    @route("/readyz")  # type: ignore[untyped-decorator]
    async def readyz(request: Request[Any, Any, Any]) -> Response[bytes]:
        _, entries = await sync_to_thread(door.place.ledger.head)
        return _json({"status": "ready", **({"entries": entries} if await _oversees(door, request) else {})})

    @route("/metrics")  # type: ignore[untyped-decorator]
    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        _, entries = await sync_to_thread(door.place.ledger.head)
        text = door.place.metrics.text(entries if await _oversees(door, request) else None)
        return Response(text.encode(), headers={"content-type": _TEXT})

    return [healthz, readyz, metrics]


async def _oversees(door: Door, request: Request[Any, Any, Any]) -> bool:
    """Whether who asks may see all projects; a token that does not hold is as good as none."""
    try:
        principal = await door.principal(request) or NOBODY
        principal.require(Scope.READ)
    except Refused:
        return False
    return principal.everything


def _json(value: object) -> Response[bytes]:
    headers = {"cache-control": "no-store"}
    return Response(msgspec.json.encode(value), media_type="application/json", headers=headers)
