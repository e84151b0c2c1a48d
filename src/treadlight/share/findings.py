"""Sentences that say what an account shows: how the run ended, what dominates, what the unknown could add."""

from datetime import datetime

from treadlight.core.category import CATEGORIES
from treadlight.core.flow import flow_unit
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import Gap, Run, RunStatus
from treadlight.share.account import Account, Contribution, Impact, PerUnit
from treadlight.share.layers import COMPONENTS
from treadlight.share.marks import weakest
from treadlight.share.numbers import could_add, duration, figure, percent, plain_number, show, unit_label

__all__ = [
    "amount_text",
    "category_method",
    "category_name",
    "component_name",
    "date_text",
    "dominant",
    "ending",
    "energy_method",
    "gap_name",
    "gap_text",
    "has_part",
    "is_command",
    "method_text",
    "per_text",
    "ref",
    "rule_text",
    "short_name",
    "unknown_sentence",
    "unknown_text",
    "weakest_of",
]

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_COUNTS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve")
_PROGRAMS = ("treadlight", "pip", "python", "sudo", "chmod", "modprobe", "export", "nvidia-smi")
_SHORT = {
    "gwp": "Carbon",
    "water": "Water",
    "adpe": "Minerals",
    "pe": "Primary energy",
    "ewaste": "E-waste",
    "energy": "Electricity drawn",
}
_RULES = {
    "process-cpu-time": "the run’s share of the machine’s processor time, its whole process tree counted",
    "cgroup": "the run’s control group, as the kernel accounts it",
    "exclusive": "the whole machine: nothing else was running, by your word",
}


def date_text(stamp: datetime) -> str:
    """``14 October 2026, 09:12 UTC``."""
    return f"{stamp.day} {_MONTHS[stamp.month - 1]} {stamp.year}, {stamp:%H:%M} UTC"


def category_name(category: str) -> str:
    """Name of an impact category for people; ``energy.it`` is the electricity at the devices."""
    if category in ("energy.it", "electricity.it"):
        return "Electricity at the devices"
    return CATEGORIES[category].name if category in CATEGORIES else category


def short_name(category: str) -> str:
    """Short name of an impact category for rows and sentences."""
    return _SHORT.get(category) or category_name(category)


def ending(run: Run) -> str:
    """How the run stands, in one sentence."""
    lasted = duration(run.duration_s)
    if run.status is RunStatus.RUNNING:
        return f"Running since {date_text(run.start)}; {lasted} so far."
    if run.status is RunStatus.INTERRUPTED:
        return f"Interrupted after {lasted}, {date_text(run.end)}. What was metered until then is known."
    if run.status is RunStatus.FAILED:
        code = f" with exit code {run.exit_code}" if run.exit_code else ""
        return f"Failed{code} after {lasted}, {date_text(run.end)}. Its use counts all the same."
    if run.status is RunStatus.WITHDRAWN:
        return f"Withdrawn: what was recorded of it, until {date_text(run.end)}, was taken back and counts for nothing."
    return f"Ended {date_text(run.end)}, after {lasted}."


def dominant(account: Account) -> str:
    """What makes most of the hero number; empty where its parts are not known."""
    hero = account.hero
    if hero is None or hero.total is None:
        return "Nothing could be read of this run. That does not mean zero: it means unknown."
    if hero.total.p50 <= 0:
        return ""
    parts = [c for c in account.parts(hero.category) if c.quantity is not None and c.quantity.p50 > 0]
    if not parts:
        return ""
    total = hero.total.p50
    largest = max(parts, key=_median)
    text = f"The largest part is {largest.label}: {percent(min(_median(largest) / total, 1.0))}."
    if hero.use is not None and hero.embodied is not None:
        whole = hero.use.p50 + hero.embodied.p50
        made = hero.embodied.p50 / whole if whole else 0.0
        return f"{text} Making the machine is {percent(made)}."
    return text


def _median(part: Contribution) -> float:
    return part.quantity.p50 if part.quantity else 0.0


def unknown_sentence(account: Account) -> str:
    """What the unknown could add to the hero number; empty where nothing is unknown."""
    if not account.unknown:
        return ""
    category = account.hero.category if account.hero else ""
    estimates = [u.could_add for u in account.unknown if u.could_add and u.category == category]
    if len(estimates) == 1:
        return f"What is still unknown could add {could_add(estimates[0])}."
    n = sum(u.missing for u in account.unknown)
    if not n:
        return "What is not known makes the interval wider than it need be."
    count = _COUNTS[n] if n < len(_COUNTS) else str(n)
    return "One thing is still unknown." if n == 1 else f"{count} things are still unknown."


def method_text(account: Account) -> str:
    """``location-based, average, life-cycle``."""
    m = account.method
    return f"{m.accounting}-based, {m.signal}, {m.scope}"


def rule_text(rule: str) -> str:
    """An attribution rule in words."""
    return _RULES.get(rule, rule)


def ref(run: Run) -> str:
    """Short way to name a run: the beginning of its id, the millisecond it began and a little of chance."""
    return run.id[:18]


def per_text(per: PerUnit) -> str:
    """``per epoch`` or ``per 1 000 samples``."""
    if per.per == 1:
        return f"per {per.name[:-1] if per.name.endswith('s') and len(per.name) > 3 else per.name}"
    return f"per {plain_number(per.per)} {per.name}"


def component_name(component: str) -> str:
    """Name of a component for people."""
    return COMPONENTS.get(component, component)


def energy_method(account: Account) -> str:
    """Mark of the electricity at the devices: that of its weakest sizeable component."""
    return weakest((c.method, c.energy.p50) for c in account.components if c.energy is not None)


def weakest_of(parts: tuple[Contribution, ...]) -> str:
    """Mark of a group of contributions."""
    return weakest((c.method, c.quantity.p50) for c in parts if c.quantity is not None)


def has_part(impact: Impact, part: str) -> bool:
    """Whether a total can have this part at all: drawing electricity makes nothing, using a device discards nothing."""
    if part == "embodied" and impact.category == "energy":
        return False
    if part == "use" and impact.category == "ewaste":
        return impact.use is not None and impact.use.p95 > 0
    return True


def category_method(category: str) -> str:
    """How a category is counted, with its name."""
    c = CATEGORIES.get(category)
    return f"{unit_label(c.unit)}: {c.method}" if c else ""


def unknown_text(what: str, why: str) -> str:
    """What is unknown and why, as one sentence or two words."""
    return f"{what}: {why}" if why else what


def is_command(remedy: str) -> bool:
    """Whether a remedy is something to type rather than something to do."""
    return remedy.split(" ", 1)[0] in _PROGRAMS


def amount_text(flow: str, amount: float | None) -> str:
    """A metered amount with its flow's unit, or *unknown*."""
    return "unknown" if amount is None else show(Quantity.exact(amount, flow_unit(flow))).text


def gap_name(reason: str) -> str:
    """A gap's reason in words."""
    return {"suspend": "machine asleep", "clock-step": "clock moved"}.get(reason, reason)


def gap_text(gap: Gap) -> str:
    """What a gap means for the account."""
    if gap.reason == "clock-step":
        way = "forwards" if gap.step_s > 0 else "backwards"
        return f"the wall clock was moved {way} by {figure(abs(gap.step_s), 1)} s; durations are not touched"
    return "nothing was read, and nothing is assumed for it"
