"""Flows: what is used or made. The beginning of a flow's name decides its canonical unit."""

from treadlight.core.errors import InputError

__all__ = ["flow_unit"]

_UNITS = (
    ("electricity.", "kWh"),
    ("hardware.memory", "GB-hour"),
    ("hardware.storage", "GB-hour"),
    ("hardware.", "device-hour"),
    ("product.memory", "GB"),
    ("product.storage", "GB"),
    ("product.", "unit"),
    ("data.transfer.", "GB"),
    ("storage.", "GB-month"),
    ("water.", "L"),
    ("transport.", "tkm"),
    ("treatment.", "kg"),
)


def flow_unit(flow: str) -> str:
    """Canonical unit of a flow, such as kWh for ``electricity.it``.

    Raises
    ------
    InputError
        If no family of flows begins like this one.
    """
    for prefix, unit in _UNITS:
        if flow.startswith(prefix):
            return unit
    families = ", ".join(prefix for prefix, _ in _UNITS)
    raise InputError("unknown flow", field="flow", value=flow, remedy=f"a flow begins with one of {families}")
