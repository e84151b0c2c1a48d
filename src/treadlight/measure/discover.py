"""All meters of this machine: found by file name or entry point, asked what they can read, and read together."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Protocol, cast, runtime_checkable

from treadlight.core.errors import TreadlightError
from treadlight.core.plugins import names, plugin
from treadlight.measure.malformed import malformed, malformed_reading
from treadlight.measure.meter import Context, Discovery, Meter, MeterInfo, Reading, Refusal, State
from treadlight.measure.selection import Selection, select

__all__ = ["PACKAGE", "Meters", "Selective", "discover", "meter_names"]

PACKAGE = "treadlight.measure.meters"


class _Module(Protocol):
    """What a meter's module holds."""

    INFO: MeterInfo
    meter: Callable[[Context], Meter]


@runtime_checkable
class Selective(Protocol):
    """A meter that reads only what it is told to, because each reading costs something."""

    def use(self, keys: Collection[str]) -> None:
        """Read only these channels from now on."""


def meter_names() -> list[str]:
    """Names of all meters, built in and third parties'."""
    return names(PACKAGE)


class Meters:
    """Meters at work: what they found, and their readings by channel.

    Parameters
    ----------
    context
        Where the meters look.
    only
        Names of the meters to ask; None: all.

    Attributes
    ----------
    discoveries
        What each meter found, by its name.
    infos
        What each meter is, by its name.
    """

    def __init__(self, context: Context, only: Iterable[str] | None = None) -> None:
        self.discoveries: dict[str, Discovery] = {}
        self.infos: dict[str, MeterInfo] = {}
        self._meters: dict[str, Meter] = {}
        self._keys: dict[str, set[str]] = {}
        for name in meter_names() if only is None else only:
            self._ask(name, context)

    def _ask(self, name: str, context: Context) -> None:
        try:
            module = cast(_Module, plugin(PACKAGE, name))
            meter = module.meter(context)
            self.infos[name] = module.INFO
            self.discoveries[name] = _sound(name, meter.discover())
        except Exception as error:  # noqa: BLE001 - a faulty meter, perhaps a third party's, must not end the run
            reason = str(error) if isinstance(error, TreadlightError) else f"{type(error).__name__}: {error}"
            refusal = Refusal(name, name, "", State.UNREADABLE, reason, f"mend or uninstall the meter {name}")
            self.discoveries[name] = Discovery(refusals=(refusal,))
            return
        self._meters[name] = meter
        self._keys[name] = {c.key for c in self.discoveries[name].channels}

    def select(self) -> Selection:
        """The channels to read, chosen among all that were found; read only these from now on."""
        selection = select(self.discoveries.values())
        self.use(c.key for c in selection.chosen)
        return selection

    def use(self, keys: Iterable[str]) -> None:
        """Read only these channels from now on; call again when a standby takes over."""
        wanted = set(keys)
        for name, meter in self._meters.items():
            mine = wanted & {c.key for c in self.discoveries[name].channels}
            self._keys[name] = mine
            if isinstance(meter, Selective):
                meter.use(mine)

    def read(self, t_s: float) -> dict[str, Reading]:
        """One reading of each channel in use at the monotonic time `t_s` [s], by its key. Never raises."""
        readings: dict[str, Reading] = {}
        for name, keys in self._keys.items():
            if not keys:
                continue
            try:
                found = [_usable(reading, t_s) for reading in self._meters[name].read(t_s)]
            except Exception as error:  # noqa: BLE001 - a faulty meter must not end the run
                detail = f"{type(error).__name__}: {error}"
                found = [Reading(key, State.UNREADABLE, t_s, detail=detail) for key in keys]
            readings.update((r.key, r) for r in found if r.key in keys)
        return readings

    def close(self) -> None:
        """Give back all handles."""
        for meter in self._meters.values():
            meter.close()


def _sound(name: str, found: Discovery) -> Discovery:
    """What a meter found, with a refusal for each channel that cannot be used as it is declared."""
    problems = [(channel, malformed(channel)) for channel in found.channels]
    refusals = tuple(_refusal(name, channel, problem) for channel, problem in problems if problem)
    if not refusals:
        return found
    sound = tuple(channel for channel, problem in problems if not problem)
    return replace(found, channels=sound, refusals=(*found.refusals, *refusals))


def _refusal(name: str, channel: object, problem: str) -> Refusal:
    key, component, device = (str(getattr(channel, field, "")) for field in ("key", "component", "device"))
    reason = f"the meter declares a malformed channel: {problem}"
    return Refusal(key or name, component or name, device, State.UNREADABLE, reason, f"mend or update the meter {name}")


def _usable(reading: Reading, t_s: float) -> Reading:
    problem = malformed_reading(reading)
    return Reading(str(getattr(reading, "key", "")), State.UNREADABLE, t_s, detail=problem) if problem else reading


def discover(context: Context, only: Iterable[str] | None = None) -> Meters:
    """All meters, or those named, with what each found in `context`. Faulty ones become refusals."""
    return Meters(context, only)
