"""What a span does not know yet: why, what it could add where that can be said, and the command that closes it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from treadlight.app.account import CATEGORIES
from treadlight.app.components import unread
from treadlight.app.gaps import NOT_COUNTED
from treadlight.app.oddities import oddities
from treadlight.app.web.book import Book, Span, month_text
from treadlight.app.web.sizing import could_add
from treadlight.core.flow import flow_unit
from treadlight.core.quantity import Quantity
from treadlight.core.texts import counted, say
from treadlight.ledger.months import month_after
from treadlight.ledger.records import Run
from treadlight.share.findings import category_name, component_name, is_command
from treadlight.share.numbers import percent, plain_number, unit_label

__all__ = ["Gap", "gaps", "largest"]

_OVERLAY = "treadlight config set library.overlay FOLDER"


@dataclass(frozen=True, slots=True)
class Gap:
    """Something unknown, or known only roughly.

    Parameters
    ----------
    missing
        Whether an amount is left out of the total; else it is counted with a wide interval.
    remedy, command
        What to do in words, or as something to type.
    could_add
        What it could add to the total; None where that cannot be said.
    category
        The only category that it is missing from; empty: from every one.
    """

    what: str
    why: str
    missing: bool = True
    remedy: str = ""
    command: str = ""
    could_add: Quantity | None = None
    category: str = ""


def gaps(book: Book, span: Span) -> list[Gap]:
    """What is missing first, the largest before the others, then what only widens the interval."""
    found = [
        *_unanswered(book, span),
        *_odd(book, span),
        *_unread(book, span),
        *_noted(book, span),
        *(gap for category in _leading_first(book) for gap in _category(book, span, category)),
        *_placeless(book, span),
        *_later(book, span),
        *_unreached(book, span),
    ]
    return sorted(found, key=lambda gap: (not gap.missing, -(gap.could_add.p95 if gap.could_add else 0.0)))


def largest(found: list[Gap]) -> Gap | None:
    """The missing thing that could add most; None where none of them can be sized."""
    return next((gap for gap in found if gap.missing and gap.could_add is not None), None)


def _unanswered(book: Book, span: Span) -> Iterator[Gap]:
    amounts: dict[tuple[str, str], float] = {}
    for group in book.cut(span).unanswered():
        key = (group.flow, group.project)
        amounts[key] = amounts.get(key, 0.0) + group.amount
    for (flow, project), amount in sorted(amounts.items(), key=lambda item: -item[1]):
        what = say(
            "{amount} {unit} of {flow}", amount=plain_number(amount), unit=unit_label(flow_unit(flow)), flow=flow
        )
        what = say("{what}, {project}", what=what, project=project) if project else what
        yield Gap(what, say("The library knows no process for it. A row of your own closes it."), command=_OVERLAY)


def _odd(book: Book, span: Span) -> Iterator[Gap]:
    """Places that the library lacks, and what no account can hold."""
    for found in oddities(book.odd(span), book.desk.library):
        command = found.remedy if is_command(found.remedy) else ""
        yield Gap(found.what, f"{_begun(found.why)}.", found.missing, "" if command else found.remedy, command)


def _later(book: Book, span: Span) -> Iterator[Gap]:
    """What is dated after the months shown, where nobody chose when these end."""
    n = book.later
    if n and book.span == span:
        last = month_text(month_after(span.until, -1))
        what = counted(n, "{n} activity after {month}", "{n} activities after {month}", n=n, month=last)
        why = say("Dated in the future, and not in this total.")
        yield Gap(what, why, True, say("Choose later months in the sentence above."))


def _unread(book: Book, span: Span) -> Iterator[Gap]:
    found: dict[tuple[str, str, str], list[Run]] = {}
    for run in book.runs_of(span):
        for channel in unread(run):
            found.setdefault((channel.component, run.host.get("hostname", ""), channel.detail), []).append(run)
    for (component, machine, detail), runs in found.items():
        why, _, remedy = detail.partition("; ")
        n, name = len(runs), component_name(component)
        if machine:
            what = counted(n, "Energy of {part} of {machine}, {n} run", "Energy of {part} of {machine}, {n} runs",
                           part=name, machine=machine, n=n)  # fmt: skip
        else:
            what = counted(n, "Energy of {part}, {n} run", "Energy of {part}, {n} runs", part=name, n=n)
        reason = f"{_begun(why)}." if why else say("No reading was taken.")
        size = could_add(book, span, component, runs)
        command = remedy if is_command(remedy) else ""
        yield Gap(what, reason, True, "" if command else remedy, command, size)


def _noted(book: Book, span: Span) -> Iterator[Gap]:
    """What the tracker of runs says was not counted."""
    found: Counter[str] = Counter()
    for run in book.runs_of(span):
        found.update({note.removeprefix(NOT_COUNTED) for note in run.notes if note.startswith(NOT_COUNTED)})
    for note, n in found.items():
        what, _, remedy = note.rpartition("; ")
        command = remedy if is_command(remedy) else ""
        reason = counted(n, "Not counted in {n} run.", "Not counted in {n} runs.", n=n)
        yield Gap(_begun(what), reason, True, "" if command else _begun(remedy), command)


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _leading_first(book: Book) -> list[str]:
    return sorted(CATEGORIES, key=lambda category: category != book.category)


def _category(book: Book, span: Span, category: str) -> Iterator[Gap]:
    """Processes in use of which a category has no figure."""
    processes = book.cut(span).footprint.unit.processes.values()
    names = [process.name for process in processes if category in process.unknown]
    if names:
        name = category_name(category)
        what = say("{category} of {process}", category=name, process=names[0])
        if len(names) > 1:
            what = say("{category} of {n} processes", category=name, n=len(names))
        listed = ", ".join(names[:3])
        why = say("No sourced figure is known: {names}.", names=listed)
        if len(names) > 3:
            why = say("No sourced figure is known: {names} and others.", names=listed)
        yield Gap(what, why, command=_OVERLAY, category=category)


def _unreached(book: Book, span: Span) -> Iterator[Gap]:
    """The leading category, where what answers it says nothing of it under this method."""
    found = book.cut(span).footprint
    if found.lines and not found.unanswered and found.total(book.category) is None:
        direct = book.desk.method.scope == "direct"
        remedy = say("Choose the whole life cycle in the sentence above.") if direct else ""
        why = say("No process that answers it says anything of this category.")
        if direct:
            why = say("No process that answers it says anything of this category for the stacks alone.")
        command = "" if direct else _OVERLAY
        yield Gap(category_name(book.category), why, True, remedy, command, category=book.category)


def _placeless(book: Book, span: Span) -> Iterator[Gap]:
    """What happened nobody knows where: counted with the world's average."""
    found = book.along(span, "project", flow="electricity.it", zone="", region="", site="")
    whole = float(np.median(sum(book.along(span, "method").values(), np.zeros(book.desk.draws))))
    for project, samples in found.items():
        share = float(np.median(samples)) / whole if whole else 0.0
        why = say(
            "It is counted with the world’s average and makes {share} of the total; the interval is wide.",
            share=percent(share),
        )
        what = say("Place of {project}", project=project or say("runs without a project"))
        yield Gap(what, why, False, command="treadlight config set site.zone FR")
