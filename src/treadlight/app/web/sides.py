"""Sides of a comparison: a run, a system, a project or a span of months, each with its footprint on shared draws."""

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from treadlight.app.account import CATEGORIES
from treadlight.app.runs import run_facts
from treadlight.app.web.book import Book, Span
from treadlight.app.web.ink import why_url
from treadlight.app.web.lives import life
from treadlight.app.web.render import keep
from treadlight.assess.cut import Cut, Rows, cut
from treadlight.assess.draws import Array
from treadlight.assess.footprint import Footprint
from treadlight.assess.lineage import causes_of
from treadlight.assess.parts import parts
from treadlight.core.errors import InputError, NotFoundError
from treadlight.core.marks import weakest
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.ledger.months import month_after
from treadlight.ledger.records import GroupSum, Run
from treadlight.share.findings import component_name, phase_name

__all__ = ["PartPair", "Side", "parts_of", "shared_causes", "side"]

_MONTHS = re.compile(r"(\d{4})-(\d{2})\.\.(\d{4})-(\d{2})")


@dataclass(frozen=True, slots=True)
class Side:
    """One of two things compared.

    Parameters
    ----------
    ref
        As the address names it.
    facts
        Rows of the table of facts: what and value.
    href
        Its own page.
    why
        Page that explains its total.
    """

    ref: str
    name: str
    footprint: Footprint
    total: Quantity | None
    draws: Array
    facts: tuple[tuple[str, str], ...]
    href: str
    why: str
    method: str = "unknown"


@dataclass(frozen=True, slots=True)
class PartPair:
    """The same part of both sides, and the difference on shared draws; None: not there or unknown.

    `of` names it on the page *why* of either side.
    """

    label: str
    component: str
    a: Quantity | None
    b: Quantity | None
    difference: Quantity | None
    method: str = ""
    of: str = ""


def side(book: Book, ref: str) -> Side:
    """What ``run-id``, ``system:NAME``, ``project:NAME`` or ``period:2025-11..2026-11`` names.

    Raises
    ------
    InputError
        If it names nothing.
    """
    kind, _, name = ref.partition(":")
    if kind == "period" and name:
        return _period(book, ref, name)
    if kind in ("system", "project") and name:
        return _group(book, ref, kind, name)
    return _run(book, ref)


def _made(
    book: Book, ref: str, name: str, made: Cut, facts: tuple[tuple[str, str], ...], href: str, why: str = ""
) -> Side:
    result = made.footprint
    row = CATEGORIES.index(book.category)
    return Side(
        ref,
        name,
        result,
        result.total(book.category),
        result.samples[row],
        facts,
        href,
        why or why_url(ref, keep(book.request)),
        book.mark(made),
    )


def _run(book: Book, ref: str) -> Side:
    from treadlight.share.numbers import duration

    desk = book.desk
    facts = desk.cached(("facts", ref), lambda: run_facts(desk, ref))
    run = facts.run
    made = _cut(book, ("run", run.id, run.duration_s), [("", group) for group in facts.groups])
    known = (
        (say("State"), say(str(run.status))),
        (say("Lasted"), duration(run.duration_s)),
        (say("Machine"), run.host.get("hostname") or say("unknown")),
        (say("Stage"), say(run.stage) if run.stage else say("unknown")),
        (say("Project"), run.subject.project or say("none")),
    )
    return _made(book, run.id, run.name or run.id[:18], made, known, f"/runs/{run.id}")


def _group(book: Book, ref: str, kind: str, name: str) -> Side:
    if kind == "system":
        found = life(book, name)
        return _made(book, ref, name, found.cut, _span_of(found.runs), f"/systems/{name}")
    desk, chosen = book.desk, replace(book.filter, project=name)
    rows = desk.table.months(desk.seen(chosen))
    runs = [run for run in book.runs if run.subject.project == name]
    if not len(rows):
        raise NotFoundError(
            say("nothing belongs to this project"), field=kind, value=name, remedy=say("see the overview")
        )
    made = _cut(book, (kind, name, book.filter), rows)
    pages = (book.link(path, project=name, **_all(book)) for path in ("/", "/why/total"))
    return _made(book, ref, name, made, _span_of(runs), *pages)


def _all(book: Book) -> dict[str, str]:
    """All months of the ledger, as parameters of an address."""
    return book.extent.query if book.extent else {}


def _span_of(runs: Sequence[Run]) -> tuple[tuple[str, str], ...]:
    """How many runs, and when the first and the last began."""
    known = ((say("Runs"), str(len(runs))),)
    if not runs:
        return known
    return (*known, (say("First"), f"{runs[-1].start:%Y-%m-%d}"), (say("Last"), f"{runs[0].start:%Y-%m-%d}"))


