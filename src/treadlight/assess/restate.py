"""Restatement: the same activities under two libraries, the difference explained factor by factor.

Notes
-----
With every input at its median, an impact is a sum of products of factors. The difference of two products telescopes,

    a b - a' b' = (a - a') b' + a (b - b'),

so walking the old and the new process side by side gives each changed factor its part, and the parts add up to the
whole difference exactly.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from treadlight.assess.draws import shared_draws
from treadlight.assess.footprint import Footprint, footprint
from treadlight.core.category import CATEGORIES
from treadlight.core.method import Method
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import GroupSum
from treadlight.library.process import Exchange, Process
from treadlight.library.system import ProcessLibrary

__all__ = ["Change", "Restatement", "restate"]


@dataclass(frozen=True, slots=True)
class Change:
    """One factor that changed, and by how much it moves the total [category's unit].

    `old` and `new` are the factor's median before and after, None where it was not there.
    """

    process: str
    factor: str
    old: float | None
    new: float | None
    unit: str
    effect: float
    old_source: str = ""
    new_source: str = ""


@dataclass(frozen=True, slots=True)
class Restatement:
    """One category under two libraries. The effects of the changes add up to `new_central - old_central`."""

    category: str
    old: Quantity | None
    new: Quantity | None
    old_central: float
    new_central: float
    changes: tuple[Change, ...]


def restate(
    sums: Iterable[GroupSum],
    old: ProcessLibrary,
    new: ProcessLibrary,
    method: Method | None = None,
    *,
    draws: int = 1000,
    seed: int = 0,
    categories: Sequence[str] = tuple(CATEGORIES),
) -> list[Restatement]:
    """Every category's total under both libraries, with what changed, largest effect first."""
    groups = list(sums)
    columns = shared_draws(draws, seed)
    before, after = (
        footprint(groups, library, method, categories=categories, draws=draws, seed=seed, columns=columns)
        for library in (old, new)
    )
    return [_category(before, after, category) for category in before.categories]


def _category(before: Footprint, after: Footprint, category: str) -> Restatement:
    row = before.categories.index(category)
    walk = _Walk(before, after, row, category, {})
    old_lines = {line.group: line for line in before.lines}
    new_lines = {line.group: line for line in after.lines}
    for group, line in (old_lines | new_lines).items():
        old, new = old_lines.get(group), new_lines.get(group)
        weight = group.amount * line.uncertainty.median
        walk.processes(old.process if old else None, new.process if new else None, weight)
    changes = sorted((c for c in walk.effects.values() if c.effect), key=lambda c: -abs(c.effect))
    return Restatement(
        category,
        before.total(category),
        after.total(category),
        float(before.central[row]),
        float(after.central[row]),
        tuple(changes),
    )


@dataclass(slots=True)
class _Walk:
    """Walks two processes that answer the same demand, collecting the effect of each difference."""

    before: Footprint
    after: Footprint
    row: int
    category: str
    effects: dict[tuple[str, str], Change]

    def processes(self, old: str | None, new: str | None, weight: float, above: tuple[str, ...] = ()) -> None:
        """Effects of replacing `old` by `new`, per `weight` units of them; `above` stops at loops."""
        here = (*above, new or old or "")
        a = self.before.unit.processes[old] if old else None
        b = self.after.unit.processes[new] if new else None
        keys = dict.fromkeys(_key(e) for p in (a, b) if p for e in p.exchanges)
        for key in keys:
            process = b or a
            if process is not None:
                self._exchange(process, _find(a, key), _find(b, key), weight, here)

    def _exchange(
        self, process: Process, old: Exchange | None, new: Exchange | None, weight: float, above: tuple[str, ...]
    ) -> None:
        shown = new or old
        if shown is None:
            return
        old_amount, new_amount = (e.amount.median if e else 0.0 for e in (old, new))
        if shown.is_impact:
            if shown.target == self.category:
                self._note(process, old, new, weight * (new_amount - old_amount), self._unit(process))
            return
        old_unit = float(self.before.unit.central(old.target)[self.row]) if old else 0.0
        new_unit = float(self.after.unit.central(new.target)[self.row]) if new else 0.0
        if old and new:
            self._note(process, old, new, weight * (new_amount - old_amount) * old_unit, "per unit")
            if new_unit != old_unit and new.target not in above:
                self.processes(old.target, new.target, weight * new_amount, above)
        else:
            self._note(process, old, new, weight * (new_amount * new_unit - old_amount * old_unit), "per unit")

    def _unit(self, process: Process) -> str:
        return f"{CATEGORIES[self.category].unit}/{process.unit}"

    def _note(self, process: Process, old: Exchange | None, new: Exchange | None, effect: float, unit: str) -> None:
        if not effect:
            return
        shown = new or old
        key = (process.id, shown.label or shown.target) if shown else (process.id, "")
        before = self.effects.get(key)
        self.effects[key] = Change(
            process.name,
            key[1],
            old.amount.median if old else None,
            new.amount.median if new else None,
            unit,
            effect + (before.effect if before else 0.0),
            _cite(old),
            _cite(new),
        )


def _key(exchange: Exchange) -> str:
    """What an exchange is within its process, whatever version of the supplier answers."""
    return f"{exchange.target}: {exchange.label}" if exchange.is_impact else exchange.label or exchange.target


def _find(process: Process | None, key: str) -> Exchange | None:
    return next((e for e in process.exchanges if _key(e) == key), None) if process else None


def _cite(exchange: Exchange | None) -> str:
    return f"{exchange.source.citation} ({exchange.source.year}), {exchange.source.locator}" if exchange else ""
