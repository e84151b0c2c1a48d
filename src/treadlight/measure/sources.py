"""Sources of a run: the meters of this machine, the channels chosen among them, and the hardware that is occupied."""

import contextlib
from collections.abc import Mapping
from functools import cache

from treadlight.core.plugins import plugin
from treadlight.measure.attribution import rule_for
from treadlight.measure.discover import PACKAGE, discover, meter_names
from treadlight.measure.hardware import hardware_items, unknowns
from treadlight.measure.host import Host, host_facts
from treadlight.measure.lines import EnergyLine, HardwareLine, Line
from treadlight.measure.meter import Channel, Context, Reading, Refusal

__all__ = ["Sources", "preload"]


@cache
def preload() -> None:
    """Import every meter and the catalogue, so that nothing is left to import when a run starts."""
    from treadlight.library.catalogue import generic_cpu

    generic_cpu("server")
    for name in meter_names():
        with contextlib.suppress(Exception):  # a faulty meter is told by the discovery
            plugin(PACKAGE, name)


_FIRST_PID_NAMESPACE = "pid:[4026531836]"
"""PROC_PID_INIT_INO of linux/proc_ns.h: in this namespace process numbers are those that drivers give."""


class Sources:
    """What a tracker reads and counts.

    Parameters
    ----------
    attribution
        Name of the rule asked for; each line gets the rule that fits its component.

    Attributes
    ----------
    lines
        A line for each channel chosen, then one for each piece of hardware.
    refusals
        What was found and cannot be read.
    notes
        What is not counted on this machine, and what would make it known.
    """

    def __init__(self, context: Context, attribution: str, environ: Mapping[str, str]) -> None:
        self._attribution, self._environ = attribution, environ
        self.host = host_facts(context)
        self._told = _are_the_drivers(context, self.host)
        self._meters = discover(context)
        self._selection = self._meters.select()
        self.refusals: list[Refusal] = self._selection.refusals
        self.lines: list[Line] = [self._energy(channel) for channel in self._selection.chosen]
        self._gpu_keys = {c.device: c.key for c in self._selection.chosen if c.component == "gpu"}
        gpus = [(c.device, c.model) for c in self._selection.chosen if c.component == "gpu"]
        for item in hardware_items(self.host, gpus):
            rule = rule_for(attribution, item.component, item.device, environ=environ, told=self._told)
            self.lines.append(HardwareLine(item, rule))
        self.notes = [
            f"{'not counted' if u.missing else 'not exact'}: {u.what}; {u.remedy}" for u in unknowns(self.host)
        ]

    def _energy(self, channel: Channel, since_s: float | None = None) -> EnergyLine:
        rule = rule_for(
            self._attribution,
            channel.component,
            channel.device,
            channel.uuid,
            environ=self._environ,
            told=self._told,
        )
        return EnergyLine(channel, rule, since_s=since_s)

    def read(self, t_s: float) -> dict[str, Reading]:
        """One reading of each channel in use, by its key."""
        return self._meters.read(t_s)

    def reading_for(self, line: Line, readings: Mapping[str, Reading]) -> Reading | None:
        """The reading that concerns a line: for a GPU as hardware, that of its energy, which names its processes."""
        if isinstance(line, HardwareLine) and line.component == "gpu":
            return readings.get(self._gpu_keys.get(line.device, ""))
        return readings.get(line.key)

    def standbys(self, lost: EnergyLine, since_s: float) -> list[EnergyLine]:
        """Lines that stand in for one that was lost, from `since_s` on; read from now on instead of it."""
        found = self._selection.standbys(lost.channel)
        self._meters.use(c.key for c in self._selection.chosen)
        for channel in found:
            if channel.component == "gpu":
                self._gpu_keys[channel.device] = channel.key
        return [self._energy(channel, since_s) for channel in found]

    def close(self) -> None:
        """Give back the meters' handles."""
        self._meters.close()


def _are_the_drivers(context: Context, host: Host) -> bool:
    """Whether process numbers mean the same here as to the drivers of devices."""
    try:
        return str((context.procfs_root / "self/ns/pid").readlink()) == _FIRST_PID_NAMESPACE
    except OSError:
        return not host.is_container