def _period(book: Book, ref: str, text: str) -> Side:
    span = _span(text)
    if not book.rows(span):
        raise NotFoundError("holds nothing", field="period", value=text, remedy="choose months that the ledger holds")
    known = ((say("Months"), str(len(span.months))), (say("Runs"), str(len(book.runs_of(span)))))
    return _made(
        book, ref, span.text, book.cut(span), known, book.link("/", **span.query), book.link("/why/total", **span.query)
    )


def _span(text: str) -> Span:
    found = _MONTHS.fullmatch(text)
    months = [int(part) for part in found.groups()] if found else []
    if not months or not all(1 <= month <= 12 for month in months[1::2]) or min(months[::2]) < 1970:
        raise InputError("is no period", field="period", value=text, remedy="write it as 2025-11..2026-11")
    since, until = (datetime(months[i], months[i + 1], 1, tzinfo=UTC) for i in (0, 2))
    if since >= until or until > month_after(since, 12 * 30):
        raise InputError("is no period", field="period", value=text, remedy="end it after it begins, 30 years at most")
    return Span(since, until)


def _cut(book: Book, key: tuple[object, ...], rows: Rows | list[tuple[Hashable, GroupSum]]) -> Cut:
    desk = book.desk

    def make() -> Cut:
        return cut(
            rows, desk.library, desk.method, categories=CATEGORIES, draws=desk.draws, seed=desk.seed
        )  # fmt: skip

    return desk.cached(("side", key, desk.method), make, large=True)


def shared_causes(a: Side, b: Side) -> list[tuple[str, bool]]:
    """Causes of doubt of both sides by label, and whether they share them: a shared doubt cancels."""
    first, second = (_causes(s) for s in (a, b))
    labels = {label: cause in second for cause, label in first.items()}
    labels |= {label: cause in first for cause, label in second.items() if label not in labels}
    return sorted(labels.items(), key=lambda item: (not item[1], item[0]))


def _causes(found: Side) -> dict[str, str]:
    causes: dict[str, str] = {}
    lines = found.footprint.lines
    for process in dict.fromkeys(line.process for line in lines):
        causes |= causes_of(found.footprint.unit, process)
    for line in {(line.group.component, line.group.flow, line.group.cause): line for line in lines}.values():
        name = component_name(line.group.component)
        electric = line.group.flow.startswith("electricity")
        causes[line.group.cause] = (
            say("{part}: meter", part=name) if electric else say("{part}: share of the machine", part=name)
        )
    return causes


def parts_of(book: Book, a: Side, b: Side) -> list[PartPair]:
    """Part by part, largest first."""
    row = CATEGORIES.index(book.category)
    first, second = (_parts(s, row) for s in (a, b))
    marks = _part_marks(a, b)
    found = []
    for key in dict.fromkeys([*first, *second]):
        x, y = first.get(key), second.get(key)
        pair = [s if s is not None else np.zeros(book.desk.draws) for s in (x, y)]
        if not np.any(pair[0]) and not np.any(pair[1]):
            continue
        p, q = (book.quantity(s) if s is not None else None for s in (x, y))
        found.append(
            PartPair(
                _label(key), _colour(key), p, q, book.quantity(pair[1] - pair[0]), marks[key], "piece:" + ":".join(key)
            )
        )
    return sorted(found, key=lambda p: -max(q.p50 for q in (p.a, p.b) if q is not None))


def _parts(found: Side, row: int) -> dict[tuple[str, str], Array]:
    return {(part.phase, part.component): part.samples[row] for part in parts(found.footprint)}


def _part_marks(a: Side, b: Side) -> dict[tuple[str, str], str]:
    """Mark of each part: that of its weakest activities on either side; the overhead of a hall is assumed."""
    found: dict[tuple[str, str], set[str]] = {}
    for part in (*parts(a.footprint), *parts(b.footprint)):
        methods = {"assumed"} if part.phase == "overhead" else set(part.methods)
        found.setdefault((part.phase, part.component), set()).update(methods)
    return {key: weakest((method, 1.0) for method in methods) for key, methods in found.items()}


def _label(key: tuple[str, str]) -> str:
    phase, component = key
    name = component_name(component)
    return phase_name(phase, name)


def _colour(key: tuple[str, str]) -> str:
    return {"overhead": "facility", "embodied": "embodied", "end-of-life": "embodied"}.get(key[0], key[1])
