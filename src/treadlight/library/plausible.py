"""Plausibility of library rows: bounds, families, and honesty about what nobody has checked."""

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import median

from treadlight.core.distribution import Distribution
from treadlight.core.process import CONFIDENCES
from treadlight.library.schema import Located, Problem, Row, Table

__all__ = ["FOLD", "judge", "judge_families"]

FOLD = 100.0
"""A figure this many times above or below the median of its family is refused."""

_YEARS = (1990.0, 2100.0)
_LOW_SPREAD = 1.5 ** (2 * 1.6449) * 0.99  # p95 ÷ p05 of a GSD of 1.5, less a hundredth for rounding


def _number(value: object) -> float | None:
    """The centre of a quantity; None for what is no quantity."""
    if isinstance(value, Distribution):
        return value.median
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    return None


def judge(table: Table, item: Located) -> Iterator[Problem]:
    """What is wrong with one row by itself."""
    row = item.row
    for column in ("source", "locator"):
        if not getattr(row, column).strip():
            yield item.problem(column, "", "is missing", "name the source of every figure and where it stands there")
    for column in row.__struct_fields__:
        value = getattr(row, column)
        if _number(value) is not None:
            yield from _judge_bounds(table, item, column, value)
        if row.confidence == CONFIDENCES[2] and isinstance(value, Distribution) and not _wide(value):
            remedy = "widen its interval to a GSD of 1.5 or more, or leave the row out"
            yield item.problem(column, str(value), "is too sure for a figure of confidence low", remedy)
    if row.confidence == CONFIDENCES[2] and not row.unverified:
        yield item.problem("unverified", False, "confidence is low", "set unverified to true, or leave the row out")
    for column, value, what, remedy in table.check(row):
        yield item.problem(column, value, what, remedy)


def _judge_bounds(table: Table, item: Located, column: str, value: object) -> Iterator[Problem]:
    low, high = table.bounds.get(column, _YEARS if column == "year" else (0.0, math.inf))
    least = value.quantile(0.001) if isinstance(value, Distribution) else _number(value)
    centre = _number(value)
    assert least is not None and centre is not None
    shown = str(value)
    if not math.isfinite(centre):
        yield item.problem(column, shown, "must be a finite number", "leave the cell empty where nothing is known")
    elif least < low:
        what = "is negative" if low == 0 else f"lies below {low:g}, the lowest plausible value"
        yield item.problem(column, shown, what, f"give {column} ≥ {low:g}")
    elif centre > high:
        yield item.problem(column, shown, f"lies above {high:g}, the highest plausible value", _check_unit(column))


def _check_unit(column: str) -> str:
    return f"check the unit of {column} against its source"


def _wide(value: Distribution) -> bool:
    low, high = value.quantile(0.05), value.quantile(0.95)
    return high == 0 or low <= 0 or high / low >= _LOW_SPREAD


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
