"""How much what could not be read could add: were it like the same component where it was read.

Notes
-----
The mean power of the component in each run of the ledger that read it gives an interval (p05 to p95 of those runs, five
at least). That, times the hours of the runs that did not read it, times what a kilowatt-hour of their projects caused,
is what they could add. It is never summed: the runs may well be unlike the others.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from treadlight.app.energy import ELECTRICITY
from treadlight.app.web.book import Book, Span
from treadlight.assess.draws import Array
from treadlight.core.quantity import Quantity
from treadlight.ledger.query import Filter
from treadlight.ledger.records import Run

__all__ = ["could_add"]

_FEWEST = 5


def could_add(book: Book, span: Span, component: str, runs: Sequence[Run]) -> Quantity | None:
    """What a component of these runs could add in the leading category; None where nothing like it was read."""
    power_kw = _powers_kw(book, component)
    per_kwh = _per_kwh(book, span, {run.subject.project for run in runs})
    if len(power_kw) < _FEWEST or per_kwh is None:
        return None
    energy_kwh = sum(run.duration_s for run in runs) / 3600 * np.quantile(power_kw, (0.05, 0.5, 0.95))
    low, mid, high = (float(np.quantile(per_kwh, p) * e) for p, e in zip((0.05, 0.5, 0.95), energy_kwh, strict=True))
    unit = book.quantity(per_kwh).unit
    return Quantity(unit, low, mid, high) if high > 0 else None


def _powers_kw(book: Book, component: str) -> Array:
    """Mean power of a component in each run that read it [kW]."""
    desk = book.desk

    def make() -> Array:
        rows = desk.table.by_run(desk.seen(Filter(component=component, flow=ELECTRICITY)))
        lasted_h = {run.id: run.duration_s / 3600 for run in desk.runs}
        found = [kwh / lasted_h[run] for run, kwh in rows.sums("tag").items() if lasted_h.get(run, 0.0) > 0]
        return np.array(found)

    return desk.cached(("powers", component), make)


def _per_kwh(book: Book, span: Span, projects: Iterable[str]) -> Array | None:
    """Draws of what a kilowatt-hour at the devices of these projects caused; None where they used none."""
    wanted = set(projects)
    parts = book.along(span, "project", "flow")
    sums = book.cut(span).rows.sums("project", "flow")
    kwh = sum(amount for (project, flow), amount in sums.items() if flow == ELECTRICITY and project in wanted)
    caused = [draws for (project, flow), draws in parts.items() if flow == ELECTRICITY and project in wanted]
    if not kwh or not caused:
        return None
    whole: Array = np.sum(caused, axis=0) / kwh
    return whole
