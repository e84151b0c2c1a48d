"""Footprints, explanations and comparisons."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta, Struct

from treadlight.app.account import CATEGORIES
from treadlight.app.comparing import comparison_form, comparison_of
from treadlight.app.explain import explain
from treadlight.app.forms import quantity_form, why_form
from treadlight.app.oddities import oddity_form
from treadlight.app.server.desk import Desk
from treadlight.app.server.operation import Call, Operation
from treadlight.app.server.principal import Scope
from treadlight.app.server.shapes import Chosen, Footprint, Methodical, Named, Why, as_shape, checked_category
from treadlight.assess.draws import Array
from treadlight.assess.footprint import Footprint as Result
from treadlight.assess.footprint import Line, footprint, quantity
from treadlight.assess.odd import Odd, odd
from treadlight.core.category import CATEGORIES as ALL
from treadlight.core.method import Method
from treadlight.ledger.months import month_after
from treadlight.ledger.query import Filter
from treadlight.ledger.records import GroupSum

Dimension = Literal[
    "project", "team", "stage", "component", "run", "zone", "region", "site", "flow", "method", "phase", "year",
    "month", "day", "hour",
]  # fmt: skip
_IN_SQL = ("project", "team", "stage", "component", "run")
_YEARS = 100
_TIMES = {"year": 4, "month": 7, "day": 10, "hour": 13}


class FootprintQuery(Chosen, forbid_unknown_fields=True, kw_only=True):
    """Of which activities, by which dimensions together, by which method."""

    by: Annotated[tuple[Dimension, ...], Meta(max_length=4)] = ()
    accounting: Literal["location", "market"] = "location"
    scope: Literal["life-cycle", "direct"] = "life-cycle"
    library: Named = ""


class WhyQuery(Methodical, forbid_unknown_fields=True, kw_only=True):
    """Of which category."""

    category: Literal["gwp", "water", "adpe", "pe", "ewaste", "energy"] = "gwp"


class CompareQuery(WhyQuery, forbid_unknown_fields=True, kw_only=True):
    """Which runs, and per which functional unit."""

    run: Annotated[tuple[Named, ...], Meta(min_length=2, max_length=20)]
    per: Named = ""


class Compared(Struct):
    """Runs side by side, on shared draws."""

    comparison: dict[str, Any]


def _footprint(call: Call) -> Footprint:
    query: FootprintQuery = call.query
    by, method = query.by, Method(query.accounting, scope=query.scope)
    groups, months = _sums(call.desk, query.filter, by)
    result = footprint(
        groups, call.desk.library, method, categories=CATEGORIES, draws=call.desk.draws, seed=call.desk.seed
    )
    form = {
        "schema": "treadlight.footprint/1",
        "library": {"version": result.library_version, "digest": result.library_digest},
        "method": {
            "accounting": query.accounting, "signal": method.signal, "scope": query.scope,
            "draws": call.desk.draws, "seed": call.desk.seed,
        },
        "activities": sum(group.count for group in groups),
        "impacts": {
            name: {**quantity_form(result.total(name), ALL[name].unit), "coverage": float(result.coverage[i])}
            for i, name in enumerate(result.categories)
        },
        "by": list(by),
        "parts": [_part(key, by, samples, result) for key, samples in _grouped(result, by, months).items()],
        "unknown": [{"flow": u.flow, "component": u.component, "amount": u.amount} for u in result.unanswered],
        "odd": oddity_form(_odd(call.desk, query.filter, groups)),
    }  # fmt: skip
    return as_shape(form, Footprint)  # type: ignore[no-any-return]


def _odd(desk: Desk, f: Filter, groups: Sequence[GroupSum]) -> list[Odd]:
    """What is odd about the activities chosen, and whose it is."""
    if not odd(groups, desk.library):
        return []
    return odd(desk.sums(f, ("component", "project")), desk.library)


def _sums(desk: Desk, f: Filter, by: tuple[str, ...]) -> tuple[list[GroupSum], dict[int, str]]:
    """Sums as fine as `by` needs them; where months suffice, the month of each sum by its identity."""
    if "month" in by and not desk.library.has_hourly and not {"day", "hour", "run"} & set(by):
        span = _months(desk, f)
        if span is not None:
            found = desk.cached(("api months", f), lambda: desk.ledger.months(f, *span))
            return [group for _, group in found], {id(group): month.isoformat()[:7] for month, group in found}
    period = "hour" if desk.library.has_hourly or {"month", "day", "hour"} & set(by) else "year"
    dims = ("component", *(name for name in by if name in _IN_SQL and name != "component"))
    return desk.sums(f, dims, period), {}


def _months(desk: Desk, f: Filter) -> tuple[datetime, datetime] | None:
    """Whole months from first to last that are asked for; None where there are none, or not whole ones."""
    extent = desk.ledger.extent(f)
    if (
        extent is None
        or extent[1].year - extent[0].year > _YEARS
        or not all(m is None or m == datetime(m.year, m.month, 1, tzinfo=UTC) for m in (f.since, f.until))
    ):
        return None
    return extent[0], month_after(extent[1])


def _grouped(
    result: Result, by: tuple[str, ...], months: dict[int, str]
) -> dict[tuple[str, ...], tuple[Array, set[str]]]:
    """Draws of the impacts by several dimensions together, and the categories known of some line of each."""
    parts: dict[tuple[str, ...], tuple[Array, set[str]]] = {}
    for line in result.lines if by else ():
        month = months.get(id(line.group), "")
        key = tuple(month if month and name == "month" else _key(result, line, name) for name in by)
        samples = result.line_impacts(line)
        known = set(result.categories) - result.unit.unknown[line.process]
        before = parts.get(key)
        parts[key] = (samples, known) if before is None else (before[0] + samples, before[1] | known)
    return dict(sorted(parts.items()))


def _key(result: Result, line: Line, name: str) -> str:
    if name == "phase":
        return result.unit.processes[line.process].phase
    if name in _TIMES:
        return line.group.period[: _TIMES[name]]
    return str(getattr(line.group, name))


def _part(key: tuple[str, ...], by: tuple[str, ...], found: tuple[Array, set[str]], result: Result) -> dict[str, Any]:
    samples, known = found
    impacts = {
        name: quantity_form(quantity(samples[i], name) if name in known or np.any(samples[i]) else None, ALL[name].unit)
        for i, name in enumerate(result.categories)
    }
    return {"key": dict(zip(by, key, strict=True)), "impacts": impacts}


def _why(call: Call) -> Why:
    node = explain(call.desk, call.params["id"], call.query.category, call.query.method)
    return as_shape(why_form(node), Why)  # type: ignore[no-any-return]


def _compare(call: Call) -> Compared:
    query: CompareQuery = call.query
    made = comparison_of(call.desk, query.run, checked_category(query.category), query.method, query.per or None)
    return Compared(comparison_form(made))


OPERATIONS = (
    Operation(
        "GET", "/footprints", "Footprint of any activities, cut along any dimensions", Scope.READ, Footprint,
        _footprint, FootprintQuery, tags=("out",),
    ),
    Operation(
        "GET", "/why/{id}", "The tree behind a run, an activity, a step of a tree, or a process", Scope.READ, Why, _why,
        WhyQuery, deep=True, tags=("out",),
    ),
    Operation(
        "GET", "/compare", "Runs side by side, on shared draws", Scope.READ, Compared, _compare, CompareQuery,
        tags=("out",),
    ),
)  # fmt: skip
