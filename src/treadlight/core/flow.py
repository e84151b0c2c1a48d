"""Flows: what is used or made. The beginning of a flow's name decides its canonical unit."""

from treadlight.core.errors import InputError, UnitError
from treadlight.core.units import convert, dimension

__all__ = ["flow_unit", "to_flow_unit"]

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


def to_flow_unit(amount: float, unit: str, flow: str) -> float:
    """`amount` [`unit`] in the canonical unit of `flow`.

    Raises
    ------
    UnitError
        If the unit measures something else than the flow.
    """
    wanted = flow_unit(flow)
    if dimension(unit) != dimension(wanted):
        raise UnitError(
            f"{flow} is measured in {wanted}", field="unit", value=unit, remedy=f"give the amount in {wanted}"
        )
    return convert(amount, unit, wanted)
