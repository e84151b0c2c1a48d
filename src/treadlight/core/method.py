"""The method of a footprint: choices that are typed and never mixed."""

from dataclasses import dataclass

from treadlight.core.errors import InputError

__all__ = ["Method"]

_CHOICES = {
    "accounting": ("location", "market"),
    "signal": ("average", "marginal"),
    "scope": ("life-cycle", "direct"),
}


@dataclass(frozen=True, slots=True)
class Method:
    """How a footprint is computed.

    Parameters
    ----------
    accounting
        ``location``: the grid as it is; ``market``: what was bought (GHG Protocol Scope 2 Guidance, 2015).
    signal
        ``average`` of all plants, or ``marginal``: the plants that answer a change.
    scope
        ``life-cycle``: with the making of plants and fuels; ``direct``: stacks only.
    """

    accounting: str = "location"
    signal: str = "average"
    scope: str = "life-cycle"

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value not in choices:
                raise InputError("unknown choice", field=name, value=value, remedy=f"use one of {', '.join(choices)}")
