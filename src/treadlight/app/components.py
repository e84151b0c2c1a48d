"""Electricity by component of the machine: the run's share, the whole devices, and how each is known."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from treadlight.app.energy import ELECTRICITY, energy_quantity
from treadlight.assess.draws import Array, Draws
from treadlight.core.distribution import parse
from treadlight.core.marks import weakest
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.ledger.records import ChannelState, Run
from treadlight.share.account import ComponentEnergy
from treadlight.share.layers import COMPONENTS

__all__ = ["components", "mean_power_w", "node_energy", "part_name", "unread"]

_BY_DEVICE = ("gpu",)  # components whose devices are told apart, whoever meters them
_STATES = ("read", "absent", "stale", "unreadable")


def part_name(component: str) -> str:
    """Name of a component of the machine for people."""
    return say(COMPONENTS[component]) if component in COMPONENTS else component.capitalize()


def components(run: Run, energy: Mapping[str, Array], draws: Draws) -> tuple[ComponentEnergy, ...]:
    """Components that are there; one whose every channel is absent, such as a GPU in a machine without, is left out."""
    found = _by_component(run, energy)
    return tuple(
        _component(run, name, channels, energy.get(name), draws)
        for name, channels in found.items()
        if name in energy or any(channel.state != "absent" for channel in channels)
    )


def unread(run: Run) -> list[ChannelState]:
    """Electricity channels of things that exist and of which nothing could be read, by whatever meter."""
    electric = [c for c in run.channels if c.flow == ELECTRICITY]
    read = {_thing(c) for c in electric if c.amount is not None}
    lost = {_thing(c): c for c in electric if c.amount is None and c.state != "absent" and _thing(c) not in read}
    return list(lost.values())


def _thing(channel: ChannelState) -> tuple[str, str]:
    return channel.component, channel.device if channel.component in _BY_DEVICE else ""


def node_energy(run: Run, energy: Mapping[str, Array], draws: Draws) -> Quantity | None:
    """Electricity of the whole machine while the run lasted; None where nothing of it is known."""
    wholes = [_whole(c, energy.get(name), draws) for name, c in _by_component(run, energy).items()]
    known = [whole for whole in wholes if whole is not None]
    return energy_quantity(sum(known, np.zeros(draws.n))) if known else None


def mean_power_w(run: Run, channels: Sequence[ChannelState]) -> float | None:
    """Mean power of the run's share as stated [W]: it adds up over components and to the curve over time."""
    stated = [c.amount for c in channels if c.flow == ELECTRICITY and c.amount is not None]
    return math.fsum(stated) / (run.duration_s / 3600) * 1000 if stated and run.duration_s > 0 else None


def _by_component(run: Run, energy: Mapping[str, Array]) -> dict[str, list[ChannelState]]:
    found: dict[str, list[ChannelState]] = {}
    for channel in run.channels:
        if channel.flow == ELECTRICITY:
            found.setdefault(channel.component, []).append(channel)
    return found | {name: [] for name in energy if name not in found}


def _component(
    run: Run, name: str, channels: Sequence[ChannelState], samples: Array | None, draws: Draws
) -> ComponentEnergy:
    used = [c for c in channels if c.amount is not None] or list(channels)
    energy = energy_quantity(samples) if samples is not None else None
    whole = _whole(channels, samples, draws)
    cards = len({c.device for c in used})
    lost = [c.state for c in unread(run) if c.component == name]
    states = lost or [c.state for c in used] or ["read"]
    return ComponentEnergy(
        component=name,
        label=say("{part}, {n} cards", part=part_name(name), n=cards)
        if name == "gpu" and cards > 1
        else part_name(name),
        method=weakest((c.method, c.amount or 0.0) for c in used) if energy else "unknown",
        meter=", ".join(dict.fromkeys(c.meter for c in used)),
        state=max(states, key=_STATES.index),
        energy=energy,
        node_energy=energy_quantity(whole) if whole is not None else None,
        mean_power_w=mean_power_w(run, used) if energy else None,
        detail="; ".join(dict.fromkeys(c.detail for c in channels if c.detail)),
        why=f"{run.id}.energy/use/{name}:{ELECTRICITY}" if energy else "",
    )


def _whole(channels: Sequence[ChannelState], samples: Array | None, draws: Draws) -> Array | None:
    """Draws of the energy of the whole devices, as uncertain as the run's share of it."""
    stated = [c.whole for c in channels if c.whole is not None]
    if not stated:
        return None
    amount = math.fsum(c.amount or 0.0 for c in channels)
    if samples is not None and amount > 0:
        return samples * (math.fsum(stated) / amount)
    parts = [c.whole * draws.column(parse(c.uncertainty), c.key) for c in channels if c.whole is not None]
    return sum((np.broadcast_to(part, (draws.n,)) for part in parts), np.zeros(draws.n))
