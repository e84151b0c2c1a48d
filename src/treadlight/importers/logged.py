"""Power that experiment trackers log of GPUs, as energy of a run: metered, bridged over gaps, or left unknown."""

from collections.abc import Mapping, Sequence

from treadlight.core.activity import Activity, EvidenceMethod
from treadlight.core.errors import InputError
from treadlight.importers.frame import Note, number
from treadlight.importers.power import MAX_POWER_W, Integral, integrate
from treadlight.importers.runs import ELECTRICITY, Outline, spread, unread
from treadlight.ledger.records import ChannelState, Gap

__all__ = ["ERROR", "Logged", "gpu_energy", "power_of", "refuse_without_power"]

ERROR = (
    "90 % interval: 0.9 to 1.1 of the energy where samples follow each other, for the sensor (NVIDIA: ±5 %) and for "
    "what happens between samples; 0.5 to 2 across bridged gaps and 0.4 to 2.5 from a single sample, between idle "
    "and the limit."
)

_SEEN, _BRIDGED, _ALONE = spread(0.9, 1.1), spread(0.5, 2.0), spread(0.4, 2.5)
Samples = Mapping[str, Sequence[tuple[float, float]]]


class Logged:
    """What comes of the samples of a run: its activities, the channels that say what is unknown, gaps and doubts."""

    def __init__(self) -> None:
        self.activities: list[Activity] = []
        self.lost: list[ChannelState] = []
        self.gaps: list[Gap] = []
        self.flags: list[Note] = []


def power_of(value: object) -> float | None:
    """A logged power [W]; None where nothing is stated.

    Raises
    ------
    InputError
        If it is negative, or more than any accelerator draws.
    """
    return number(value, "power_w", most=MAX_POWER_W)


def gpu_energy(outline: Outline, samples: Samples, gpu: str = "", count: int = 0, where: str = "") -> Logged:
    """Energy and hours of the GPUs of a run.

    Parameters
    ----------
    samples
        Time [s since 1970] and power [W] by device: ``gpu0``, ``gpu1``, … and ``cpu``.
    gpu
        Name of the model; empty where the tool does not say.
    count
        How many GPUs the run had; those without samples are unknown.
    """
    found = Logged()
    start_s, end_s = outline.start.timestamp(), outline.end.timestamp()
    for device, points in sorted(samples.items()):
        if len(points) == 1 and end_s > start_s:
            _alone(found, outline, device, points[0][1], where)
        else:
            _series(found, outline, device, integrate(points, start_s, end_s), where)
    seen = sum(device != "cpu" for device in samples)
    cards = max(count, seen)
    silent = [device for device in (f"gpu{i}" for i in range(cards)) if device not in samples][: cards - seen]
    found.lost += [unread(outline.info, "gpu", "no power of it was logged", device) for device in silent]
    if silent:
        found.flags.append(Note(where, "GPUs without logged power: their energy is unknown", ", ".join(silent)))
    if "cpu" not in samples:
        found.lost.append(unread(outline.info, "cpu", f"{outline.info.title} logged no power of processors"))
    found.lost.append(unread(outline.info, "memory", f"{outline.info.title} logged no power of memory"))
    found.activities += outline.accelerators(gpu, cards)
    return found


def _alone(found: Logged, outline: Outline, device: str, power_w: float, where: str) -> None:
    """One sample only, as where only the newest value of a metric was exported."""
    if not power_w:
        found.lost.append(unread(outline.info, _component(device), "its only sample of power is 0", device))
        found.flags.append(Note(where, "power of 0 W is no reading: left unknown", device))
        return
    found.flags.append(Note(where, "only one sample of power: export the history of the metric", device))
    found.activities.append(
        _activity(
            outline,
            device,
            power_w * outline.hours / 1000,
            EvidenceMethod.MODELLED,
            f"one sample of power, {power_w:.4g} W, times {outline.hours:.4g} h",
            "alone",
        )
    )


def _series(found: Logged, outline: Outline, device: str, energy: Integral, where: str) -> None:
    total_s = energy.seen_s + energy.bridged_s
    if not energy.seen_kwh and not energy.bridged_kwh:
        found.lost.append(unread(outline.info, _component(device), "its samples of power are all 0", device))
        found.flags.append(Note(where, "power of 0 W is no reading: left unknown", device))
        return
    if energy.seen_kwh:
        basis = f"samples of power over {energy.seen_s / 3600:.4g} h, summed"
        found.activities.append(_activity(outline, device, energy.seen_kwh, EvidenceMethod.METERED, basis, "seen"))
    if energy.bridged_kwh:
        basis = f"gaps of {energy.bridged_s / 3600:.4g} h between samples, bridged with their mean"
        found.activities.append(
            _activity(outline, device, energy.bridged_kwh, EvidenceMethod.MODELLED, basis, "bridged")
        )
        found.flags.append(Note(where, "gaps between samples were bridged", f"{device}: {energy.bridged_s:.0f} s"))
    if energy.unknown:
        lost_s = sum(t1 - t0 for t0, t1 in energy.unknown)
        detail = f"nothing was logged for {lost_s / 3600:.3g} h of {(lost_s + total_s) / 3600:.3g} h"
        found.lost.append(unread(outline.info, _component(device), detail, f"{device}, gaps"))
        found.flags.append(
            Note(where, "gaps of more than an hour: their energy is unknown", f"{device}: {lost_s:.0f} s")
        )
        start_s = outline.start.timestamp()
        new = [Gap(max(t0 - start_s, 0.0), t1 - start_s, "nothing logged") for t0, t1 in energy.unknown]
        found.gaps += [gap for gap in new if gap not in found.gaps]


def _activity(
    outline: Outline, device: str, energy_kwh: float, method: EvidenceMethod, basis: str, part: str
) -> Activity:
    return outline.activity(
        ELECTRICITY,
        energy_kwh,
        method,
        basis,
        uncertainty={"seen": _SEEN, "bridged": _BRIDGED, "alone": _ALONE}[part],
        cause=f"{outline.info.name}:{_component(device)}:{part}",
        component=_component(device),
        device=device,
        part=part,
    )


def _component(device: str) -> str:
    return "cpu" if device == "cpu" else "gpu"


def refuse_without_power(samples: Samples, count: int) -> None:
    """Refuse a run of which nothing about energy can be said.

    Raises
    ------
    InputError
        If no power was logged and no GPU is named.
    """
    if not samples and not count:
        raise InputError("logs no power of a GPU", field="run", remedy="turn its system metrics on")
