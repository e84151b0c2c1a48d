"""What a field may say, from the types by which requests are read."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from msgspec import inspect

__all__ = ["allowed_at"]

_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\.\.\.)\]")


@lru_cache(maxsize=256)
def allowed_at(kind: Any, path: str) -> tuple[str, ...]:
    """The values that the type `kind` allows at a path such as ``activities[0].stage``; none where it lists none."""
    here = [inspect.type_info(kind)]
    for name, index in _STEP.findall(path):
        here = [inner for one in here for inner in _inside(one, name, index)]
    return tuple(
        str(value) for one in here for part in _parts(one) for value in _values(part) if value not in ("", None)
    )


def _parts(kind: Any) -> Iterator[Any]:
    """A type, or those of which it is any, without what is only said about them."""
    if isinstance(kind, inspect.Metadata):
        yield from _parts(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for part in kind.types:
            yield from _parts(part)
    else:
        yield kind


def _inside(kind: Any, name: str, index: str) -> Iterator[Any]:
    for part in _parts(kind):
        if index and hasattr(part, "item_type"):
            yield part.item_type
        elif name and isinstance(part, inspect.StructType):
            yield from (field.type for field in part.fields if field.encode_name == name)
        elif isinstance(part, inspect.DictType):
            yield part.value_type


def _values(kind: Any) -> tuple[Any, ...]:
    if isinstance(kind, inspect.LiteralType):
        return tuple(kind.values)
    return tuple(member.value for member in kind.cls) if isinstance(kind, inspect.EnumType) else ()
