"""Pages without a server: a place, and what asks it for an address."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from treadlight.app.server.asked import PageRequest
from treadlight.app.server.choice import Choice
from treadlight.app.server.desk import Desk
from treadlight.app.server.pages import pages
from treadlight.app.server.place import Place
from treadlight.app.server.principal import LOCAL
from treadlight.ledger.records import Run

__all__ = ["Site", "found"]


@dataclass
class Site:
    """A place, and what asks it for pages without a server."""

    place: Place
    runs: list[Run]

    def desk(self, **query: str) -> Desk:
        return Desk(self.place, LOCAL, Choice.of(query), csrf="token")

    def ask(self, address: str) -> Any:
        """The answer to GET of an address, as its page gives it."""
        url = urlsplit(address)
        query = parse_qs(url.query)
        page, params = found(url.path)
        return page.show(
            self.desk(**{name: values[-1] for name, values in query.items()}),
            PageRequest(url.path, params=params, query=query),
        )


def found(path: str) -> tuple[Any, dict[str, str]]:
    """The page that answers a path, and the parts of it."""
    for page in pages():
        for pattern in page.paths:
            params = _match(pattern, path)
            if params is not None:
                return page, params
    raise LookupError(path)


def _match(pattern: str, path: str) -> dict[str, str] | None:
    params, rest = {}, path.strip("/").split("/") if path != "/" else []
    wanted = pattern.strip("/").split("/") if pattern != "/" else []
    for i, part in enumerate(wanted):
        if part.startswith("{"):
            name, kind = part.strip("{}").split(":")
            if kind == "path":
                return {**params, name: "/".join(rest[i:])} if rest[i:] else None
            if i >= len(rest):
                return None
            params[name] = rest[i]
        elif i >= len(rest) or rest[i] != part:
            return None
    return params if len(rest) == len(wanted) else None
