"""The application: pages, assets and API behind one gate."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from treadlight.app.server.place import Place
from treadlight.app.server.settings import ServerSettings
from treadlight.core.errors import MissingExtraError

if TYPE_CHECKING:
    from litestar import Litestar

__all__ = ["create_app"]


def create_app(settings: ServerSettings, place: Place | None = None) -> "Litestar":
    """The application, ready to be served; its ledger is opened, and brought up to date, before it answers.

    Parameters
    ----------
    place
        What its requests share; made from the settings where not given.

    Raises
    ------
    MissingExtraError
        If Litestar is not installed.
    TreadlightError
        If ledger or library cannot be opened.
    """
    try:
        from litestar import Litestar
    except ImportError:
        raise MissingExtraError("litestar", "server", "the server") from None
    from treadlight.app.server.calls import api_handlers
    from treadlight.app.server.care import Care
    from treadlight.app.server.door import Door
    from treadlight.app.server.handlers import handlers
    from treadlight.app.server.health import health_handlers
    from treadlight.app.server.signin import signin_handlers
    from treadlight.app.server.wrap import Wrap

    place = place or Place(settings)
    place.open()
    door = Door(place)
    door.gate.check_start()

    @asynccontextmanager
    async def life(app: Litestar) -> AsyncIterator[None]:
        care = Care(place)
        care.start()
        yield
        care.close()
        door.close()

    app = Litestar(
        route_handlers=[*handlers(door), *api_handlers(door), *health_handlers(door), *signin_handlers(door)],
        exception_handlers={Exception: door.refuse},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=settings.max_body_bytes,
        lifespan=[life],
    )
    inner: Any = app.asgi_handler
    outer: Any = Wrap(inner, place)
    app.asgi_handler = outer  # round everything, also what Litestar itself refuses
    return app
