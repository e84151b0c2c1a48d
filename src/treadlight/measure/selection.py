"""Which channels are used: one meter for each thing, never two for the same energy, with a reason for every other."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from treadlight.measure.meter import Channel, Discovery, Refusal

__all__ = ["COVERS", "Finding", "Selection", "Verdict", "select"]

COVERS: dict[str, tuple[str, ...]] = {"platform": ("cpu", "memory", "rest")}
"""Components whose energy is inside that of another: a platform counter (psys) covers processor, memory and board."""

_PER_DEVICE = ("gpu",)  # components whose devices are the same whoever meters them
_REPLAY = "replay"


class Verdict(StrEnum):
    """What became of something a meter found."""

    USED = "used"
    DUPLICATE = "duplicate"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of ``treadlight doctor``: what was found, what became of it, why, and what would change that."""

    key: str
    component: str
    device: str
    verdict: Verdict
    reason: str
    remedy: str = ""


@dataclass(slots=True)
class Selection:
    """The channels a run reads, and what stands in for one that is lost.

    Parameters
    ----------
    chosen
        Channels to read.
    passed_over
        Channels that are not read although they could be, each with the reason.
    refusals
        What was found and cannot be read.
    """

    chosen: list[Channel] = field(default_factory=list)
    passed_over: list[tuple[Channel, str]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    _rivals: list[Channel] = field(default_factory=list)
    _lost: set[str] = field(default_factory=set)

    def standbys(self, lost: Channel) -> list[Channel]:
        """Channels to read from now on instead of `lost`: one for each component that it covered.

        A channel that is lost stays lost for the run; call once for each. Where a rival covers more than what was lost
        (the model knows one processor, the counters one a socket), it stands in when the last of its parts is lost:
        before that its energy would be counted twice, and the lost part is unknown.
        """
        self._lost.add(lost.key)
        self.chosen = [c for c in self.chosen if c.key != lost.key]
        found: list[Channel] = []
        for component in COVERS.get(lost.component, (lost.component,)):
            rivals = [r for r in self._rivals if r.component == component and self._may_stand_in(r, lost)]
            if rivals:
                found += _best(rivals)
        self.chosen += found
        self._rivals = [r for r in self._rivals if r not in found]
        return found

    def _may_stand_in(self, rival: Channel, lost: Channel) -> bool:
        if rival.key in self._lost:
            return False
        if rival.component in _PER_DEVICE:
            return rival.device == lost.device
        covered = (c for c in self.chosen if rival.component in COVERS.get(c.component, (c.component,)))
        return next(covered, None) is None

    def findings(self) -> list[Finding]:
        """Everything that was found, as used, duplicate or refused, with the reason."""
        return [
            *(Finding(c.key, c.component, c.device, Verdict.USED, c.basis) for c in self.chosen),
            *(Finding(c.key, c.component, c.device, Verdict.DUPLICATE, why) for c, why in self.passed_over),
            *(Finding(r.key, r.component, r.device, Verdict.REFUSED, r.reason, r.remedy) for r in self.refusals),
        ]


def select(discoveries: Iterable[Discovery]) -> Selection:
    """Choose the best channels that can be read, so that no energy is counted twice.

    Parameters
    ----------
    discoveries
        What each meter found.

    Notes
    -----
    A replayed trace replaces all hardware. Otherwise, per component (per device for GPUs, whose devices are the same
    whoever meters them), the channels of the smallest rank that can be read are used: counters, then integrated power,
    then the model. A refusal stands beside the rival that is used in its stead.
    """
    found = list(discoveries)
    channels = [c for d in found for c in d.channels]
    refusals = [r for d in found for r in d.refusals]
    selection = Selection(passed_over=[p for d in found for p in d.passed_over], refusals=refusals)
    if any(c.meter == _REPLAY for c in channels) or any(_is_replay(r) for r in refusals):
        return _replayed(channels, selection)
    for group in _groups(channels).values():
        best = _best(group)
        selection.chosen += best
        names = ", ".join(c.key for c in best)
        rivals = [c for c in group if c not in best]
        selection.passed_over += [(c, f"duplicate of {names} ({best[0].basis})") for c in rivals]
        selection._rivals += rivals
    _drop_covered(selection)
    return selection


def _is_replay(refusal: Refusal) -> bool:
    return refusal.key == _REPLAY or refusal.key.startswith(f"{_REPLAY}:")


def _replayed(channels: list[Channel], selection: Selection) -> Selection:
    selection.chosen = [c for c in channels if c.meter == _REPLAY]
    reason = "a recorded trace is played instead of hardware"
    selection.passed_over = [(c, reason) for c in channels if c.meter != _REPLAY]
    selection.refusals = [r for r in selection.refusals if _is_replay(r)]
    return selection


def _groups(channels: list[Channel]) -> dict[tuple[str, str], list[Channel]]:
    """Channels that would count the same energy."""
    groups: dict[tuple[str, str], list[Channel]] = {}
    for channel in channels:
        device = channel.device if channel.component in _PER_DEVICE else ""
        groups.setdefault((channel.component, device), []).append(channel)
    return groups


def _best(group: list[Channel]) -> list[Channel]:
    """The channels of the smallest rank: of one meter, and one a device."""
    first = min(group, key=lambda c: c.rank)
    best: dict[str, Channel] = {}
    for channel in group:
        if (channel.rank, channel.meter) == (first.rank, first.meter):
            best.setdefault(channel.device, channel)
    return list(best.values())


def _drop_covered(selection: Selection) -> None:
    """Pass over what is inside a chosen channel, or, where something inside ranks better, the channel around it."""
    for outer in [c for c in selection.chosen if c.component in COVERS]:
        inner = [c for c in selection.chosen if c.component in COVERS[outer.component]]
        if any(c.rank < outer.rank for c in inner):
            selection.passed_over.append((outer, f"covers {inner[0].key}, which is known better"))
            selection._rivals.append(outer)
            selection.chosen.remove(outer)
            continue
        for channel in inner:
            selection.passed_over.append((channel, f"duplicate: its energy is inside {outer.key}"))
            selection._rivals.append(channel)
            selection.chosen.remove(channel)
