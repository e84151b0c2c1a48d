"""What is wrong with a channel as a meter, perhaps a third party's, declares it, or with a reading that it gives."""

import math

from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Distribution
from treadlight.measure.meter import Channel, Reading, State

__all__ = ["malformed", "malformed_reading"]

_TEXTS = ("key", "meter", "component", "device", "basis", "cause", "model", "uuid")
_FILLED = ("key", "meter", "component")
_AMOUNTS = ("resolution_j", "update_s", "wrap_j", "max_power_w")
_MAY_BE_NONE = ("wrap_j", "max_power_w")


def malformed(channel: object) -> str:
    """Why a channel cannot be used, naming the field and its value; empty: it can."""
    if not isinstance(channel, Channel):
        return f"is no Channel, got {channel!r}"
    for name in _TEXTS:
        text = getattr(channel, name)
        if not isinstance(text, str):
            return f"{name} is no text, got {text!r}"
        if not text and name in _FILLED:
            return f"{name} is empty"
    method: object = channel.method
    if not isinstance(method, EvidenceMethod):
        return f"method is no EvidenceMethod, got {method!r}"
    uncertainty: object = channel.uncertainty
    if not isinstance(uncertainty, Distribution):
        return f"uncertainty is no Distribution, got {uncertainty!r}"
    if not uncertainty.median > 0:
        return f"uncertainty is no ratio of true to stated energy, got {uncertainty}"
    rank: object = channel.rank
    if not isinstance(rank, int):
        return f"rank is no whole number, got {rank!r}"
    return next((problem for name in _AMOUNTS if (problem := _amount(channel, name))), "")


def malformed_reading(reading: object) -> str:
    """Why a reading cannot be used; empty: it can, be its values likely or not."""
    if not isinstance(reading, Reading):
        return f"the meter gave no Reading, got {reading!r}"
    key: object = reading.key
    if not isinstance(key, str):
        return f"the meter gave a key that is no text, got {key!r}"
    pids: object = reading.pids
    if pids is not None and not (isinstance(pids, tuple) and all(isinstance(pid, int) for pid in pids)):
        return f"the meter gave pids that are no numbers, got {pids!r}"
    for name in ("t_s", "joules", "power_w"):
        value = getattr(reading, name)
        if not (_is_number(value) or (value is None and name != "t_s")):
            return f"the meter gave {name} that is no number, got {value!r}"
    state: object = reading.state
    if not isinstance(state, State):
        return f"the meter gave no State, got {state!r}"
    return ""


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _amount(channel: Channel, name: str) -> str:
    value = getattr(channel, name)
    if value is None and name in _MAY_BE_NONE:
        return ""
    return "" if _is_number(value) and 0 <= value < math.inf else f"{name} is no amount, got {value!r}"
