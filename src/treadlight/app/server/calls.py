"""Calls of the API: each operation becomes a route that checks, runs and answers as its description says."""

import inspect
from functools import cache
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream as Streamed

from treadlight.app.server.choice import Choice
from treadlight.app.server.decoding import read_body, read_query
from treadlight.app.server.desk import Desk
from treadlight.app.server.door import Door
from treadlight.app.server.openapi import openapi
from treadlight.app.server.operation import Call, Operation, Stream
from treadlight.app.server.principal import Principal
from treadlight.app.server.problems import Refused
from treadlight.core.plugins import names, plugin

__all__ = ["PREFIX", "api_handlers", "operations"]

PREFIX = "/api/v1"
_PACKAGE = "treadlight.app.server.api"
_QUICK = 1 << 18
"""Bodies up to this size [bytes] are read at once; larger ones in a thread, so that others need not wait."""
_encode = msgspec.json.Encoder().encode


@cache
def operations() -> tuple[Operation, ...]:
    """Every operation of the API."""
    return tuple(o for name in names(_PACKAGE) for o in plugin(_PACKAGE, name).OPERATIONS)  # type: ignore[attr-defined]


def api_handlers(door: Door) -> list[HTTPRouteHandler]:
    """The routes of the API, and of its own description."""
    return [*(_handler(door, operation) for operation in operations()), _description()]


def _handler(door: Door, operation: Operation) -> HTTPRouteHandler:
    path = "/".join(
        part[:-1] + (":path}" if operation.deep else ":str}") if part.startswith("{") else part
        for part in operation.path.split("/")
    )

    async def call(request: Request[Any, Any, Any]) -> Response[Any]:
        principal = await door.principal(request)
        if principal is None:
            raise Refused(401, "is missing", field="token", remedy="send the header Authorization: Bearer TOKEN")
        principal.require(operation.scope)
        body = await _body(operation, request)
        query = {name: request.query_params.getall(name) for name in request.query_params}
        asked = read_query(query, operation.query)
        params = {name: str(value).removeprefix("/") for name, value in request.path_params.items()}
        if inspect.iscoroutinefunction(operation.run):
            return _answer(await operation.run(_call(door, principal, request, params, asked, body)))
        return await sync_to_thread(_run, door, operation, principal, request, params, asked, body)

    return HTTPRouteHandler(PREFIX + path, http_method=[operation.method], status_code=200)(call)  # type: ignore[list-item]


def _run(door: Door, operation: Operation, principal: Principal, request: Any, *asked: Any) -> Response[Any]:
    door.place.refresh()
    return _answer(operation.run(_call(door, principal, request, *asked)))


def _call(door: Door, principal: Principal, request: Any, params: dict[str, str], query: Any, body: Any) -> Call:
    address = request.client.host if request.client else ""
    choice = Choice(library=getattr(query, "library", ""))
    return Call(Desk(door.place, principal, choice, address=address), params, query, body, door.place)


def _answer(found: Any) -> Response[Any]:
    fresh = {"cache-control": "private, no-cache"}
    if isinstance(found, Stream):
        return Streamed(found.pieces, media_type=found.media_type, headers=fresh)
    return Response(_encode(found), media_type="application/json", headers=fresh)


async def _body(operation: Operation, request: Request[Any, Any, Any]) -> Any:
    if operation.body is None:
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "is not application/json", field="Content-Type", value=kind, remedy="send JSON")
    content = await request.body()
    if len(content) <= _QUICK:
        return read_body(content, operation.body)
    return await sync_to_thread(read_body, content, operation.body)


def _description() -> HTTPRouteHandler:
    made = cache(lambda: _encode(openapi(operations(), PREFIX)))

    async def describe(request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(made(), media_type="application/json", headers={"cache-control": "no-cache"})

    return HTTPRouteHandler(f"{PREFIX}/openapi.json", http_method=["GET"], status_code=200)(describe)
