"""Equivalents: what an amount is like in daily life, until the comparison expires.

Every comparison has one source, a perimeter, a vintage and an expiry: energy mixes and cars change, and a comparison
that outlives its figures misleads. What has expired is refused with the reason.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from treadlight.core.units import dimension
from treadlight.library.schema import Row, Table

__all__ = ["TABLE", "Current", "EquivalentRow", "Relatable", "current", "relatable"]

_HUMAN = (0.1, 1000.0)
_COMFORTABLE = 10.0


class EquivalentRow(Row, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One comparison.

    Parameters
    ----------
    slug
        Name of the row.
    label
        What one of them is, after a number: "km in an average combustion car".
    value
        Amount that one of them stands for [unit].
    unit
        kgCO2e, kWh or L.
    perimeter
        What the value covers.
    region
        Where it holds; empty: anywhere.
    vintage
        When the figure was published, ``2026-07``.
    expires
        Last day on which it may be shown, ``2028-07-01``; empty: a matter of physics or definition.
    use
        ``default``: may be chosen without being asked for; ``named``: only where somebody asks for it.
    """

    slug: str
    label: str
    value: float
    unit: str
    perimeter: str
    region: str = ""
    vintage: str
    expires: str = ""
    use: str


def _check(row: EquivalentRow) -> Iterable[tuple[str, object, str, str]]:
    if row.unit not in ("kgCO2e", "kWh", "L"):
        yield "unit", row.unit, f"measures {dimension(row.unit)}", "use kgCO2e, kWh or L"
    if row.use not in ("default", "named"):
        yield "use", row.use, "is no use", "use default or named"
    if row.value <= 0:
        yield "value", row.value, "is not above 0", "give what one of them stands for"
    if row.expires:
        try:
            date.fromisoformat(row.expires)
        except ValueError:
            yield "expires", row.expires, "is not a date", "write it as 2028-07-01"


TABLE = Table(title="Equivalents", row=EquivalentRow, key=("slug",), check=_check)


@dataclass(frozen=True, slots=True)
class Current:
    """Comparisons that may be shown on a day, and those that may not, each with the reason."""

    valid: tuple[EquivalentRow, ...]
    refused: tuple[tuple[EquivalentRow, str], ...]


@dataclass(frozen=True, slots=True)
class Relatable:
    """So many of one comparison, and the sentence that says so."""

    row: EquivalentRow
    count: float
    text: str


def current(today: date, rows: Sequence[EquivalentRow] | None = None) -> Current:
    """Comparisons valid on `today`; `rows` defaults to the newest library's."""
    valid, refused = [], []
    for row in _rows() if rows is None else rows:
        if row.expires and today > date.fromisoformat(row.expires):
            refused.append((row, f"expired on {row.expires}: its figure is of {row.vintage}"))
        else:
            valid.append(row)
    return Current(tuple(valid), tuple(refused))


def relatable(gwp_kg: float, today: date, rows: Sequence[EquivalentRow] | None = None) -> Relatable | None:
    """One comparison for `gwp_kg` [kgCO2e] whose count is of human size (0.1 to 1000); None where none is valid."""
    return _choose(gwp_kg, "kgCO2e", current(today, rows).valid)


def _choose(amount: float, unit: str, rows: Sequence[EquivalentRow]) -> Relatable | None:
    candidates = [row for row in rows if row.unit == unit and row.use == "default"]
    if not candidates or amount <= 0:
        return None
    row = min(candidates, key=lambda row: _discomfort(amount / row.value))
    count = amount / row.value
    return Relatable(row, count, f"{_readable(count)} {row.label}")


def _discomfort(count: float) -> tuple[bool, float]:
    """Outside of human size last; within it, the nearer to ten the better."""
    ratio = count / _COMFORTABLE
    return not _HUMAN[0] <= count <= _HUMAN[1], max(ratio, 1 / ratio)


def _readable(count: float) -> str:
    """Two significant digits, without exponent."""
    return f"{float(f'{count:.2g}'):,.10g}" if count >= 0.01 else "less than 0.01"


def _rows() -> tuple[EquivalentRow, ...]:
    from treadlight.library.loader import read_table

    return tuple(row for row in read_table("equivalents") if isinstance(row, EquivalentRow))
