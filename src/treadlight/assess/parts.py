"""Parts of a footprint that people ask for: the devices, the hall around them, and what they were made of."""

from collections.abc import Iterator, Sequence
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
    alike: dict[tuple[str, str], list[Line]] = {}
    for line in footprint.lines:
        alike.setdefault((line.process, line.group.component), []).append(line)
    samples: dict[tuple[str, str], Array] = {}
    behind: dict[tuple[str, str], list[Line]] = {}
    for lines in alike.values():
        for key, piece in _cut(footprint, lines):
            samples[key] = samples[key] + piece if key in samples else piece
            behind.setdefault(key, []).extend(lines)
    return [
        Part(*key, tuple(dict.fromkeys(line.group.method for line in behind[key])), found, tuple(behind[key]))
        for key, found in samples.items()
    ]


def _cut(footprint: Footprint, lines: Sequence[Line]) -> Iterator[tuple[tuple[str, str], Array]]:
    """Lines of one process and component as devices and overhead where it has an overhead; whole otherwise."""
    line = lines[0]
    process = footprint.unit.processes[line.process]
    amount = line.amount if len(lines) == 1 else np.sum([line.amount for line in lines], axis=0)
    whole = amount * footprint.unit.samples(line.process)
    overhead = next((e for e in process.exchanges if e.label == OVERHEAD and not e.is_impact), None)
    if overhead is None:
        yield (process.phase, line.group.component), whole
        return
    devices = amount * footprint.unit.samples(overhead.target)
    yield ("use", line.group.component), devices
    yield ("overhead", "facility"), whole - devices
