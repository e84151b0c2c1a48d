"""What an account does not know, or knows only roughly: why, and the one line that would mend it."""

from dataclasses import replace

from treadlight.app.components import unread
from treadlight.app.oddities import oddities
from treadlight.assess.draws import Array
from treadlight.assess.footprint import Footprint
from treadlight.core.activity import CLOUD, ELSEWHERE
from treadlight.core.category import CATEGORIES
from treadlight.core.texts import say
from treadlight.ledger.records import ChannelState, Run
from treadlight.library.library import Library
from treadlight.library.places import is_lacking
from treadlight.library.process import Process
from treadlight.library.resolve_grid import LOCATE
from treadlight.share.account import Unknown

__all__ = ["NOT_COUNTED", "other_notes", "unknowns"]

_SIZEABLE = 0.05
_NOT_HERE = (CLOUD, ELSEWHERE)  # places of what was not on this machine: its settings do not speak for them
NOT_COUNTED, _ROUGH = "not counted: ", "not exact: "
_TOPICS = (
    ("electricity.grid", "Place"),
    ("electricity.it", "PUE, the overhead of the hall"),
    ("hardware.", "Making of"),
)


def unknowns(run: Run, result: Footprint, library: Library) -> tuple[Unknown, ...]:
    """What is missing first, then what only widens the interval; nothing twice."""
    groups = [*(line.group for line in result.lines), *(lost.group for lost in result.unanswered)]
    found = [
        *map(_unread, unread(run)),
        *oddities(groups, library),
        *_contract(result),
        *_unanswered(result),
        *_categories(result),
        *_fallbacks(run, result),
        *_notes(run),
    ]
    found.sort(key=lambda unknown: not unknown.missing)
    return tuple({(u.what, u.why): u for u in found}.values())


def other_notes(run: Run) -> tuple[str, ...]:
    """Notes of the tracker that are not among the unknowns."""
    return tuple(note for note in run.notes if not note.startswith((NOT_COUNTED, _ROUGH)))


def _unread(channel: ChannelState) -> Unknown:
    why, _, remedy = channel.detail.partition("; ")
    name = {"cpu": "CPU", "gpu": "GPU"}.get(channel.component, channel.component)
    return Unknown(
        say("Energy of {part}, {device}", part=name, device=channel.device),
        say("{state}: {reason}", state=say(channel.state), reason=why or say("no reading was taken")),
        remedy=remedy,
    )


def _unanswered(result: Footprint) -> list[Unknown]:
    return [
        Unknown(
            say("{amount} of {flow}", amount=f"{u.amount:.3g}", flow=u.flow),
            say("the library knows no process for it"),
            remedy=say("see docs/how-to/own-factors"),
        )
        for u in result.unanswered
        if not u.why
    ]


def _categories(result: Footprint) -> list[Unknown]:
    """Categories of which a part of the supply has no figure."""
    found = []
    for category in result.categories:
        names = [p.name for p in result.unit.processes.values() if category in p.unknown]
        if names:
            name = say(CATEGORIES[category].name)
            what = say("{category} of {process}", category=name, process=names[0])
            if len(names) > 1:
                what = say(
                    "{category} of {n} processes, such as {process}", category=name, n=len(names), process=names[0]
                )
            found.append(Unknown(what, say("no sourced figure is known"), category=category))
    return found


def _fallbacks(run: Run, result: Footprint) -> list[Unknown]:
    """Processes found on a lower rung of the ladder: counted, with an interval that one fact would narrow."""
    found = []
    elsewhere = {line.process for line in result.lines if line.group.site in _NOT_HERE}
    for root in _sizeable(result):
        for name in _supply(result, root):
            unknown = _fallback(result.unit.processes[name])
            if unknown is not None:
                found.append(replace(unknown, remedy=_again(run, unknown)) if root in elsewhere else unknown)
    return found


def _again(run: Run, unknown: Unknown) -> str:
    """How to say where a run was that was not on this machine: there where it was recorded from."""
    place = "--zone FR" if unknown.remedy == LOCATE else "--region aws/eu-west-3"
    log = run.labels.get("log", "")
    if log:
        return f"treadlight requests account {log} … {place} --record, with the columns and options as before"
    if run.attribution == "estimated":
        return f"state it when an estimate is recorded: {place} (recorded anew, it is a second run)"
    return f"import it again with its place: treadlight import FORMAT FILE {place}"


def _sizeable(result: Footprint) -> list[str]:
    """Processes that answer the lines and make at least a twentieth of some category."""
    parts: dict[str, Array] = {}
    for line in result.lines:
        amount = line.group.amount * result.unit.central(line.process)
        parts[line.process] = parts[line.process] + amount if line.process in parts else amount
    return [root for root, part in parts.items() if (part > _SIZEABLE * result.central).any()]


def _supply(result: Footprint, root: str) -> list[str]:
    """A process and those that supply its electricity."""
    exchanges = result.unit.processes[root].exchanges
    inputs = [e.target for e in exchanges if e.target.startswith("electricity.")]
    return [root, *(name for target in inputs for name in _supply(result, target))]


def _fallback(process: Process) -> Unknown | None:
    resolution = process.resolution
    missed = next((rung for rung in resolution.rungs if not rung.found), None)
    if not resolution.remedy or missed is None or is_lacking(process.location):
        return None  # the last is said with the place's name, see `oddities`
    used = next((rung.detail for rung in resolution.rungs if rung.found), say("a wide interval"))
    topic = next((topic for prefix, topic in _TOPICS if process.flow.startswith(prefix)), process.name)
    what = say(topic)
    if topic == "Making of":
        what = say("Making of {name}", name=process.flow.partition(".")[2])
    why = say("{missed}; used instead: {used}", missed=missed.detail, used=used)
    return Unknown(what, why, remedy=resolution.remedy, missing=False)


def _contract(result: Footprint) -> list[Unknown]:
    """Under market-based accounting: electricity of which no contract is known."""
    rungs = (rung for process in result.unit.processes.values() for rung in process.resolution.rungs)
    if result.method.accounting != "market" or not any(rung.name == "market" and not rung.found for rung in rungs):
        return []
    remedy = "treadlight config set site.market_gco2e_per_kwh 120"
    why = say("none is known here; the location-based average of the grid stands in for it")
    return [Unknown(say("Contract for electricity"), why, remedy=remedy, missing=False)]


def _notes(run: Run) -> list[Unknown]:
    """Notes of the tracker: what was not counted on the machine, or only roughly, and what would make it known."""
    found = []
    for note in run.notes:
        for prefix in (NOT_COUNTED, _ROUGH):
            if note.startswith(prefix):
                what, _, remedy = note.removeprefix(prefix).rpartition("; ")
                found.append(Unknown(what[:1].upper() + what[1:], "", remedy=remedy, missing=prefix == NOT_COUNTED))
    return found
