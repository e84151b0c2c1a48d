"""Sentences that say what an account shows: how the run ended, what dominates, what the unknown could add."""

from datetime import datetime

from treadlight.core.category import CATEGORIES
from treadlight.core.flow import flow_unit
from treadlight.core.marks import weakest
from treadlight.core.quantity import Quantity
from treadlight.core.texts import counted, say
from treadlight.ledger.records import Gap, Run, RunStatus
from treadlight.share.account import Account, Contribution, Impact, PerUnit
from treadlight.share.layers import COMPONENTS
from treadlight.share.numbers import could_add, duration, figure, percent, plain_number, show, unit_label

__all__ = [
    "accounting_text",
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
    "month_name",
    "per_text",
    "phase_name",
    "power_caption",
    "ref",
    "rule_text",
    "short_name",
    "signal_text",
    "things_unknown",
    "unknown_sentence",
    "unknown_text",
    "weakest_of",
]

_PROGRAMS = ("treadlight", "pip", "python", "sudo", "chmod", "modprobe", "export", "nvidia-smi")


def date_text(stamp: datetime) -> str:
    """``14 October 2026, 09:12 UTC``."""
    return say(
        "{day} {month} {year}, {time} UTC",
        day=stamp.day, month=month_name(stamp.month), year=stamp.year, time=f"{stamp:%H:%M}",
    )  # fmt: skip


def month_name(month: int) -> str:
    """Name of a month, 1 to 12."""
    return (
        say("January"), say("February"), say("March"), say("April"), say("May"), say("June"), say("July"),
        say("August"), say("September"), say("October"), say("November"), say("December"),
    )[month - 1]  # fmt: skip


def category_name(category: str) -> str:
    """Name of an impact category for people; ``energy.it`` is the electricity at the devices."""
    if category in ("energy.it", "electricity.it"):
        return say("Electricity at the devices")
    return say(CATEGORIES[category].name) if category in CATEGORIES else category


def short_name(category: str) -> str:
    """Short name of an impact category for rows and sentences."""
    short = {
        "gwp": say("Carbon"),
        "water": say("Water"),
        "adpe": say("Minerals"),
        "pe": say("Primary energy"),
        "ewaste": say("E-waste"),
        "energy": say("Electricity drawn"),
    }
    return short.get(category) or category_name(category)


def ending(run: Run) -> str:
    """How the run stands, in one sentence."""
    lasted, end = duration(run.duration_s), date_text(run.end)
    if run.status is RunStatus.RUNNING:
        return say("Running since {date}; {time} so far.", date=date_text(run.start), time=lasted)
    if run.status is RunStatus.INTERRUPTED:
        return say("Interrupted after {time}, {date}. What was metered until then is known.", time=lasted, date=end)
    if run.status is RunStatus.FAILED and run.exit_code:
        return say(
            "Failed with exit code {code} after {time}, {date}. Its use counts all the same.",
            code=run.exit_code, time=lasted, date=end,
        )  # fmt: skip
    if run.status is RunStatus.FAILED:
        return say("Failed after {time}, {date}. Its use counts all the same.", time=lasted, date=end)
    if run.status is RunStatus.WITHDRAWN:
        return say("Withdrawn: what was recorded of it, until {date}, was taken back and counts for nothing.", date=end)
    return say("Ended {date}, after {time}.", date=end, time=lasted)


def dominant(account: Account) -> str:
    """What makes most of the hero number; empty where its parts are not known."""
    hero = account.hero
    if hero is None or hero.total is None:
        return say("Nothing could be read of this run. That does not mean zero: it means unknown.")
    if hero.total.p50 <= 0:
        return ""
    parts = [c for c in account.parts(hero.category) if c.quantity is not None and c.quantity.p50 > 0]
    if not parts:
        return ""
    total = hero.total.p50
    largest = max(parts, key=_median)
    share = percent(min(_median(largest) / total, 1.0))
    text = say("The largest part is {part}: {share}.", part=largest.label, share=share)
    if hero.use is not None and hero.embodied is not None:
        whole = hero.use.p50 + hero.embodied.p50
        made = hero.embodied.p50 / whole if whole else 0.0
        return f"{text} {say('Making the machine is {share}.', share=percent(made))}"
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
        return say("What is still unknown could add {amount}.", amount=could_add(estimates[0]))
    n = sum(u.missing for u in account.unknown)
    if not n:
        return say("What is not known makes the interval wider than it need be.")
    return things_unknown(n)


