"""Consistency: whether method, period, place and data are one throughout, and fit what the study is for."""

from collections.abc import Callable, Sequence

from treadlight.library.process import Process
from treadlight.share.numbers import percent
from treadlight.share.studies.document import Cell, Column, Table
from treadlight.share.studies.material import Material, listed

__all__ = ["consistency"]

_OLD_YEARS = 10
_Found = tuple[str, str, str]


def consistency(given: Material) -> Table:
    """Every check with what was found: ``consistent``, ``to judge`` where a person has to, ``not known``."""
    checks: Sequence[Callable[[Material], _Found]] = (
        _unit,
        _library,
        _accounting,
        _allocations,
        _proxies,
        _ages,
        _places,
        _scores,
    )
    found = [check(given) for check in checks]
    rows = tuple((Cell(topic), Cell(state), Cell(told)) for topic, state, told in found)
    columns = (Column("Check"), Column("Finding"), Column("What was found"))
    return Table("consistency", "Consistency", columns, rows, ("check", "finding", "what was found"), tuple(found))


def _unit(given: Material) -> _Found:
    scope, n = given.result.study.scope, len(given.systems)
    many = f"{n} systems deliver" if n > 1 else "one system delivers"
    return "Functional unit and boundary", "consistent", f"{many} {scope.functional_unit.name}, within one boundary"


def _library(given: Material) -> _Found:
    named, used = given.result.study.scope.library, given.result.library_version
    told = f"all factors come from library {used}"
    if named and named != used:
        return "Library", "to judge", f"{told}; the study was made with {named}"
    return "Library", "consistent", told


def _accounting(given: Material) -> _Found:
    return "Electricity", "consistent", f"{given.result.study.scope.electricity}-based throughout"


def _allocations(given: Material) -> _Found:
    own = [
        f"{item.name}: {item.allocation.told}"
        for system in given.result.study.systems
        for stage in system.stages
        for item in stage.items
        if item.allocation is not None
    ]
    rule = given.result.study.allocation.told
    if own:
        return "Allocation", "to judge", f"{rule}, except {listed(own)}"
    return "Allocation", "consistent", f"{rule} throughout"


def _proxies(given: Material) -> _Found:
    """Factors that stand in for what was asked for."""
    proxies = list(dict.fromkeys(p.name for p in given.processes if not p.resolution.exact))
    if not proxies:
        return "Stand-ins", "consistent", "every factor is of what was asked for"
    return "Stand-ins", "to judge", f"of another place, year or kind than asked for, and widened: {listed(proxies)}"


def _ages(given: Material) -> _Found:
    period = given.result.study.scope.period or given.result.library_version
    now = int(period[:4]) if period[:4].isdigit() else given.made.year
    old = sorted({s.year for s in given.sources if s.year and now - s.year > _OLD_YEARS})
    years = [s.year for s in given.sources if s.year]
    span = f"sources of {min(years)} to {max(years)} for {now}" if years else "no source of the library is used"
    if old:
        return "Age of the data", "to judge", f"{span}; older than {_OLD_YEARS} years: {listed([str(y) for y in old])}"
    return "Age of the data", "consistent", span


def _places(given: Material) -> _Found:
    placed = [line for system in given.systems for line in system.lines if _grid(given, line.part.process)]
    within = _drawn_within(given)
    bare = list(dict.fromkeys([*(line.item for line in placed if not line.part.place),
                               *(name for name, place in within if not place)]))  # fmt: skip
    if bare:
        return "Place", "to judge", f"without a place, so the world's average, wide: {listed(bare)}"
    places = list(dict.fromkeys([*(line.part.place for line in placed), *(place for _, place in within)]))
    told = f"electricity is drawn in {listed(places)}" if places else "neither item nor process of the study draws any"
    return "Place", "consistent", told


def _drawn_within(given: Material) -> list[tuple[str, str]]:
    """Processes of the study's own that draw electricity, each with the place where."""
    places = {p.id: p.location for p in given.processes if p.flow.startswith("electricity.")}
    return [
        (process.name, places[exchange.target])
        for process in given.processes
        for exchange in process.exchanges
        if exchange.source.id.startswith("study:") and exchange.target in places
    ]


def _grid(given: Material, process_id: str) -> bool:
    found: Process | None = next((p for p in given.processes if p.id == process_id), None)
    return found is not None and found.flow.startswith("electricity.")


def _scores(given: Material) -> _Found:
    lines = {(s.id, q.item): q for s in given.systems for q in s.quality()}
    bare = [q for q in lines.values() if not q.pedigree and max(q.shares.values(), default=0.0) >= 0.1]
    if bare:
        share = percent(max(max(q.shares.values()) for q in bare))
        names = listed(list(dict.fromkeys(q.item for q in bare)))
        return "Data quality", "to judge", f"not scored, though up to {share} of a category: {names}"
    return "Data quality", "consistent", "every item that makes a tenth of a category is scored"
