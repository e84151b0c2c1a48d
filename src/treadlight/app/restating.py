"""Restatements of the ledger, for people and programs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from treadlight.app.forms import quantity_form
from treadlight.app.oddities import oddity_form, told
from treadlight.app.workspace import Workspace
from treadlight.assess.odd import Odd, odd
from treadlight.assess.restate import Restatement, restate
from treadlight.core.category import CATEGORIES, category
from treadlight.core.errors import InputError
from treadlight.ledger.records import GroupSum
from treadlight.ledger.store import Filter
from treadlight.share.reports.restatement import restatement_table
from treadlight.share.reports.terminal import unknown_lines
from treadlight.share.terminal_text import Line

if TYPE_CHECKING:
    from treadlight.library.library import Library

__all__ = ["Restated", "restatement_form", "restatement_lines", "restatements"]


@dataclass(frozen=True, slots=True)
class Restated:
    """Two library versions and what changes between them, category by category."""

    old_version: str
    new_version: str
    old_digest: str
    new_digest: str
    activities: int
    categories: tuple[Restatement, ...]
    odd: tuple[Odd, ...] = ()


def restatements(workspace: Workspace, chosen: Filter, old: str | None, new: str | None, only: str | None) -> Restated:
    """Everything chosen from the ledger, under both versions.

    Raises
    ------
    InputError
        If there is no other version to restate from.
    """
    if only is not None:
        category(only)
    after = workspace.open_library(new)
    if old is None:
        old = _other(workspace, after.version)
    before = workspace.open_library(old)
    period = "hour" if before.has_hourly or after.has_hourly else "year"
    groups = workspace.ledger.sums(chosen, dims=("component",), period=period)
    made = restate(groups, before, after, draws=workspace.draws, seed=workspace.seed)
    return Restated(
        before.version,
        after.version,
        before.digest,
        after.digest,
        sum(group.count for group in groups),
        tuple(r for r in made if only is None or r.category == only),
        _odd(workspace, chosen, groups, after),
    )


def _odd(workspace: Workspace, chosen: Filter, groups: Sequence[GroupSum], library: "Library") -> tuple[Odd, ...]:
    """What is odd about the activities, and whose it is."""
    if not odd(groups, library):
        return ()
    return tuple(odd(workspace.ledger.sums(chosen, dims=("component", "project")), library))


def _other(workspace: Workspace, version: str) -> str:
    """The version to restate from: the one in use, or where that is the one asked for, the newest before it."""
    if workspace.library.version != version:
        return workspace.library.version
    others = [other for other in workspace.library.versions() if other < version]
    if not others:
        remedy = "name another with --from VERSION"
        raise InputError("no earlier library is shipped", field="--library", value=version, remedy=remedy)
    return max(others)


def restatement_lines(made: Restated) -> list[Line]:
    """A restatement as lines of text."""
    lines = restatement_table(made.old_version, made.new_version, made.activities, made.categories)
    return [*lines, *unknown_lines(told(made.odd))]


def restatement_form(made: Restated) -> dict[str, Any]:
    """A restatement as ``treadlight restate --json`` prints it."""
    return {
        "schema": "treadlight.restatement/1",
        "from": {"version": made.old_version, "digest": made.old_digest},
        "to": {"version": made.new_version, "digest": made.new_digest},
        "activities": made.activities,
        "odd": oddity_form(made.odd),
        "categories": {
            r.category: {
                "old": quantity_form(r.old, CATEGORIES[r.category].unit),
                "new": quantity_form(r.new, CATEGORIES[r.category].unit),
                "central": {"old": r.old_central, "new": r.new_central, "difference": r.new_central - r.old_central},
                "changes": [
                    {
                        "process": c.process,
                        "factor": c.factor,
                        "old": c.old,
                        "new": c.new,
                        "unit": c.unit,
                        "effect": c.effect,
                        "old_source": c.old_source,
                        "new_source": c.new_source,
                    }
                    for c in r.changes
                ],
            }
            for r in made.categories
        },
    }
