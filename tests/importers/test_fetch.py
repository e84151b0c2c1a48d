"""Fetching: what servers do, from a server of our own on this machine."""

import contextlib
import gzip
import io
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from treadlight.core.errors import InputError
from treadlight.importers import fetch as fetch_module
from treadlight.importers.fetch import fetch
from treadlight.importers.source import Source

BODY = b"timestamp,duration,energy_consumed\n2024-01-01T00:00:00,1,2\n"
Answer = tuple[int, dict[str, str], bytes]


def _distrust() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return error


@contextlib.contextmanager
def serving(*answers: Answer | Callable[[dict[str, str]], Answer]) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A server that gives these answers one after another, and repeats the last; and the headers it was asked with."""
    asked: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append({k.lower(): v for k, v in self.headers.items()} | {"path": self.path})
            answer = answers[min(len(asked), len(answers)) - 1]
            code, headers, body = answer(asked[-1]) if callable(answer) else answer
            self.send_response(code)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def _fetched(url: str, **options: object) -> tuple[bytes, list[float]]:
    waits: list[float] = []
    to = io.BytesIO()
    fetch(url, to, sleep=waits.append, **options)  # type: ignore[arg-type]
    return to.getvalue(), waits


def test_a_file_comes_as_it_is() -> None:
    with serving((200, {}, BODY)) as (url, asked):
        assert _fetched(f"{url}/emissions.csv") == (BODY, [])
    assert asked[0]["user-agent"].startswith("treadlight/")
    assert asked[0]["accept-encoding"] == "gzip"


def test_packing_for_the_way_is_undone() -> None:
    with serving((200, {"Content-Encoding": "gzip"}, gzip.compress(BODY))) as (url, _):
        assert _fetched(url)[0] == BODY


def test_a_busy_server_is_asked_again_after_the_time_it_names() -> None:
    with serving((429, {"Retry-After": "7"}, b""), (503, {}, b""), (200, {}, BODY)) as (url, asked):
        assert _fetched(url) == (BODY, [7.0, 2.0])
    assert len(asked) == 3


def test_a_server_that_stays_busy_is_given_up() -> None:
    with serving((503, {}, b"")) as (url, asked), pytest.raises(InputError, match="503"):
        _fetched(url)
    assert len(asked) == 4


def test_half_an_answer_is_no_answer() -> None:
    with serving((200, {"Content-Length": "9999"}, BODY), (200, {}, BODY)) as (url, _):
        assert _fetched(url) == (BODY, [1.0])
    cut = gzip.compress(BODY)[:-6]
    with serving((200, {"Content-Encoding": "gzip"}, cut)) as (url, _), pytest.raises(InputError):
        _fetched(url)


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_refusal_is_said_at_once(code: int) -> None:
    with serving((code, {}, b"")) as (url, asked), pytest.raises(InputError, match=str(code)):
        _fetched(url)
    assert len(asked) == 1


def test_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_module, "MAX_BYTES", 1000)
    with serving((200, {}, b"x" * 5000)) as (url, _), pytest.raises(InputError, match="larger"):
        _fetched(url)
    bomb = gzip.compress(b"\x00" * 10_000_000)
    with serving((200, {"Content-Encoding": "gzip"}, bomb)) as (url, _), pytest.raises(InputError, match="larger"):
        _fetched(url)


def test_redirections_are_followed_on_the_web_only() -> None:
    def answer(asked: dict[str, str]) -> Answer:
        return (200, {}, BODY) if asked["path"] == "/there" else (302, {"Location": "/there"}, b"")

    with serving(answer) as (url, _):
        assert _fetched(url)[0] == BODY
    for target in ("file:///etc/passwd", "ftp://127.0.0.1/x"):
        with (
            serving((302, {"Location": target}, b"")) as (url, _),
            pytest.raises(InputError, match="away from the web"),
        ):
            _fetched(url)


def test_a_circle_of_redirections_ends() -> None:
    with serving((302, {"Location": "/again"}, b"")) as (url, _), pytest.raises(InputError, match="in a circle"):
        _fetched(url)


def test_https_of_a_server_that_speaks_http_is_said_at_once() -> None:
    with serving((200, {}, BODY)) as (url, _), pytest.raises(InputError, match="does not speak https"):
        _fetched(url.replace("http:", "https:"))


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "names a host that is not known"),
        (_distrust(), "certificate that is not trusted .self-signed certificate."),
    ],
)
def test_what_asking_again_does_not_mend_is_asked_once(
    monkeypatch: pytest.MonkeyPatch, reason: OSError, words: str
) -> None:
    asked: list[str] = []

    class Opener:
        def open(self, request: urllib.request.Request, timeout: float) -> None:
            asked.append(request.full_url)
            raise urllib.error.URLError(reason)

    monkeypatch.setattr(fetch_module, "_opener", Opener)
    with pytest.raises(InputError, match=words):
        _fetched("https://host.example/a.csv")
    assert asked == ["https://host.example/a.csv"]


def test_a_name_and_password_are_sent_and_never_shown() -> None:
    with serving((200, {}, BODY)) as (url, asked):
        _fetched(url.replace("//", "//me:secret@"))
    assert asked[0]["authorization"] == "Basic bWU6c2VjcmV0"
    with serving((404, {}, b"")) as (url, _), pytest.raises(InputError) as refused:
        _fetched(url.replace("//", "//me:secret@"))
    assert "secret" not in str(refused.value)


def test_nobody_there_is_one_line() -> None:
    with serving((200, {}, b"")) as (url, _):
        pass
    with pytest.raises(InputError, match="cannot be fetched"):
        _fetched(url, timeout_s=2.0)


@pytest.mark.parametrize("url", ["http://", "https:///path", "http://[broken"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="no address"):
        _fetched(url)


def test_a_source_takes_the_servers_date() -> None:
    headers = {"Last-Modified": "Tue, 05 Mar 2024 10:00:00 GMT"}
    with serving((200, headers, BODY)) as (url, _), Source.open(f"{url}/a.csv") as source:
        assert source.written.isoformat() == "2024-03-05T10:00:00+00:00"
        assert source.text() == BODY.decode()


def test_a_file_that_is_sent_too_slowly_is_refused() -> None:
    with serving((200, {}, BODY)) as (url, _), pytest.raises(InputError, match="too slowly"):
        _fetched(url, deadline_s=-1.0)
