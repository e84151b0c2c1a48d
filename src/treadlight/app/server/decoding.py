"""Reading requests by their types; what does not fit is named with its field, its value and what was expected."""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from treadlight.app.server.allowed import allowed_at
from treadlight.core.errors import InputError

__all__ = ["read_body", "read_query"]

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?:key in )?\$(?P<path>.*)`)?$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")


@cache
def _decoder(kind: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def read_body(content: bytes, kind: Any) -> Any:
    """The body of a request.

    Raises
    ------
    InputError
        If it is no JSON or does not fit.
    """
    try:
        return _decoder(kind).decode(content)
    except msgspec.ValidationError as error:
        raise _no_json(content) or _unfit(error, "body", lambda: msgspec.json.decode(content), kind) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _no_json(content) or _broken(error, content) from None
    except RecursionError:
        raise InputError("is nested too deeply", field="body", remedy="send what the schema asks for") from None


def _no_json(content: bytes) -> InputError | None:
    """Why a text is no JSON in UTF-8, whatever it was to hold; None where it is, or is nested too deeply to say."""
    try:
        content.decode()
        msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return _broken(error, content)
    except RecursionError:
        return None
    return None


def _broken(error: Exception, content: bytes) -> InputError:
    found = _no_number(content)
    if found is not None:
        path, value = found
        return InputError("is no finite number", field=path or "body", value=value, remedy="leave unknown values out")
    return InputError(f"is no JSON ({error})", field="body", remedy="send JSON in UTF-8")


def _no_number(content: bytes) -> tuple[str, str] | None:
    """Where a text that is else JSON holds an infinity or what is no number, as some writers do, and what it reads."""
    try:
        decoded = json.loads(content, parse_float=_Written)
    except (ValueError, RecursionError):
        return None
    return _not_finite(decoded, "")


class _Written(float):
    """A number that remembers how it was written."""

    def __new__(cls, text: str) -> "_Written":
        made = super().__new__(cls, text)
        made.text = text
        return made

    text: str


def _not_finite(value: Any, path: str) -> tuple[str, str] | None:
    if isinstance(value, float) and not math.isfinite(value):
        return path.lstrip("."), getattr(value, "text", str(value))
    parts: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict):
        parts = ((f"{path}.{name}", part) for name, part in value.items())
    elif isinstance(value, list):
        parts = ((f"{path}[{i}]", part) for i, part in enumerate(value))
    return next((found for place, part in parts if (found := _not_finite(part, place)) is not None), None)


def read_query(values: Mapping[str, Sequence[str]], kind: type[msgspec.Struct]) -> Any:
    """The parameters of an address; one that may come several times is a list.

    Raises
    ------
    InputError
        If one is unknown, comes twice, or does not fit.
    """
    lists = {f.name for f in msgspec.structs.fields(kind) if _is_list(f.type)}
    plain: dict[str, Any] = {}
    for name, given in values.items():
        if name not in lists and len(given) > 1:
            raise InputError("is given twice", field=name, value=given[1], remedy="give it once")
        plain[name] = list(given) if name in lists else given[0]
    try:
        return msgspec.convert(plain, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _unfit(error, "query", lambda: plain, kind) from None


def _is_list(hint: Any) -> bool:
    return "tuple[" in str(hint) or "list[" in str(hint)


def _unfit(error: msgspec.ValidationError, whole: str, decoded: Any, kind: Any) -> InputError:
    found = _PLACE.match(str(error))
    what, path = (found["what"], (found["path"] or "").lstrip(".")) if found else (str(error), "")
    what = what.replace("`", "")
    allowed = allowed_at(kind, path) if "enum" in what else ()
    remedy = f"use one of {', '.join(allowed)}" if allowed else "see /api/v1/openapi.json for what is expected"
    try:
        value = _at(decoded(), path) if path else None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        value = None  # the error came before the text was read to its end
    shown = None if value is None or isinstance(value, dict | list) else str(value)[:200]
    return InputError(what[:1].lower() + what[1:], field=path or whole, value=shown, remedy=remedy)


def _at(value: Any, path: str) -> Any:
    for name, index in _STEP.findall("." + path):
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and index.isdigit() and int(index) < len(value):
            value = value[int(index)]
        else:
            return None
    return value
