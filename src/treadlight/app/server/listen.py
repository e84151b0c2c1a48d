"""Listening: the application behind uvicorn, until it is told to stop."""

import logging
import os
import signal
import socket
from typing import Any

from treadlight.app.server.application import create_app
from treadlight.app.server.settings import ServerSettings
from treadlight.core.errors import ConfigError, MissingExtraError

__all__ = ["bound", "serve"]

_LOG = logging.getLogger(__name__)
_PATIENCE_S = 20
"""How long requests under way may take when the server is told to stop [s]."""


def bound(settings: ServerSettings) -> socket.socket:
    """A socket bound to where the server shall listen.

    Raises
    ------
    ConfigError
        If nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((settings.host, settings.port))
    except OSError as error:
        found.close()
        where = f"{settings.host}:{settings.port}"
        what = f"cannot be listened to ({error.strerror or error})"
        raise ConfigError(what, field="--port", value=where, remedy="give another with --port") from None
    return found


def serve(settings: ServerSettings, listening: socket.socket) -> None:
    """Answer requests until a signal says to stop; those under way are answered first."""
    try:
        import uvicorn
    except ImportError:
        raise MissingExtraError("uvicorn", "server", "the server") from None
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # requests are the threads; a second one each only waits
    application: Any = create_app(settings)
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        lifespan="on",
        proxy_headers=False,
        timeout_graceful_shutdown=_PATIENCE_S,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stopped)
    listening.listen(2048)
    _LOG.info("listens on %s:%d", *listening.getsockname()[:2])
    uvicorn.Server(config).run(sockets=[listening])


def _stopped(number: int, frame: object) -> None:
    """uvicorn raises the signal that stopped it once more when all is answered; then there is nothing left to do."""
