"""Answering scrapes: one page of metrics over HTTP, computed when it is asked for, until the server is stopped."""

import contextlib
import signal
import threading
import time
from collections.abc import Callable
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from treadlight.core.errors import InputError, TreadlightError
from treadlight.share.export import Material

__all__ = ["Scraped", "address", "serve"]

_PATHS = ("/metrics", "/metrics/")
_TEXT = "text/plain; charset=utf-8"

Page = Callable[[Material, str, str], tuple[bytes, str]]


class Scraped:
    """The page, computed at most once in `refresh_s`, however many scrape; counters never fall while it lives.

    Parameters
    ----------
    page
        Of an export: the page and its content type from material, the page before, and the Accept header.
    material
        What is exported.
    refresh_s
        How long an answer is given again [s].
    clock
        A clock that never steps [s].
    """

    def __init__(
        self, page: Page, material: Material, refresh_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._page, self._material = page, material
        self._refresh_s, self._clock = refresh_s, clock
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[float, tuple[bytes, str]]] = {}
        self._marks = ""

    def answer(self, accept: str = "") -> tuple[bytes, str]:
        """The page and its content type.

        Raises
        ------
        TreadlightError
            If it cannot be computed now; the next scrape tries again.
        """
        with self._lock:
            kept = self._kept.get(accept)
            if kept is not None and self._clock() - kept[0] < self._refresh_s:
                return kept[1]
            held = _Held(self._material)
            plain, _ = self._page(held, self._marks, "")
            self._marks = plain.decode()
            found = self._page(held, self._marks, accept)
            self._kept = {accept: (self._clock(), found)}
            return found


class _Held:
    """Material whose totals are computed once."""

    def __init__(self, material: Material) -> None:
        self._material = material

    @cached_property
    def _totals(self) -> Any:
        return self._material.totals()

    def totals(self) -> Any:
        """The totals, as they were when first asked for."""
        return self._totals

    def __getattr__(self, name: str) -> Any:
        return getattr(self._material, name)


def address(text: str, field: str) -> tuple[str, int]:
    """Host and port of ``HOST:PORT``, ``:PORT`` or ``PORT``; without a host, this machine alone.

    Raises
    ------
    InputError
        If it is none.
    """
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not port.isdecimal() or int(port) > 65535:
        raise InputError("is no address", field=field, value=text, remedy="write HOST:PORT, such as 127.0.0.1:9464")
    return host, int(port)


def serve(scraped: Scraped, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Answer scrapes until the process is told to stop (SIGINT or SIGTERM).

    Parameters
    ----------
    ready
        Called with the address once it listens.

    Raises
    ------
    InputError
        If the address cannot be used.
    TreadlightError
        If not even the first page can be computed.
    """
    try:
        server = _Server((host, port), _Handler)
    except OSError as error:
        what = f"cannot be used ({error.strerror or error})"
        raise InputError(what, field="--serve", value=f"{host}:{port}", remedy="give another port") from None
    server.scraped = scraped
    with contextlib.closing(_Closing(server)):
        scraped.answer()
        bound = f"[{host}]" if ":" in host else host
        ready(f"http://{bound}:{server.server_address[1]}/metrics")
        _until_told_to_stop(server)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    scraped: Scraped

    def __init__(self, where: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        import socket

        self.address_family = socket.AF_INET6 if ":" in where[0] else socket.AF_INET
        super().__init__(where, handler)


class _Closing:
    def __init__(self, server: _Server) -> None:
        self._server = server

    def close(self) -> None:
        self._server.server_close()


def _until_told_to_stop(server: _Server) -> None:
    told = threading.Event()
    before = {number: signal.signal(number, lambda *_: told.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    try:
        thread.start()
        told.wait()
    finally:
        server.shutdown()
        thread.join()
        for number, handler in before.items():
            signal.signal(number, handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 30  # a client that sends nothing is let go [s]

    def do_GET(self) -> None:
        """Give the page."""
        path = self.path.partition("?")[0]
        if path == "/":
            self._say(200, b"treadlight: see /metrics\n", _TEXT)
        elif path not in _PATHS:
            self._say(404, b"not found; see /metrics\n", _TEXT)
        else:
            self._metrics()

    def _metrics(self) -> None:
        try:
            page, content_type = self.server.scraped.answer(self.headers.get("Accept", ""))
        except TreadlightError as error:
            self._say(503, f"error: {error}\n".encode(), _TEXT)
        else:
            self._say(200, page, content_type)

    def _say(self, code: int, body: bytes, content_type: str) -> None:
        with contextlib.suppress(ConnectionError):  # a scraper that went away needs no answer
            self.send_response(code)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing for each scrape."""
