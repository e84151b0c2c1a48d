"""Units of cloud bills: many spellings of hours, gigabytes and their products, with their factors.

FOCUS asks for forms such as ``Hours``, ``GB-Months`` or ``Seconds``; providers write ``Hrs``, ``GB-Mo``,
``byte-seconds``, ``1 Hour`` or ``1K tokens`` as well."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

__all__ = ["Unit", "parse_unit"]

_HOURS = {
    "second": Decimal(1) / 3600,
    "minute": Decimal(1) / 60,
    "hour": Decimal(1),
    "day": Decimal(24),
    "month": Decimal("730.5"),  # a twelfth of the mean year, as in core.units
    "year": Decimal(8766),
}
_TIME = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "second"),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "minute"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hour"),
    **dict.fromkeys(("day", "days"), "day"),
    **dict.fromkeys(("mo", "month", "months"), "month"),
    **dict.fromkeys(("year", "years"), "year"),
}
_DECIMAL = ("", "k", "m", "g", "t", "p")
_LONG = ("", "kilo", "mega", "giga", "tera", "peta")
_LONG_BINARY = ("", "kibi", "mebi", "gibi", "tebi", "pebi")
_GB: dict[str, Decimal] = {}
for _power, _letter in enumerate(_DECIMAL):
    _tens = Decimal(1000) ** _power / Decimal(10) ** 9
    _twos = Decimal(1024) ** _power / Decimal(10) ** 9
    _GB |= dict.fromkeys((f"{_letter}b", f"{_LONG[_power]}byte", f"{_LONG[_power]}bytes"), _tens)
    if _letter:
        _GB |= dict.fromkeys((f"{_letter}ib", f"{_LONG_BINARY[_power]}byte", f"{_LONG_BINARY[_power]}bytes"), _twos)
_THINGS = {
    **dict.fromkeys(("vcpu", "vcpus", "cpu", "cpus", "core", "cores", "vcore", "vcores"), "vcpu"),
    **dict.fromkeys(("gpu", "gpus", "accelerator", "accelerators"), "gpu"),
    **dict.fromkeys(("token", "tokens"), "token"),
    **dict.fromkeys(("instance", "instances"), "instance"),
}
_MULTIPLES = {"": Decimal(1), "k": Decimal(1000), "m": Decimal(10) ** 6}
_FORM = re.compile(r"(?:([0-9][0-9,]*(?:\.[0-9]+)?)\s*([km](?=\s))?)?\s*(.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit measures.

    Parameters
    ----------
    kind
        ``time`` [h], ``data`` [GB], ``data-time`` [GB-h], ``vcpu-time``, ``gpu-time``, ``instance-time`` [h of one],
        ``token``.
    factor
        One of it in that unit.
    """

    kind: str
    factor: Decimal


@lru_cache(maxsize=256)
def parse_unit(text: str) -> Unit | None:
    """What a unit of a bill measures; None where we do not know it."""
    form = _FORM.fullmatch(text.strip())
    if form is None:
        return None
    number, multiple, name = form.groups()
    factor = Decimal(number.replace(",", "")) if number else Decimal(1)
    factor *= _MULTIPLES[(multiple or "").lower()]
    parts = [part for part in re.split(r"[\s\-/*.·]+", name.lower()) if part not in ("", "of")]
    kinds = []
    for part in parts:
        if part in _TIME:
            kinds.append("time")
            factor *= _HOURS[_TIME[part]]
        elif part in _GB:
            kinds.append("data")
            factor *= _GB[part]
        elif part in _THINGS:
            kinds.append(_THINGS[part])
        else:
            return None
    kind = "-".join(sorted(kinds, key=lambda k: k == "time"))
    return Unit(kind, factor) if kind in _KINDS and factor > 0 else None


_KINDS = ("time", "data", "data-time", "vcpu-time", "gpu-time", "instance-time", "token")
