"""The client of a server's API: one connection, problems as our own errors, patience where it may help."""

import http.client
import json
import random
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from treadlight.core.errors import ConfigError, InputError, NotFoundError, TreadlightError

__all__ = ["Client", "Unreachable"]

_PATIENCE_S = 30.0
_FIRST_S, _LONGEST_S = 1.0, 60.0
_PASSING = (408, 425, 429, 500, 502, 503, 504)
"""Answers that may be different in a moment."""


class Unreachable(TreadlightError):
    """The server cannot be reached, or cannot answer just now."""


class Client:
    """Speaks to one server.

    Parameters
    ----------
    url
        Its address.
    token
        What it knows us by; empty where it asks for none.
    patience_s
        How long to go on trying while it cannot be reached [s].
    answer_s
        How long an answer may take [s].
    sleep
        Waits so many seconds; False: somebody else goes on trying, so the error stands.
    clock
        Replaced in tests, as `sleep` may be.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        *,
        patience_s: float = 0.0,
        answer_s: float = _PATIENCE_S,
        sleep: Callable[[float], object] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            remedy = "write https://treadlight.example.org"
            raise ConfigError("is no address of a server", field="server.url", value=url, remedy=remedy)
        self.url, self._parts, self._token = url.rstrip("/"), parts, token
        self._answer_s = answer_s
        self._patience_s, self.sleep, self._clock = patience_s, sleep, clock
        self._connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: bytes) -> Any:
        """The answer to a JSON body; sending it again is harmless, since the server knows every id."""
        return self._patiently("POST", path, body)

    def get(self, path: str) -> Any:
        """The answer of an address below ``/api/v1``."""
        return self._patiently("GET", path, None)

    def lines(self, path: str) -> Iterator[str]:
        """The lines of an answer, as they come; an answer that breaks off is an error."""
        answer = self._asked("GET", path, None)
        if answer.status != 200:
            raise self._error(answer, answer.read())
        try:
            for line in answer:
                yield line.decode()
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _patiently(self, method: str, path: str, body: bytes | None) -> Any:
        until, wait_s = self._clock() + self._patience_s, _FIRST_S
        while True:
            try:
                return self._once(method, path, body)
            except Unreachable as error:
                asked_s = float(str(error.value)) if error.field == "Retry-After" else 0.0
                pause_s = max(asked_s, wait_s * random.uniform(0.5, 1.0))
                if self._clock() + pause_s > until or self.sleep(pause_s) is False:
                    raise
                wait_s = min(2 * wait_s, _LONGEST_S)

    def _once(self, method: str, path: str, body: bytes | None) -> Any:
        answer = self._asked(method, path, body)
        try:
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        if answer.status == 200:
            return _json(content)
        raise self._error(answer, content)

    def _asked(self, method: str, path: str, body: bytes | None) -> http.client.HTTPResponse:
        headers = {"Accept": "application/json", "User-Agent": "treadlight"}
        headers |= {"Authorization": f"Bearer {self._token}"} if self._token else {}
        headers |= {"Content-Type": "application/json"} if body is not None else {}
        try:
            connection = self._connected()
            connection.request(method, f"{self._parts.path.rstrip('/')}/api/v1{path}", body, headers)
            return connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: Exception) -> Unreachable:
        self.close()
        what = f"cannot be reached ({error or type(error).__name__})"
        return Unreachable(what, field="server", value=self.url, remedy=f"see that it answers at {self.url}/readyz")

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
            self._connection = kind(str(self._parts.hostname), self._parts.port, timeout=self._answer_s)
        return self._connection

    def _error(self, answer: http.client.HTTPResponse, content: bytes) -> TreadlightError:
        problem = _json(content)
        said = problem if isinstance(problem, dict) else {}
        detail = str(said.get("detail") or f"answers {answer.status} {answer.reason}")
        if answer.status in _PASSING:
            seconds = answer.headers.get("Retry-After", "")
            if seconds.isdigit():
                return Unreachable(f"says: {detail}", field="Retry-After", value=seconds, remedy="wait so many seconds")
            return Unreachable(f"says: {detail}", field="server", value=self.url, remedy="try again in a moment")
        if answer.status in (401, 403):
            return ConfigError(f"was refused by {self.url}: {detail}", field="TREADLIGHT_TOKEN", remedy="get another")
        kind = NotFoundError if answer.status == 404 else InputError
        return kind(f"says: {detail}", field=self.url, remedy=str(said.get("remedy", "")))


def _json(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
