"""Parts of a footprint that people ask for: the devices, the hall around them, and what they were made of."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.footprint import Footprint, Line

__all__ = ["OVERHEAD", "Part", "parts"]

OVERHEAD = "PUE"
"""Label of the exchange that multiplies electricity at the devices by the hall's overhead."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a footprint.

    Parameters
    ----------
    phase
        ``use`` (electricity of a component at the devices), ``overhead`` (cooling, conversion and water on site),
        ``embodied`` or ``end-of-life``.
    component
        The component; ``facility`` for the overhead.
    methods
        Methods of evidence of the activities behind it.
    samples
        Draws, shape (categories, n).
    lines
        The lines it comes from.
    """

    phase: str
    component: str
    methods: tuple[str, ...]
    samples: Array
    lines: tuple[Line, ...]


def parts(footprint: Footprint) -> list[Part]:
    """The footprint cut by phase and component; the parts add up to the total."""
    found: dict[tuple[str, str], list[tuple[Line, Array]]] = {}
    for line in footprint.lines:
        for key, samples in _cut(footprint, line):
            found.setdefault(key, []).append((line, samples))
    return [
        Part(
            phase,
            component,
            tuple(dict.fromkeys(line.group.method for line, _ in pieces)),
            np.sum([samples for _, samples in pieces], axis=0),
            tuple(line for line, _ in pieces),
        )
        for (phase, component), pieces in found.items()
    ]


def _cut(footprint: Footprint, line: Line) -> Iterator[tuple[tuple[str, str], Array]]:
    """One line as devices and overhead where its process has an overhead; whole otherwise."""
    process = footprint.unit.processes[line.process]
    whole = footprint.line_impacts(line)
    overhead = next((e for e in process.exchanges if e.label == OVERHEAD and not e.is_impact), None)
    if overhead is None:
        yield (process.phase, line.group.component), whole
        return
    devices = line.amount * footprint.unit.samples(overhead.target)
    yield ("use", line.group.component), devices
    yield ("overhead", "facility"), whole - devices
