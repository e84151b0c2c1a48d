"""Lifetimes of hardware: over how many years its making and disposal are spread."""

from treadlight.library.schema import Distribution, Row, Table

__all__ = ["TABLE", "LifetimeRow"]


class LifetimeRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One class of hardware.

    Parameters
    ----------
    lifetime_class
        ``server``, ``accelerator``, ``desktop``, ``laptop``, …; products name one of these.
    lifetime_y
        Years in service [a].
    utilisation
        Share of that time in which the hardware works for somebody: the hours that bear its making and disposal. Of a
        rack or building, the share of its power that equipment takes.
    rule
        Name of the allocation rule.
    """

    lifetime_class: str
    lifetime_y: Distribution
    utilisation: Distribution
    rule: str = "time over lifetime × use"


TABLE = Table(
    title="Lifetimes",
    row=LifetimeRow,
    key=("lifetime_class",),
    bounds={"lifetime_y": (0.5, 30.0), "utilisation": (0.01, 1.0)},
)
