"""Canonical JSON (RFC 8785): one text for one value, so that its hash can be checked anywhere."""

import math
from hashlib import sha256

from treadlight.core.errors import InputError

__all__ = ["canonical_json", "digest"]

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def canonical_json(value: object) -> bytes:
    """RFC 8785 form of `value`, in UTF-8.

    Raises
    ------
    InputError
        For NaN, infinities, integers beyond 2^53, keys that are not text, lone surrogates and types JSON lacks.
    """
    out: list[str] = []
    _write(value, out)
    try:
        return "".join(out).encode()
    except UnicodeEncodeError:
        raise InputError("holds half a surrogate pair", field="json", remedy="give valid Unicode text") from None


def digest(value: object) -> str:
    """SHA-256 of the canonical form, hexadecimal."""
    return sha256(canonical_json(value)).hexdigest()


def _write(value: object, out: list[str]) -> None:
    if value is None:
        out.append("null")
    elif isinstance(value, bool):
        out.append("true" if value else "false")
    elif isinstance(value, str):
        out.append(_text(value))
    elif isinstance(value, int):
        if abs(value) > 1 << 53:
            raise InputError("is beyond 2^53", field="json", value=value, remedy="write it as text")
        out.append(str(int(value)))
    elif isinstance(value, float):
        out.append(_number(value))
    elif isinstance(value, dict):
        _write_object(value, out)
    elif isinstance(value, list | tuple):
        out.append("[")
        for i, item in enumerate(value):
            if i:
                out.append(",")
            _write(item, out)
        out.append("]")
    else:
        raise InputError("JSON has no such type", field="json", value=type(value).__name__, remedy="convert it first")


def _write_object(value: dict[object, object], out: list[str]) -> None:
    names: list[str] = []
    for key in value:
        if not isinstance(key, str):
            raise InputError("a key must be text", field="json", value=key, remedy="convert it first")
        names.append(key)
    if all(name.isascii() for name in names):
        names.sort()
    else:
        names.sort(key=lambda k: k.encode("utf-16-be", "surrogatepass"))  # RFC 8785, 3.2.3: by UTF-16 code units
    out.append("{")
    for i, name in enumerate(names):
        if i:
            out.append(",")
        out.append(_text(name))
        out.append(":")
        _write(value[name], out)
    out.append("}")


def _text(value: str) -> str:
    if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return '"' + "".join(_ESCAPES.get(c) or (f"\\u{ord(c):04x}" if c < " " else c) for c in value) + '"'


def _number(value: float) -> str:
    """Shortest text as ECMAScript's Number::toString writes it."""
    if not math.isfinite(value):
        raise InputError("JSON has no such number", field="json", value=value, remedy="leave unknown values out")
    if value == 0:
        return "0"
    text = repr(abs(value))
    mantissa, _, exp_text = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    if fraction == "0":
        fraction = ""
    digits = (whole + fraction).lstrip("0")
    point = (
        len(whole) + int(exp_text or 0)
        if whole.strip("0")
        else int(exp_text or 0) - (len(fraction) - len(fraction.lstrip("0")))
    )
    digits = digits.rstrip("0") or "0"
    return ("-" if value < 0 else "") + _layout(digits, point)


def _layout(digits: str, point: int) -> str:
    """`digits` with the decimal point after `point` of them, by ECMA-262 6.1.6.1.20."""
    k = len(digits)
    if k <= point <= 21:
        return digits + "0" * (point - k)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    mantissa = digits if k == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{point - 1:+d}"
