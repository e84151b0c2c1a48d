"""Operations of the API as data: from one description follow the route, the checks, the answer and the OpenAPI text."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from treadlight.app.server.desk import Desk
from treadlight.app.server.principal import Scope

if TYPE_CHECKING:
    from treadlight.app.server.place import Place

__all__ = ["Call", "NoQuery", "Operation", "Stream"]


class NoQuery(msgspec.Struct, forbid_unknown_fields=True):
    """An operation without parameters."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an operation.

    Parameters
    ----------
    desk
        What the caller may see.
    params
        Parts of the path.
    query, body
        As their types say.
    place
        What all requests share; to write.
    """

    desk: Desk
    params: dict[str, str]
    query: Any
    body: Any
    place: "Place"


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer in pieces, of a type of its own."""

    pieces: Any
    media_type: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    Parameters
    ----------
    method, path
        Such as ``GET`` and ``/runs/{ref}``; a part in braces may hold slashes where `deep`.
    summary
        What it does, in one line.
    scope
        What the caller must be allowed.
    answer
        Type of its answer.
    run
        Does it. A function runs in a thread; a coroutine function in the event loop, and must not block.
    query, body
        Types of what is asked.
    """

    method: str
    path: str
    summary: str
    scope: Scope
    answer: Any
    run: Callable[[Call], Any]
    query: type[msgspec.Struct] = NoQuery
    body: Any = None
    deep: bool = False
    tags: tuple[str, ...] = field(default=())
