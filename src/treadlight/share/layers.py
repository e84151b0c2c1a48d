"""Power over time by component: the layers that the page and the terminal stack."""

import itertools
from dataclasses import dataclass

from treadlight.ledger.records import Trace

__all__ = ["COMPONENTS", "Layer", "Layers", "layers", "merge"]

COMPONENTS: dict[str, str] = {
    "gpu": "GPU",
    "cpu": "CPU",
    "memory": "Memory",
    "rest": "Rest of machine",
    "storage": "Storage",
    "network": "Network",
    "facility": "Cooling and conversion",
    "embodied": "Embodied",
}
"""Components in the order in which layers are stacked, from below, with their names."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Mean power of one component in each interval [W]; 0 where only other components are known."""

    component: str
    watts: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Layers:
    """Layers from below, interval edges `t_s` [s], and in which intervals something could not be read."""

    t_s: tuple[float, ...]
    layers: tuple[Layer, ...]
    unknown: tuple[bool, ...]

    @property
    def total_w(self) -> tuple[float, ...]:
        """Sum of the known layers in each interval [W]."""
        return tuple(sum(values) for values in zip(*(layer.watts for layer in self.layers), strict=True))

    @property
    def duration_s(self) -> float:
        """From the first edge to the last [s]."""
        return self.t_s[-1] - self.t_s[0] if self.t_s else 0.0


def layers(trace: Trace | None) -> Layers | None:
    """The run's share of power by component; None without a trace or where nothing was ever read."""
    if trace is None or len(trace.t_s) < 2 or not trace.series:
        return None
    n = len(trace.t_s) - 1
    sums: dict[str, list[float]] = {}
    unknown = [False] * n
    for series in trace.series:
        column = sums.setdefault(series.component, [0.0] * n)
        for i, watts in enumerate(series.run_w):
            if watts is None:
                unknown[i] = True
            else:
                column[i] += watts
    if all(all(w is None for w in s.run_w) for s in trace.series):
        return None
    order = [*COMPONENTS, *sorted(set(sums) - set(COMPONENTS))]
    stack = tuple(Layer(c, tuple(sums[c])) for c in order if c in sums)
    return Layers(trace.t_s, stack, tuple(unknown))


def merge(stack: Layers, most: int) -> Layers:
    """`stack` with at most `most` intervals: neighbours become their mean over time, so that energy is kept."""
    n = len(stack.unknown)
    if n <= most:
        return stack
    cuts = sorted({round(i * n / most) for i in range(most + 1)})
    spans = list(itertools.pairwise(cuts))
    widths = [b - a for a, b in zip(stack.t_s, stack.t_s[1:], strict=False)]

    def mean(watts: tuple[float, ...], a: int, b: int) -> float:
        whole = sum(widths[a:b])
        return sum(w * dt for w, dt in zip(watts[a:b], widths[a:b], strict=True)) / whole if whole else watts[a]

    means = tuple(Layer(x.component, tuple(mean(x.watts, a, b) for a, b in spans)) for x in stack.layers)
    return Layers(tuple(stack.t_s[c] for c in cuts), means, tuple(any(stack.unknown[a:b]) for a, b in spans))
