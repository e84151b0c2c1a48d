"""What an account does not know, why, and the one line that would make it known."""

from treadlight.assess.footprint import Footprint
from treadlight.core.category import CATEGORIES
from treadlight.ledger.records import Run
from treadlight.share.account import Unknown

__all__ = ["unknowns"]


def unknowns(run: Run, result: Footprint) -> tuple[Unknown, ...]:
    """Everything unknown in a run's account, without repeating itself."""
    found = [*_channels(run), *_unanswered(result), *_fallbacks(result), *_categories(result), *_notes(run)]
    return tuple({(u.what, u.why): u for u in found}.values())


def _channels(run: Run) -> list[Unknown]:
    read = {channel.component for channel in run.channels if channel.amount is not None}
    return [
        Unknown(f"Energy of {c.device or c.component}", f"{c.state}: {_sentence(c.detail)}", remedy=_command(c.detail))
        for c in run.channels
        if c.amount is None and c.component not in read
    ]


def _sentence(detail: str) -> str:
    return detail.partition("; ")[0] or "no reading was taken"


def _command(detail: str) -> str:
    return detail.partition("; ")[2]


def _unanswered(result: Footprint) -> list[Unknown]:
    return [
        Unknown(f"{u.component or u.flow}: {u.amount:.3g} of {u.flow}", "the library knows no process for it")
        for u in result.unanswered
    ]


def _fallbacks(result: Footprint) -> list[Unknown]:
    """Processes found only on a lower rung of the ladder: a wider interval that one fact would narrow."""
    found = {}
    for process in result.unit.processes.values():
        if process.resolution.remedy and not process.resolution.exact:
            used = next((r for r in process.resolution.rungs if r.found), None)
            found[process.resolution.remedy] = Unknown(
                process.resolution.rungs[0].detail or f"{process.name}: {process.resolution.rungs[0].name}",
                used.detail if used else "",
                remedy=process.resolution.remedy,
            )
    return list(found.values())


def _categories(result: Footprint) -> list[Unknown]:
    """Categories that some process lacks a figure for."""
    found = []
    for category in result.categories:
        names = [p.name for p in result.unit.processes.values() if category in p.unknown]
        if names:
            listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            found.append(
                Unknown(
                    f"{CATEGORIES[category].name} of {listed}",
                    "no sourced figure is in the library",
                    remedy="",
                    category=category,
                )
            )
    return found


def _notes(run: Run) -> list[Unknown]:
    """Notes of the tracker: what was not counted on the machine, and what would make it known."""
    found = []
    for note in run.notes:
        what, _, remedy = note.rpartition("; ") if "; " in note else (note, "", "")
        what = what.removeprefix("not counted: ")
        found.append(Unknown(what[:1].upper() + what[1:], "", remedy=remedy))
    return found
