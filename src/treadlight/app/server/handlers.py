"""Which address is answered by what."""

from typing import Any

from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from treadlight.app.server.assets import asset
from treadlight.app.server.door import Door
from treadlight.app.server.pages import Page, pages

__all__ = ["handlers"]

_FOR_EVER = "public, max-age=31536000, immutable"


def handlers(door: Door) -> list[HTTPRouteHandler]:
    """Every handler of the application."""
    return [*(_page(door, page) for page in pages()), _asset()]


def route(path: str | tuple[str, ...], *methods: str) -> Any:
    """A decorator that makes a function answer these addresses."""
    wanted: Any = list(methods) or ["GET", "HEAD"]
    return HTTPRouteHandler(list(path) if isinstance(path, tuple) else path, http_method=wanted, status_code=200)


def _page(door: Door, page: Page) -> HTTPRouteHandler:
    methods = ("GET", "HEAD", "POST") if page.post else ("GET", "HEAD")

    async def show(request: Request[Any, Any, Any]) -> Response[bytes]:
        return await door.page(page, request)

    found: HTTPRouteHandler = route(page.paths, *methods)(show)
    return found


def _asset() -> HTTPRouteHandler:
    async def static(request: Request[Any, Any, Any]) -> Response[bytes]:
        found = asset(str(request.path_params["name"]).removeprefix("/"))
        headers = {
            "etag": f'"{found.digest}"',
            "vary": "accept-encoding",
            "cache-control": _FOR_EVER if request.query_params.get("v") == found.digest else "no-cache",
        }
        if request.headers.get("if-none-match") == headers["etag"]:
            return Response(b"", status_code=304, headers=headers)
        packed = "gzip" in request.headers.get("accept-encoding", "")
        if packed:
            headers["content-encoding"] = "gzip"
        body = found.packed if packed else found.content
        return Response(body, media_type=found.media_type, headers=headers)

    made: HTTPRouteHandler = route("/static/{name:path}")(static)
    return made
