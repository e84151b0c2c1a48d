"""Where a number of any page comes from: the tree behind a total, a run, an activity or a process."""

from dataclasses import dataclass

from treadlight.app.explain import SYSTEM, TOTAL, explain
from treadlight.app.runs import run_facts
from treadlight.app.server.desk import Desk
from treadlight.app.web.book import Book
from treadlight.app.web.lives import life
from treadlight.assess.draws import shared_draws
from treadlight.assess.footprint import footprint
from treadlight.assess.lineage import why_tree
from treadlight.assess.restate import Change, restate
from treadlight.assess.why import WhyNode
from treadlight.core.errors import NotFoundError, TreadlightError
from treadlight.core.quantity import Quantity
from treadlight.core.texts import counted, say
from treadlight.ledger.records import GroupSum
from treadlight.library.figures import Figure
from treadlight.library.library import Library

__all__ = ["SYSTEM", "TOTAL", "Answer", "answers", "estimates", "reasons"]

_TABLES = (("electricity.grid", "grid"), ("product.", "embodied"), ("data.transfer.", "networks"))


@dataclass(frozen=True, slots=True)
class Answer:
    """The same activities under one version of the library: their total, how it differs from ours, and why."""

    version: str
    total: Quantity | None
    change: float | None
    reason: str


def reasons(book: Book, identifier: str) -> WhyNode:
    """The tree behind what an id names.

    Raises
    ------
    NotFoundError
        If nothing has this id.
    """
    desk = book.desk
    if identifier.startswith(SYSTEM):
        return _of_system(book, identifier)
    if identifier != TOTAL:
        key = ("why", identifier, desk.category, desk.method)
        return desk.cached(key, lambda: explain(desk, identifier, desk.category, desk.method))
    if book.span is None or not book.now.rows:
        raise NotFoundError("holds nothing of this", field="ledger", remedy="choose other months or another project")
    whole = ("why total", book.filter, book.span, desk.category, desk.method)
    return desk.cached(whole, lambda: why_tree(book.now.footprint, desk.category, root=TOTAL, label=_label(book)))


def _of_system(book: Book, identifier: str) -> WhyNode:
    """The tree behind a system over its life."""
    desk, name = book.desk, identifier.removeprefix(SYSTEM)
    found = life(book, name)
    key = ("why system", name, book.filter, desk.category, desk.method)
    return desk.cached(key, lambda: why_tree(found.cut.footprint, desk.category, root=identifier, label=name))


def _label(book: Book) -> str:
    assert book.span is not None
    of = book.desk.filter.project or book.desk.filter.team or say("everything")
    return say("{what}, {span}", what=f"{of[0].upper()}{of[1:]}", span=book.span.text)


def estimates(desk: Desk, node: WhyNode) -> list[Figure]:
    """Other figures that the library holds for the same thing: of the same place or product, in the same unit."""
    process = node.id.rpartition("//")[2]
    parts = [part for part in process.split("/") if part]
    for i, part in enumerate(parts):
        for prefix, table in _TABLES:
            if part.startswith(prefix):
                name = parts[i + 1] if table == "grid" and i + 1 < len(parts) else part.removeprefix(prefix)
                found = _figures(desk, f"{table}/{name}")
                best = [f for f in found if _fits(f, desk.category)]
                if i + 1 >= len(parts) - 2:
                    return best[:8]
    return []


def _figures(desk: Desk, entry: str) -> list[Figure]:
    try:
        return desk.library.show(entry)
    except NotFoundError:
        return []


def _fits(figure: Figure, category: str) -> bool:
    if figure.amount is None:
        return False
    of_grid = figure.unit == "gCO2e/kWh" and category == "gwp"
    return of_grid or f"/{category}/" in figure.id


def answers(book: Book, identifier: str) -> list[Answer]:
    """The total under each version of the library that can answer, newest first."""
    desk = book.desk
    groups = _groups(book, identifier)
    if groups is None:
        return []
    key = ("answers", identifier, book.filter, book.span, desk.category, desk.method)
    return desk.cached(key, lambda: list(_answers(desk, groups)))


def _groups(book: Book, identifier: str) -> list[GroupSum] | None:
    if identifier == TOTAL:
        return book.now.rows.merged()
    if identifier.startswith(SYSTEM):
        return life(book, identifier.removeprefix(SYSTEM)).cut.rows.merged()
    try:
        return list(run_facts(book.desk, identifier.partition("/")[0].partition(".")[0]).groups)
    except NotFoundError:
        return None


def _answers(desk: Desk, groups: list[GroupSum]) -> list[Answer]:
    versions = [v for v in desk.library.versions() if v <= desk.library.version]
    newest = footprint(
        groups, desk.library, desk.method, categories=[desk.category], draws=desk.draws, seed=desk.seed,
        columns=shared_draws(desk.draws, desk.seed),
    )  # fmt: skip
    found = [Answer(desk.library.version, newest.total(desk.category), None, say("in use"))]
    for version in versions[1:]:
        older: Library = desk.cached(("library", version), lambda v=version: desk.open_library(v))  # type: ignore[misc]
        try:
            made = restate(
                groups, older, desk.library, desk.method, draws=desk.draws, seed=desk.seed, categories=[desk.category]
            )
        except TreadlightError:
            continue  # a library that lacks a table cannot answer
        (change,) = made
        moved = change.old.p50 - change.new.p50 if change.old and change.new else None
        found.append(Answer(version, change.old, moved, _reason(change.changes)))
    return found


def _reason(changes: tuple[Change, ...]) -> str:
    if not changes:
        return say("nothing changed")
    most = changes[0]
    old, new = (f"{v:.4g}" if v is not None else say("nothing") for v in (most.old, most.new))
    text = say(
        "{process}, {factor}: {old} here, {new} in the library in use",
        process=most.process, factor=most.factor, old=old, new=new,
    )  # fmt: skip
    n = len(changes) - 1
    return counted(n, "{reason}, and {n} more", "{reason}, and {n} more", reason=text, n=n) if n else text
