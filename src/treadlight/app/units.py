"""Results per functional unit."""

from collections.abc import Mapping

from treadlight.app.energy import ELECTRICITY, energy_quantity
from treadlight.assess.draws import Array
from treadlight.assess.footprint import Footprint, quantity
from treadlight.core.quantity import Quantity
from treadlight.share.account import PerUnit

__all__ = ["per_units"]


def per_units(counts: Mapping[str, float], result: Footprint, energy: Array | None, why: str) -> tuple[PerUnit, ...]:
    """Results per functional unit counted, per thousand of them where there are as many."""
    found = []
    for name, count in counts.items():
        if count <= 0:
            continue
        per = 1000.0 if count >= 1000 else 1.0
        results: list[tuple[str, Quantity]] = []
        if energy is not None:
            results.append((ELECTRICITY, energy_quantity(energy * (per / count))))
        for row, category in enumerate(result.categories):
            if category != "energy" and result.total(category) is not None:
                results.append((category, quantity(result.samples[row] * (per / count), category)))
        found.append(PerUnit(name, per, count, tuple(results), why))
    return tuple(found)
