"""Cursors: where the next page begins, as an opaque text."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import msgspec

from treadlight.core.errors import InputError

__all__ = ["read_cursor", "write_cursor"]


def write_cursor(place: Any) -> str:
    """The text of a place."""
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_cursor(text: str, kind: Any) -> Any:
    """The place that a text names.

    Raises
    ------
    InputError
        If it is none that we wrote.
    """
    try:
        content = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        return msgspec.json.decode(content, type=kind)
    except (ValueError, UnicodeError, msgspec.MsgspecError, RecursionError):
        remedy = "give the `next` of the page before, or leave it out"
        raise InputError("is no cursor", field="cursor", value=text[:60], remedy=remedy) from None
