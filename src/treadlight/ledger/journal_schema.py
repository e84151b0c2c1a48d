"""What each record of a journal holds; anything else is refused, so that a misspelt key cannot lose a number."""

import math
from collections.abc import Mapping

from treadlight.core.errors import InputError

__all__ = ["check_record", "check_values"]

_NUMBER = (int, float)
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


def check_record(record: Mapping[str, object], kind: str) -> None:
    """Raise InputError unless `record` has the fields of its kind, of the right types, and no others."""
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
            if name == "kind":
                continue
            raise InputError("unknown field", field=name, value=value, remedy=f"a {kind} record has no such field")
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise InputError("has the wrong type", field=name, value=value, remedy=f"give {types[0].__name__}")
        if isinstance(value, float) and not math.isfinite(value):
            raise InputError("must be a finite number", field=name, value=value, remedy="leave unknown values out")


def check_values(values: list[object], channels: int) -> list[tuple[float, float, float] | None]:
    """Cumulative values of a record, one per channel: whole, run's share, slack; None where never read."""
    if len(values) != channels:
        raise InputError("has not one value per channel", field="v", value=len(values), remedy=f"give {channels}")
    return [None if v is None else _triple(v) for v in values]


def _triple(value: object) -> tuple[float, float, float]:
    if not isinstance(value, list) or len(value) != 3 or not all(_usable(x) for x in value):
        raise InputError("is no value", field="v", value=value, remedy="give [whole, run, slack], finite and ≥ 0")
    whole, share, slack = value
    return float(whole), float(share), float(slack)


def _usable(x: object) -> bool:
    return isinstance(x, int | float) and not isinstance(x, bool) and 0 <= x < math.inf
