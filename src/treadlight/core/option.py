"""Options: one form for every way to do something, so that all reductions stand on one chart."""

from dataclasses import dataclass, field

from treadlight.core.activity import Activity

__all__ = ["Option", "Quality", "Saving"]


@dataclass(frozen=True, slots=True)
class Quality:
    """What an option reaches: a metric's name, its value, and whether more is better."""

    metric: str
    value: float
    higher_is_better: bool = True


@dataclass(frozen=True, slots=True)
class Option:
    """A way to do something: the activities it would cause, the quality it reaches, its cost and delay.

    Parameters
    ----------
    id, name
        For lookup and for people.
    activities
        What it would use; their evidence is modelled or assumed until metered.
    quality
        What it reaches; empty where quality does not change.
    cost
        Money by currency code, such as ``{"EUR": 12.0}``.
    delay_h
        How much later the result comes [h].
    """

    id: str
    name: str
    activities: tuple[Activity, ...]
    quality: tuple[Quality, ...] = ()
    cost: dict[str, float] = field(default_factory=dict)
    delay_h: float = 0.0


@dataclass(frozen=True, slots=True)
class Saving:
    """An option taken against a named baseline; counted only once `verified_by` names metered runs."""

    id: str
    baseline: Option
    taken: Option
    verified_by: tuple[str, ...] = ()
