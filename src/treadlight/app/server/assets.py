"""Assets: styles, scripts and pictures of the pages, addressed by their content so that browsers keep them."""

import gzip
import mimetypes
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files

from treadlight.core.errors import MissingExtraError, NotFoundError

__all__ = ["Asset", "asset", "asset_url"]

_FOLDERS = (("treadlight.app.web", "static"), ("treadlight.share", "static"))
RUNTIME = "vega.js"
"""The chart runtime, which vl-convert carries."""
_SNIPPET = "window.vega = vega; window.vegaLite = vegaLite; window.vegaEmbed = vegaEmbed;"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as it is and packed."""

    content: bytes
    packed: bytes
    media_type: str
    digest: str


@cache
def asset(name: str) -> Asset:
    """The file so called.

    Raises
    ------
    NotFoundError
        If there is none.
    MissingExtraError
        If it is the chart runtime, and vl-convert is not installed.
    """
    content = _runtime() if name == RUNTIME else _read(name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    kind = "text/javascript" if name.endswith(".js") else kind
    return Asset(content, gzip.compress(content, 9, mtime=0), kind, sha256(content).hexdigest()[:16])


def asset_url(name: str) -> str:
    """Address of a file, with its digest."""
    return f"/static/{name}?v={asset(name).digest}"


def _read(name: str) -> bytes:
    plain = not name.startswith(".") and ".." not in name.split("/") and "\\" not in name
    for package, folder in _FOLDERS:
        path = files(package).joinpath(folder, *name.split("/")) if plain and name else None
        if path is not None and path.is_file():
            return path.read_bytes()
    raise NotFoundError("no such file", field="static", value=name, remedy="see the address")


def _runtime() -> bytes:
    try:
        import vl_convert
    except ImportError:
        raise MissingExtraError("vl-convert-python", "server", "an interactive chart") from None
    return str(vl_convert.javascript_bundle(_SNIPPET)).encode()
