"""Goal and scope: why the study was made and for whom, what is inside, and by which rules."""

from collections.abc import Sequence

from treadlight.assess.footprint import spread
from treadlight.assess.lifecycle.study import STAGES, Allocation, Amount
from treadlight.core.category import CATEGORIES
from treadlight.share.numbers import plain_number
from treadlight.share.studies.document import Cell, Column, Facts, Heading, Points, Section, Table, Text
from treadlight.share.studies.material import Material, dictated

__all__ = ["goal_section", "scope_section"]

_NONE = ("not stated",)
_IMPACTS = ("gwp", "adpe")
"""Categories that weigh flows by what they do; the others count a flow as it is."""

_ELECTRICITY = {"location": "as the grid is (location-based)", "market": "as it was bought (market-based)"}


def goal_section(given: Material) -> Section:
    """Intended use, audience, who made it, and whether it compares in public."""
    goal = given.result.study.goal
    told = "told to the public" if goal.public else "not told to the public"
    pairs = (
        ("Purpose", (goal.purpose,)),
        ("Audience", tuple(goal.audience) or _NONE),
        ("Author", (goal.author,) if goal.author else _NONE),
        ("Commissioner", (goal.commissioner,) if goal.commissioner else _NONE),
        ("Date", (goal.date,) if goal.date else _NONE),
        ("Comparison", (f"{'a comparative assertion' if goal.comparative else 'no comparative assertion'}, {told}",)),
        ("Reviewers", tuple(goal.reviewers) or ("none named",)),
    )
    return Section("goal", "Goal", ("Why the study was made, for whom, and what it may be used for.",), (Facts(pairs),))


def scope_section(given: Material) -> Section:
    """What is assessed and by which rules: from the function to limitations and deviations."""
    scope = given.result.study.scope
    unit = scope.functional_unit
    place = [word for word in (scope.geography, f"zone {scope.zone}" if scope.zone else scope.region) if word]
    pairs = (
        ("Function", (scope.function,)),
        ("Functional unit", (f"{unit.name}: {plain_number(unit.amount)} {unit.unit}",)),
        ("Systems", tuple(_delivers(given, i) for i in range(len(given.systems)))),
        ("Geography", tuple(place) or _NONE),
        ("Period", (scope.period or f"{given.result.library_version[:4]}, the library's year",)),
        ("Cut-off", (f"parts below {plain_number(scope.cut_off_percent)} % of every category are named, and counted",)),
        ("Allocation", _allocation(given.result.study.allocation)),
        ("Electricity", (_ELECTRICITY[scope.electricity],)),
        ("End of life", (f"{scope.end_of_life}: what is recovered leaves without burden or credit",)),
        ("Data-quality needs", tuple(scope.data_quality) or _NONE),
    )
    blocks = (
        Facts(pairs),
        Heading("Boundary"),
        _boundary(given),
        Heading("Impact categories and inventory indicators"),
        _categories(given.result.categories),
        *_list("Assumptions", scope.assumptions),
        *_list("Limitations", scope.limitations),
        *_list("Deviations from the plan", scope.deviations),
    )
    return Section("scope", "Scope", ("What is counted, per what, and by which rules.",), blocks)


def _delivers(given: Material, i: int) -> str:
    system = given.systems[i]
    delivered = spread(system.delivered, given.result.study.scope.functional_unit.unit)
    return f"{system.title}, which delivers {dictated(delivered)} over its life"


def _allocation(rule: Allocation) -> tuple[str, ...]:
    if rule.lifetime_years is None:
        life = ["by the lifetimes and the use of the library"]
    else:
        life = [
            f"lifetime {_told(rule.lifetime_years)} years",
            f"utilisation {_told(rule.utilisation)}",
            f"{_told(rule.hours_per_year)} hours a year",
        ]
    parts = [rule.told, *life, f"share {_told(rule.share)}"]
    return (", ".join(parts), *((rule.source,) if rule.source else ()))


def _told(amount: Amount) -> str:
    return amount if isinstance(amount, str) else plain_number(amount)


def _boundary(given: Material) -> Table:
    scope = given.result.study.scope
    reasons = {left.stage: left.reason for left in scope.excluded}
    rows, data = [], []
    for stage in STAGES:
        state = "inside" if stage in scope.boundary else "excluded" if stage in reasons else "not mentioned"
        items = [str(_items(given, i, stage)) for i in range(len(given.systems))]
        count = ", ".join(items) if state == "inside" else ""
        reason = reasons.get(stage, "")
        rows.append((Cell(stage.capitalize()), Cell(state), Cell(count), Cell(reason)))
        data.append((stage, state, count, reason))
    columns = (Column("Stage"), Column("Boundary"), Column("items", "r", folds=True), Column("Reason"))
    return Table(
        "boundary", "Stages of the life", columns, tuple(rows), ("stage", "state", "items", "reason"), tuple(data)
    )


def _items(given: Material, i: int, stage: str) -> int:
    return len({line.item for line in given.systems[i].lines if line.stage == stage})


def _categories(names: Sequence[str]) -> Table:
    kinds = {c: "impact category" if c in _IMPACTS else "inventory indicator" for c in names}
    rows = tuple(
        (Cell(CATEGORIES[c].name), Cell(kinds[c]), Cell(CATEGORIES[c].unit), Cell(CATEGORIES[c].method)) for c in names
    )
    data = tuple((c, CATEGORIES[c].name, kinds[c], CATEGORIES[c].unit, CATEGORIES[c].method) for c in names)
    columns = (Column("Category"), Column("Kind"), Column("Unit"), Column("What it counts"))
    return Table(
        "categories",
        "Impact categories and inventory indicators",
        columns,
        rows,
        ("id", "category", "kind", "unit", "method"),
        data,
        note="An inventory indicator counts a flow and characterises nothing. Categories are not normalised, weighted, "
        "or added to one score.",
    )


def _list(title: str, items: Sequence[str]) -> tuple[Heading | Points | Text, ...]:
    return Heading(title), Points(tuple(items)) if items else Text("None stated.")
