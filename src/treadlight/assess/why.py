"""The way from a number down to its sources, as a tree of steps."""

from dataclasses import dataclass

from treadlight.core.texts import say
from treadlight.library.process import Source

__all__ = ["WhyNode", "skew_of_draws"]


@dataclass(frozen=True, slots=True)
class WhyNode:
    """One step of the way from a number down to its sources.

    Parameters
    ----------
    id
        Unique within the tree; a door ``why=ID`` leads here.
    kind
        ``footprint``, ``group``, ``activity``, ``process``, ``exchange``, ``allocation``, ``unknown``.
    amount, unit
        Central value; None: unknown. The number shown above a node follows from its children by `op`.
    op
        ``sum`` or ``product`` of the children, ``quotient`` of the first by the second, or ``leaf``.
    p05, p95
        Ends of the interval [unit]; None: no interval (exact or unknown).
    share_of_doubt
        0 to 1, of the root's variance; None: not computed.
    source
        Where a leaf's figure comes from.
    cause
        What the figure's uncertainty comes from; steps with the same cause are wrong together.
    method
        Mark of method; empty: none.
    note
        A few words: the equation ("299 kWh × 341 g/kWh") or the counter.
    rungs
        How it was resolved: (rung, found, detail).
    """

    id: str
    kind: str
    label: str
    amount: float | None
    unit: str
    op: str = "leaf"
    p05: float | None = None
    p95: float | None = None
    share_of_doubt: float | None = None
    source: Source | None = None
    method: str = ""
    note: str = ""
    rungs: tuple[tuple[str, bool, str], ...] = ()
    children: tuple["WhyNode", ...] = ()
    cause: str = ""


def skew_of_draws(above: str, amount: float, unit: str) -> WhyNode:
    """What the median of a sum has beside the sum of the medians: a step of its own, beneath the step `above`."""
    note = say("the median of the whole differs from the sum of the medians, because the draws are skewed")
    return WhyNode(f"{above}/skew", "group", say("Skew of the draws"), amount, unit, note=note)
