"""Fetching a file over http or https, when a person gave its address: with a time-out, a size limit and retries."""

import base64
import http.client
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
import zlib
from collections.abc import Callable
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import IO, Any

from treadlight import __version__
from treadlight.core.errors import InputError

__all__ = ["MAX_BYTES", "fetch"]

MAX_BYTES = 2 * 2**30
"""Most that is fetched, packed or unpacked [bytes]."""

_TIMEOUT_S = 30.0
_DEADLINE_S = 300.0
_ATTEMPTS = 4
_LONGEST_WAIT_S = 60.0
_AGAIN = (408, 429, 500, 502, 503, 504)
_BLOCK = 1 << 16


def fetch(
    url: str,
    to: IO[bytes],
    *,
    sleep: Callable[[float], None] = time.sleep,
    timeout_s: float = _TIMEOUT_S,
    deadline_s: float = _DEADLINE_S,
) -> float | None:
    """Write what lies at `url` to `to`, unpacked where the server packed it for the way.

    Parameters
    ----------
    timeout_s, deadline_s
        Longest wait for the next bytes, and for the whole file, all attempts together.

    Returns
    -------
    When the server says it was last changed [s since 1970]; None where it does not say.

    Raises
    ------
    InputError
        If the server refuses, cannot be reached, answers only half after several attempts, or sends too much.
    """
    request, shown = _request(url)
    until_s = time.monotonic() + deadline_s
    for attempt in range(1, _ATTEMPTS + 1):
        to.seek(0)
        to.truncate()
        try:
            with _opener().open(request, timeout=timeout_s) as answer:
                _copy(answer, to, shown, until_s)
                return _changed_s(answer.headers.get("Last-Modified", ""))
        except urllib.error.HTTPError as error:
            with error:
                what, wait_s = f"answered {error.code} {error.reason}", _wait_s(error.headers, attempt)
            if error.code not in _AGAIN:
                if 300 <= error.code < 400:
                    what = "leads away from the web" if "not allowed" in str(error.reason) else "redirects in a circle"
                raise _refused(what, shown, "check the address; private pages need a file you downloaded") from None
        except (OSError, http.client.HTTPException, zlib.error) as error:
            _refuse_at_once(error, shown)
            what, wait_s = f"cannot be fetched ({getattr(error, 'reason', None) or error})", _wait_s(None, attempt)
        if time.monotonic() + wait_s > until_s:
            break
        if attempt < _ATTEMPTS:
            sleep(wait_s)
    raise _refused(f"{what}, {attempt} times", shown, "try again later, or give a file you downloaded")


def _refuse_at_once(error: Exception, shown: str) -> None:
    """Raise what asking again does not mend: a certificate nobody vouches for, the wrong protocol, an unknown name."""
    reason = getattr(error, "reason", None)
    if isinstance(reason, ssl.SSLCertVerificationError):
        remedy = "check the address; certificates of your own organisation are named by SSL_CERT_FILE"
        raise _refused(f"has a certificate that is not trusted ({reason.verify_message})", shown, remedy) from None
    if isinstance(reason, ssl.SSLError):
        what = f"does not speak https ({reason.reason or reason})"
        raise _refused(what, shown, "check whether it is http or https") from None
    if isinstance(reason, socket.gaierror) and reason.errno == socket.EAI_NONAME:
        raise _refused("names a host that is not known", shown, "check the address and the network") from None


def _request(url: str) -> tuple[urllib.request.Request, str]:
    """The request, and the address without name and password for messages."""
    try:
        parts = urllib.parse.urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        if not parts.hostname:
            raise ValueError
    except ValueError:
        raise InputError("is no address", field="FILE", value=url, remedy="write https://host/path") from None
    path = urllib.parse.quote(parts.path, safe="/%:@!$&'()*+,;=~")
    query = urllib.parse.quote(parts.query, safe="=&%/?:@!$'()*+,;~[]{}")
    plain = urllib.parse.urlunsplit((parts.scheme, host, path, query, ""))
    headers = {"User-Agent": f"treadlight/{__version__}", "Accept-Encoding": "gzip"}
    if parts.username is not None:
        login = f"{urllib.parse.unquote(parts.username)}:{urllib.parse.unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    return urllib.request.Request(plain, headers=headers), plain


class _SameSchemes(urllib.request.HTTPRedirectHandler):
    """Follows to http and https only, and takes no password to another host."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urllib.parse.urlsplit(newurl).scheme not in ("http", "https"):
            raise InputError("leads away from the web", field="FILE", value=newurl, remedy="download it first")
        found = super().redirect_request(req, fp, code, msg, headers, newurl)
        if found is not None and found.host != req.host:
            found.remove_header("Authorization")
        return found


def _opener() -> urllib.request.OpenerDirector:
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        _SameSchemes(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _copy(answer: Any, to: IO[bytes], shown: str, until_s: float) -> None:
    stated = answer.headers.get("Content-Length", "")
    packed = answer.headers.get("Content-Encoding", "").lower() in ("gzip", "x-gzip")
    unpacker = zlib.decompressobj(31) if packed else None
    came = written = 0
    while block := answer.read1(_BLOCK):
        if time.monotonic() > until_s:
            raise _refused("is sent too slowly", shown, "try again later, or give a file you downloaded")
        came += len(block)
        out = unpacker.decompress(block, MAX_BYTES) if unpacker else block
        written += len(out)
        if max(came, written) > MAX_BYTES:
            raise _refused(
                f"is larger than {MAX_BYTES >> 30} GiB", shown, "give a part of it, or a file you downloaded"
            )
        to.write(out)
    if (stated.isdigit() and came < int(stated)) or (unpacker is not None and not unpacker.eof):
        raise http.client.IncompleteRead(b"")


def _changed_s(text: str) -> float | None:
    try:
        return parsedate_to_datetime(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _wait_s(headers: Message | None, attempt: int) -> float:
    """How long the server asks to wait, or twice as long each time [s]."""
    asked = (headers.get("Retry-After") or "") if headers is not None else ""
    return min(float(asked) if asked.isdigit() else 2.0 ** (attempt - 1), _LONGEST_WAIT_S)


def _refused(what: str, shown: str, remedy: str) -> InputError:
    return InputError(what, field="FILE", value=shown, remedy=remedy)