def things_unknown(n: int) -> str:
    """``Two things are still unknown.``"""
    named = (say("One thing"), say("Two things"), say("Three things"), say("Four things"), say("Five things"),
             say("Six things"), say("Seven things"), say("Eight things"), say("Nine things"), say("Ten things"),
             say("Eleven things"), say("Twelve things"))  # fmt: skip
    things = named[n - 1] if 0 < n <= len(named) else say("{n} things", n=n)
    return counted(n, "{things} is still unknown.", "{things} are still unknown.", things=things)


def method_text(account: Account) -> str:
    """``location-based, average, life-cycle``."""
    m = account.method
    return ", ".join((accounting_text(m.accounting), say(m.signal), say(m.scope)))


def accounting_text(accounting: str) -> str:
    """``location-based`` or ``market-based``."""
    return say("location-based") if accounting == "location" else say("market-based")


def signal_text(signal: str) -> str:
    """``average of the grid`` or ``marginal of the grid``."""
    return say("average of the grid") if signal == "average" else say("marginal of the grid")


def rule_text(rule: str) -> str:
    """An attribution rule in words."""
    rules = {
        "process-cpu-time": say("the run’s share of the machine’s processor time, its whole process tree counted"),
        "cgroup": say("the run’s control group, as the kernel accounts it"),
        "exclusive": say("the whole machine: nothing else was running, by your word"),
    }
    return rules.get(rule, rule)


def ref(run: Run) -> str:
    """Short way to name a run: the beginning of its id, the millisecond it began and a little of chance."""
    return run.id[:18]


def per_text(per: PerUnit) -> str:
    """``per epoch`` or ``per 1 000 samples``."""
    if per.per == 1:
        one = per.name[:-1] if per.name.endswith("s") and len(per.name) > 3 else per.name
        return say("per {unit}", unit=say(one))
    return say("per {n} {units}", n=plain_number(per.per), units=say(per.name))


def component_name(component: str) -> str:
    """Name of a component for people."""
    return say(COMPONENTS[component]) if component in COMPONENTS else component


def phase_name(phase: str, component: str) -> str:
    """What a part of a total is: a component in use, its overhead, its making, its end."""
    if phase == "overhead":
        return say("Cooling, conversion")
    if phase == "embodied":
        return say("Making of {name}", name=component)
    return say("End of life of {name}", name=component) if phase == "end-of-life" else component


def power_caption(windows: int, hatched: object) -> str:
    """The caption of the figure of power over time: what is drawn besides."""
    if windows and hatched:
        return say("Mean power between readings, and windows beneath; hatched where nothing could be read.")
    if windows:
        return say("Mean power between readings, and windows beneath.")
    return (
        say("Mean power between readings; hatched where nothing could be read.")
        if hatched
        else say("Mean power between readings.")
    )


def energy_method(account: Account) -> str:
    """Mark of the electricity at the devices: that of its weakest sizeable component."""
    return weakest((c.method, c.energy.p50) for c in account.components if c.energy is not None)


def weakest_of(parts: tuple[Contribution, ...]) -> str:
    """Mark of a group of contributions: that of its activities; a shared factor such as the PUE shows its own."""
    known = [c for c in parts if c.quantity is not None]
    own = [c for c in known if c.phase != "overhead"] or known
    return weakest((c.method, c.quantity.p50) for c in own if c.quantity is not None)


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
    return say("{unit}: {method}", unit=unit_label(c.unit), method=say(c.method)) if c else ""


def unknown_text(what: str, why: str) -> str:
    """What is unknown and why, as one sentence or two words."""
    return f"{what}: {why}" if why else what


def is_command(remedy: str) -> bool:
    """Whether a remedy is something to type rather than something to do."""
    return remedy.split(" ", 1)[0] in _PROGRAMS


def amount_text(flow: str, amount: float | None) -> str:
    """A metered amount with its flow's unit, or *unknown*."""
    return say("unknown") if amount is None else show(Quantity.exact(amount, flow_unit(flow))).text


def gap_name(reason: str) -> str:
    """A gap's reason in words."""
    return {"suspend": say("machine asleep"), "clock-step": say("clock moved")}.get(reason, reason)


def gap_text(gap: Gap) -> str:
    """What a gap means for the account."""
    if gap.reason == "clock-step":
        seconds = figure(abs(gap.step_s), 1)
        if gap.step_s > 0:
            return say("the wall clock was moved forwards by {n} s; durations are not touched", n=seconds)
        return say("the wall clock was moved backwards by {n} s; durations are not touched", n=seconds)
    return say("nothing was read, and nothing is assumed for it")
