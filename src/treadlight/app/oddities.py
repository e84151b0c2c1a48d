"""What is odd about recorded activities, in words: which, whose, how they are counted, and what would mend it."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from treadlight.assess.odd import AMOUNT, REGION, UNCERTAINTY, YEAR, ZONE, Odd, odd
from treadlight.core.text import clean
from treadlight.core.texts import counted, say
from treadlight.ledger.records import GroupSum
from treadlight.library.resolve_grid import BRING
from treadlight.share.account import Unknown

if TYPE_CHECKING:
    from treadlight.library.library import Library

__all__ = ["oddities", "oddity_form", "told"]

_SHOWN = 8
_LONGEST = 60


def oddities(groups: Iterable[GroupSum], library: "Library") -> tuple[Unknown, ...]:
    """A line for each thing that is odd about sums; of each kind the most frequent, and how many more there are."""
    return told(odd(groups, library))


def told(found: Sequence[Odd]) -> tuple[Unknown, ...]:
    """Odd things as what is not known, or known only roughly."""
    lines: list[Unknown] = []
    for kind, of_kind in groupby(sorted(found, key=lambda o: (not o.missing, o.kind)), key=lambda o: o.kind):
        ordered = sorted(of_kind, key=lambda o: -o.activities)
        lines += map(_line, ordered[:_SHOWN])
        if ordered[_SHOWN:]:
            lines.append(_rest(kind, ordered[_SHOWN:]))
    return tuple(lines)


def oddity_form(found: Iterable[Odd]) -> list[dict[str, object]]:
    """Odd things as JSON."""
    return [
        {
            "kind": o.kind,
            "name": o.name,
            "activities": o.activities,
            "projects": list(o.projects),
            "counted": not o.missing,
            "why": line.why,
            "remedy": line.remedy,
        }
        for o in found
        for line in (_line(o),)
    ]


def _line(o: Odd) -> Unknown:
    name = clean(o.name)
    name = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
    n, whose = o.activities, _whose(o.projects)
    if o.kind == ZONE:
        what = counted(n, "Zone {name} of {n} activity{whose}", "Zone {name} of {n} activities{whose}",
                       name=name, n=n, whose=whose)  # fmt: skip
    elif o.kind == REGION:
        what = counted(n, "Region {name} of {n} activity{whose}", "Region {name} of {n} activities{whose}",
                       name=name, n=n, whose=whose)  # fmt: skip
    elif o.kind == YEAR:
        what = counted(n, "Year {name} of {n} activity{whose}", "Year {name} of {n} activities{whose}",
                       name=name, n=n, whose=whose)  # fmt: skip
    elif o.kind == UNCERTAINTY:
        what = counted(n, "{n} activity as uncertain as {name}{whose}", "{n} activities as uncertain as {name}{whose}",
                       name=name, n=n, whose=whose)  # fmt: skip
    else:
        what = counted(n, "Amount of {name} of {n} activity{whose}", "Amount of {name} of {n} activities{whose}",
                       name=name, n=n, whose=whose)  # fmt: skip
    return Unknown(what, _why(o.kind), remedy=_remedy(o.kind), missing=o.missing)


def _whose(projects: Sequence[str]) -> str:
    named = [clean(project)[:_LONGEST] for project in projects if project]
    if not named:
        return ""
    return say(" ({projects})", projects=", ".join([*named[:_SHOWN], *(["…"] if named[_SHOWN:] else [])]))


def _rest(kind: str, rest: Sequence[Odd]) -> Unknown:
    n, activities = len(rest), sum(o.activities for o in rest)
    one = {ZONE: "zone", REGION: "region", YEAR: "year", UNCERTAINTY: "uncertainty", AMOUNT: "flow"}[kind]
    what = say("{n} more like the last ({kind}), {activities} activities", n=n, kind=say(one), activities=activities)
    return Unknown(what, _why(kind), remedy=_remedy(kind), missing=rest[0].missing)


def _why(kind: str) -> str:
    if kind in (ZONE, REGION):
        return say(
            "not in the library or an overlay; counted by what else is known of the place, or with the world’s "
            "average. An overlay brings it, or an activity that supersedes this one"
        )
    if kind == YEAR:
        return say(
            "the library has no figures near it; counted with those of the nearest year. Record an activity that "
            "supersedes it"
        )
    if kind == UNCERTAINTY:
        return say("no number can hold such a spread; left out. Record an activity that supersedes it")
    return say("one says more than can be meant; their sum is left out. Record an activity that supersedes that one")


def _remedy(kind: str) -> str:
    return BRING if kind in (ZONE, REGION) else say("see docs/methodology/ledger")
