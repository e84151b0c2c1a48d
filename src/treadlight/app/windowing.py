"""Windows of a run: the energy of a named part, and the climate impact of its use."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from treadlight.app.energy import ELECTRICITY, energy_by, energy_quantity
from treadlight.app.facts import RunFacts
from treadlight.app.units import per_units
from treadlight.app.workspace import Workspace
from treadlight.assess.footprint import footprint
from treadlight.assess.grouping import group_activities
from treadlight.core.activity import Activity
from treadlight.core.distribution import parse
from treadlight.core.marks import weakest
from treadlight.core.method import Method
from treadlight.ledger.records import Window
from treadlight.share.account import WindowAccount

__all__ = ["window_account"]


def window_account(window: Window, facts: RunFacts, workspace: Workspace, method: Method) -> WindowAccount:
    """Energy of a window, also per unit, and the climate impact of its use; embodied impacts stay with the run."""
    groups = group_activities(_activities(window, facts), hourly=workspace.library.has_hourly)
    if not groups:
        return WindowAccount(window.id, window.name, window.t0_s, window.t1_s, None, counts=window.counts)
    result = footprint(
        groups, workspace.library, method, categories=("gwp",), draws=workspace.draws, seed=workspace.seed
    )
    whole = sum(energy_by(groups, lambda group: "", result.draws).values(), np.zeros(result.draws.n))
    return WindowAccount(
        window.id,
        window.name,
        window.t0_s,
        window.t1_s,
        energy_quantity(whole),
        result.total("gwp"),
        weakest((group.method, group.amount) for group in groups),
        window.counts,
        tuple(replace(unit, results=unit.results[:1]) for unit in per_units(window.counts, result, whole, "")),
        window.status,
    )


def _activities(window: Window, facts: RunFacts) -> list[Activity]:
    """The window's amounts as activities like those of the same channel at the time when it began."""
    channels = {channel.key: channel for channel in facts.run.channels}
    found = []
    for key, component, _, amount, uncertainty in window.amounts:
        channel = channels.get(key)
        device = (channel.meter, channel.device) if channel else ("", "")
        like = _like(component, device, window, facts.activities)
        if like is not None:
            found.append(
                replace(like, start=window.start, end=window.start, amount=amount, uncertainty=parse(uncertainty))
            )
    return found


def _like(component: str, device: tuple[str, str], window: Window, activities: Sequence[Activity]) -> Activity | None:
    """The activity of a component that fits best: same meter and device, and under way when the window began."""
    rivals = [a for a in activities if a.flow == ELECTRICITY and a.component == component]

    def fit(record: Activity) -> tuple[bool, bool]:
        same = (record.evidence.source, record.location.device) == device
        return same, record.start <= window.start < record.end

    return max(rivals, key=fit, default=None)
