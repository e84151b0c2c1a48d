"""Plausibility of library rows: bounds, families, and honesty about what nobody has checked."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from statistics import median
from typing import get_args

import msgspec

from treadlight.core.distribution import Distribution, Lognormal
from treadlight.library.schema import Located, Problem, Row, Table

__all__ = ["FOLD", "judge", "judge_families"]

FOLD = 100.0
"""A figure this many times above or below the median of its family is refused."""

_YEARS = (1990.0, 2100.0)
_NOT_NEGATIVE = (0.0, math.inf)
_LOW_SPREAD = 1.5 ** (2 * 1.6449) * 0.99  # p95 ÷ p05 of a GSD of 1.5, less a hundredth for rounding


@lru_cache(maxsize=64)
def _quantities(kind: type[Row]) -> tuple[str, ...]:
    """Columns that can hold a number or a distribution."""
    found = []
    for column in msgspec.structs.fields(kind):
        parts = get_args(column.type) or (column.type,)
        if any(part in (float, int, Distribution) for part in parts):
            found.append(column.name)
    return tuple(found)


def judge(table: Table, item: Located) -> Iterator[Problem]:
    """What is wrong with one row by itself."""
    row = item.row
    if not row.source or not row.locator:
        column = "locator" if row.source else "source"
        yield item.problem(column, "", "is missing", "name the source of every figure and where it stands there")
    low = row.confidence == "low"
    if low and not row.unverified:
        yield item.problem("unverified", False, "confidence is low", "set unverified to true, or leave the row out")
    for column in _quantities(table.row):
        value = getattr(row, column)
        if value is None:
            continue
        problem = _out_of_bounds(table, column, value)
        if problem:
            yield item.problem(column, str(value), *problem)
        if low and isinstance(value, Distribution) and not _wide(value):
            remedy = "widen its interval to a GSD of 1.5 or more, or leave the row out"
            yield item.problem(column, str(value), "is too sure for a figure of confidence low", remedy)
    for column, value, what, remedy in table.check(row):
        yield item.problem(column, value, what, remedy)


def _out_of_bounds(table: Table, column: str, value: float | Distribution) -> tuple[str, str] | None:
    """What is wrong with a quantity, and the remedy; None where nothing is."""
    low, high = table.bounds.get(column, _YEARS if column == "year" else _NOT_NEGATIVE)
    centre = value if isinstance(value, float | int) else value.median
    if not math.isfinite(centre):
        return "must be a finite number", "leave the cell empty where nothing is known"
    if centre > high:
        return f"lies above {high:g}, the highest plausible value", _check_unit(column)
    if low == 0 and type(value) is Lognormal:
        return None
    least = value if isinstance(value, float | int) else value.quantile(0.001)
    if least < low:
        what = "is negative" if low == 0 else f"lies below {low:g}, the lowest plausible value"
        return what, f"give {column} ≥ {low:g}"
    return None


def _check_unit(column: str) -> str:
    return f"check the unit of {column} against its source"


def _wide(value: Distribution) -> bool:
    low, high = value.quantile(0.05), value.quantile(0.95)
    return high == 0 or low <= 0 or high / low >= _LOW_SPREAD


def _number(value: object) -> float | None:
    """The centre of a quantity; None for what is no quantity."""
    if isinstance(value, int | float):
        return None if isinstance(value, bool) else float(value)
    return value.median if isinstance(value, Distribution) else None


def judge_families(table: Table, located: Sequence[Located]) -> Iterator[Problem]:
    """Figures 100-fold away from the median of their family; families of fewer than three cannot tell."""
    for column, by in table.families.items():
        families: dict[tuple[object, ...], list[tuple[float, Located]]] = defaultdict(list)
        for item in located:
            centre = _number(getattr(item.row, column))
            if centre is not None and centre > 0:
                families[tuple(getattr(item.row, name) for name in by)].append((centre, item))
        for members in families.values():
            yield from _outliers(column, members)


def _outliers(column: str, members: list[tuple[float, Located]]) -> Iterator[Problem]:
    if len(members) < 3:
        return
    middle = median(centre for centre, _ in members)
    for centre, item in members:
        if not middle / FOLD < centre < middle * FOLD and not item.row.outlier_reason:
            value = _text(item.row, column)
            what = f"is more than {FOLD:g}-fold away from {middle:.3g}, the median of its family"
            yield item.problem(column, value, what, f"{_check_unit(column)}, or give an outlier_reason")


def _text(row: Row, column: str) -> str:
    return str(getattr(row, column))
