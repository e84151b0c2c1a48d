"""What is taken in anew is held against what can be meant at all; what stands in a ledger already is not."""

from typing import Any

import msgspec

from treadlight.core.activity import Activity
from treadlight.core.bounds import check_activity, check_times, ratio_of
from treadlight.core.errors import InputError
from treadlight.ledger.codec import Item
from treadlight.ledger.encoded import Encoded, encode
from treadlight.ledger.records import Run, Window

__all__ = ["check_item", "check_text", "encode_new"]

_NUL = "\\u0000"
"""The character that no database keeps alike, as JSON writes it."""


def encode_new(item: Item) -> Encoded:
    """`item` ready to be appended, if it can be meant.

    Raises
    ------
    InputError
        Naming the field.
    """
    check_item(item)
    encoded = encode(item)
    check_text(encoded.body)
    return encoded


def check_item(item: Item) -> None:
    """Refuse an item that says what nobody can mean.

    Raises
    ------
    InputError
        Naming the field.
    """
    if isinstance(item, Activity):
        check_activity(item)
    elif isinstance(item, Run):
        try:
            check_times(item.start, item.end)
        except InputError as error:
            raise error.at(f"run.{error.field}") from None
        for i, channel in enumerate(item.channels):
            _check_spread(channel.uncertainty, f"run.channels[{i}].uncertainty")
    elif isinstance(item, Window):
        for i, amount in enumerate(item.amounts):
            _check_spread(amount[-1], f"window.amounts[{i}]")


def _check_spread(text: str, field: str) -> None:
    try:
        ratio_of(text)
    except InputError as error:
        raise error.at(field, text) from None


def check_text(body: str) -> None:
    """Refuse canonical JSON one of whose texts holds the character NUL, which SQLite keeps and PostgreSQL does not.

    Raises
    ------
    InputError
        Naming the field.
    """
    if _NUL in body:
        field = _holding(msgspec.json.decode(body), "")
        if field is not None:
            raise InputError("holds the character NUL", field=field.lstrip("."), remedy="leave it out")


def _holding(value: Any, path: str) -> str | None:
    """Where a text holds NUL; None where none does."""
    if isinstance(value, str):
        return path if "\0" in value else None
    if isinstance(value, list):
        found = (_holding(part, f"{path}[{i}]") for i, part in enumerate(value))
    elif isinstance(value, dict):
        found = (path if "\0" in name else _holding(part, f"{path}.{name}") for name, part in value.items())
    else:
        return None
    return next((place for place in found if place is not None), None)
