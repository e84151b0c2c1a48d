"""What each record of a journal holds; anything else is refused, so that a misspelt key cannot lose a number."""

import math
from collections.abc import Mapping

from treadlight.core.errors import InputError

__all__ = ["Value", "Values", "check_number", "check_record", "check_time", "check_value", "check_values"]

Value = tuple[float, float, float]

Values = list[Value | None]
"""Cumulative whole, share and slack of each channel; None where nothing was read yet."""

_LONGEST_S = 10 * 366 * 86400.0
"""A run of more than ten years is an error in a time."""

_LARGEST = 1 << 53
"""Whole numbers beyond this are no counts, and JSON keeps them in no defined way."""

_ROUNDING = 1e-6
_NUMBER = (int, float)
_TEXTS = ("labels", "host")
_CHANNEL: dict[str, tuple[type, ...]] = dict.fromkeys(
    ("key", "meter", "component", "device", "flow", "method", "basis", "uncertainty", "cause", "rule"), (str,)
)
_REQUIRED: dict[str, dict[str, tuple[type, ...]]] = {
    "start": {"schema": (str,), "run": (dict,), "at": _NUMBER, "channels": (list,)},
    "channel": {"t": _NUMBER, **_CHANNEL},
    "sample": {"t": _NUMBER, "at": _NUMBER, "v": (list,)},
    "window-begin": {"id": (str,), "name": (str,), "t": _NUMBER, "at": _NUMBER, "v": (list,)},
    "window": {"id": (str,), "name": (str,), "t": _NUMBER, "at": _NUMBER, "v": (list,), "status": (str,)},
    "count": {"t": _NUMBER, "counts": (dict,)},
    "gap": {"t0": _NUMBER, "t1": _NUMBER, "at0": _NUMBER, "at1": _NUMBER, "reason": (str,)},
    "note": {"t": _NUMBER, "text": (str,)},
    "end": {"t": _NUMBER, "at": _NUMBER, "status": (str,)},
    # Parts of the records above.
    "run of start": {"id": (str,), "name": (str,)},
    "channel of start": _CHANNEL,
    "refusal of start": dict.fromkeys(("key", "component", "device", "state", "reason"), (str,)),
    "subject of start": {},
    "location of start": {},
}
_OPTIONAL: dict[str, dict[str, tuple[type, ...]]] = {
    "start": {"interval_s": _NUMBER, "attribution": (str,), "host": (dict,), "refusals": (list,)},
    "channel": {"version": (str,)},
    "sample": {"s": (dict,), "edge": (bool,)},
    "count": {"window": (str,)},
    "gap": {"step_s": _NUMBER},
    "end": {"exit_code": (int, type(None)), "error": (str,)},
    "run of start": {"stage": (str,), "labels": (dict,), "subject": (dict,), "location": (dict,)},
    "channel of start": {"version": (str,)},
    "refusal of start": {"remedy": (str,)},
    "subject of start": dict.fromkeys(("organisation", "project", "team", "system", "version"), (str,)),
    "location of start": dict.fromkeys(("zone", "region", "site", "device"), (str,)),
}


def check_record(record: object, kind: str) -> None:
    """Raise InputError unless `record` has the fields of its kind, of the right types, and no others."""
    if not isinstance(record, Mapping):
        raise InputError("is no object", field=kind, value=record, remedy="give its fields by name")
    required = _REQUIRED.get(kind)
    if required is None:
        raise InputError("unknown kind of record", field="kind", value=kind, remedy="write treadlight.journal/1")
    optional = _OPTIONAL.get(kind, {})
    for name in required:
        if name not in record:
            raise InputError("is missing", field=name, remedy=f"every {kind} record has it")
    for name, value in record.items():
        types = required.get(name) or optional.get(name)
        if types is None:
            if name == "kind" and " of " not in kind:
                continue
            raise InputError("unknown field", field=name, value=value, remedy=f"a {kind} record has no such field")
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise InputError("has the wrong type", field=name, value=value, remedy=f"give {types[0].__name__}")
        _check_content(name, value)


def _check_content(name: str, value: object) -> None:
    if isinstance(value, str):
        _check_text(name, value)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise InputError("must be a finite number", field=name, value=value, remedy="leave unknown values out")
    elif isinstance(value, int):
        if abs(value) > _LARGEST:
            raise InputError("is beyond 2^53", field=name, value="a whole number", remedy="leave unknown values out")
    elif isinstance(value, dict):
        for key, part in value.items():
            _check_text(name, key)
            if isinstance(part, str):
                _check_text(f"{name}.{key}", part)
            elif name in _TEXTS:
                raise InputError("must be text", field=f"{name}.{key}", value=part, remedy="write it as text")


def _check_text(name: str, text: str) -> None:
    """Refuse what no database and no file can keep."""
    if text.isprintable():
        return
    if "\0" in text:
        raise InputError("holds the character NUL", field=name, value=text, remedy="leave it out")
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise InputError("holds half a surrogate pair", field=name, value=text, remedy="give valid Unicode text")


def check_time(t_s: float, field: str = "t") -> None:
    """Raise InputError unless `t_s` can be a time within a run [s]."""
    if not 0 <= t_s <= _LONGEST_S:
        raise InputError("is no time of a run", field=field, value=t_s, remedy="give seconds since its start")


def check_values(values: list[object], channels: int) -> Values:
    """Cumulative values of a record, one per channel: whole, run's share, slack; None where never read."""
    check_number(values, channels)
    return [None if v is None else check_value(v) for v in values]


def check_number(values: list[object], channels: int) -> None:
    """Raise InputError unless there is one value per channel."""
    if len(values) != channels:
        raise InputError("has not one value per channel", field="v", value=len(values), remedy=f"give {channels}")


def check_value(value: object) -> Value:
    """A cumulative value as whole, run's share and slack.

    Raises
    ------
    InputError
        If it is none, or the share exceeds the whole by more than rounding.
    """
    if not isinstance(value, list) or len(value) != 3:
        raise _no_value(value)
    whole, share, slack = value
    if (
        type(whole) is type(share) is type(slack) is float  # the common case, checked in one go
        and 0.0 <= share <= whole < math.inf
        and 0.0 <= slack < math.inf
    ):
        return whole, share, slack
    if not all(_usable(x) for x in value):
        raise _no_value(value)
    if share > whole * (1 + _ROUNDING) + _ROUNDING**2:
        raise InputError("the run's share exceeds the whole", field="v", value=value, remedy="give share ≤ whole")
    return float(whole), float(share), float(slack)


def _no_value(value: object) -> InputError:
    return InputError("is no value", field="v", value=value, remedy="give [whole, run, slack], finite and ≥ 0")


def _usable(x: object) -> bool:
    if isinstance(x, float):
        return 0 <= x < math.inf
    return isinstance(x, int) and not isinstance(x, bool) and 0 <= x <= _LARGEST
