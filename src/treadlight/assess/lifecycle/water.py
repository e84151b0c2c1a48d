"""Water of a system by where it goes: on site, upstream of electricity, embodied in hardware, and the rest.

Notes
-----
Parts of the phase ``use`` are followed into every process that they call forth. Water that a process evaporates on the
site of the devices (the library marks it) is on site; other water that arises where electricity is made is upstream of
it; what arises elsewhere is other. All water of parts of another phase is embodied, the electricity of making included.
The lines add up to the total. A line of which nothing is known is unknown, never zero. What is made for a part in use
and says nothing of its water leaves the embodied line known in part; so does, every line, what no process answers and a
stage without an item. Electricity that is drawn where nobody states a WUE, as at the meter of a hall or from the grid,
leaves the line on site known in part.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from treadlight.assess.draws import Array
from treadlight.assess.footprint import quantity
from treadlight.assess.lifecycle.result import Line, SystemResult
from treadlight.assess.solve import UnitImpacts, called_forth
from treadlight.core.quantity import Quantity
from treadlight.library.build_electricity import WATER_ON_SITE
from treadlight.library.process import Process

__all__ = ["WATER_LINES", "WaterLine", "water_lines"]

WATER_LINES = ("on site", "upstream of electricity", "embodied", "other")
"""The lines, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class WaterLine:
    """One line: what is known of it, None where nothing is; and whether something of it is not known."""

    known: Quantity | None
    partial: bool


def water_lines(system: SystemResult, stage: str = "") -> dict[str, WaterLine]:
    """Water of a system, or of one of its stages, by `WATER_LINES`; empty where the study does not count water.

    ``other`` is left out where there is none.
    """
    if "water" not in system.categories:
        return {}
    lines = [line for line in system.lines if not stage or line.stage == stage]
    used = [line for line in lines if line.phase == "use"]
    made = [line for line in lines if line.part.process and line.phase != "use"]
    direct = _direct(system.unit, _demand(used))
    nowhere = _lost([line for line in lines if not line.part.process]) or bool(system.empty_stages and not stage)
    lost = dict.fromkeys(WATER_LINES, nowhere or _lost(used))
    lost["embodied"] = nowhere or _lost(made) or any(_made_silent(system.unit, line) for line in used)
    lost["on site"] |= any(_is_silent(system.unit, line.part.process) for line in used)
    if made:
        direct["embodied"] = np.sum([line.samples[system.row("water")] for line in made], axis=0)
    found = {name: _line(direct.get(name), lost[name]) for name in WATER_LINES}
    if found["other"].known is None or not direct["other"].any():
        del found["other"]
    return found


def _line(samples: Array | None, lost: bool) -> WaterLine:
    if samples is None or (lost and not samples.any()):
        return WaterLine(None, True)
    return WaterLine(quantity(samples, "water"), lost)


def _lost(lines: list[Line]) -> bool:
    return any("water" in line.unknown for line in lines)


def _made_silent(unit: UnitImpacts, line: Line) -> bool:
    """Whether something that is made for a part in use says nothing of its water, or a process says nothing at all."""
    beneath = _beneath(unit, line.part.process, {}) if "water" in line.unknown else ()
    return any("water" in held.unknown and (held.phase != "use" or not held.exchanges) for held in beneath)


def _is_silent(unit: UnitImpacts, process: str) -> bool:
    """Whether a process draws electricity, and nothing of it says how much water evaporates where that is used."""
    beneath = _beneath(unit, process, {})
    drawn = any(held.flow.startswith("electricity") for held in beneath)
    return drawn and not any(e.label == WATER_ON_SITE for held in beneath for e in held.exchanges)


def _beneath(unit: UnitImpacts, process: str, met: dict[str, Process]) -> Collection[Process]:
    """A process and all that it calls forth."""
    if process in unit.processes and process not in met:
        met[process] = unit.processes[process]
        for exchange in met[process].exchanges:
            if not exchange.is_impact:
                _beneath(unit, exchange.target, met)
    return met.values()


def _demand(lines: list[Line]) -> dict[str, Array]:
    """How much of each process the lines demand, shape (n + 1,); the last, no draw, is not asked for."""
    demand: dict[str, Array] = {}
    for line in lines:
        if line.part.process:
            amount = np.append(line.amount, np.median(line.amount))
            demand[line.part.process] = demand.get(line.part.process, 0.0) + amount
    return demand


def _direct(unit: UnitImpacts, demand: Mapping[str, Array]) -> dict[str, Array]:
    """Water of a demand where it arises, by line."""
    found: dict[str, Array] = {}
    for process, amount in called_forth(unit, demand):
        for exchange in process.exchanges:
            if exchange.target == "water":
                samples = (amount * unit.draws.worlds(exchange.amount, exchange.cause))[:-1]
                name = _name(process, exchange.label)
                found[name] = found[name] + samples if name in found else samples
    return found


def _name(process: Process, label: str) -> str:
    if label == WATER_ON_SITE:
        return "on site"
    if process.flow.startswith("electricity"):
        return "upstream of electricity"
    return "embodied" if process.phase != "use" else "other"
