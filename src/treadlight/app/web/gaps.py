"""What a span does not know yet: why, what it could add where that can be said, and the command that closes it."""

from collections.abc import Iterator
from dataclasses import dataclass

from treadlight.app.web.book import Book, Span
from treadlight.core.category import CATEGORIES
from treadlight.core.flow import flow_unit
from treadlight.share.findings import is_command
from treadlight.share.numbers import percent, plain_number, unit_label

__all__ = ["Gap", "gaps"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something unknown, or known only roughly.

    Parameters
    ----------
    missing
        Whether an amount is left out of the total; else it is counted with a wide interval.
    remedy, command
        What to do in words, or as something to type.
    """

    what: str
    why: str
    missing: bool = True
    remedy: str = ""
    command: str = ""


def gaps(book: Book, span: Span) -> list[Gap]:
    """What is missing first, then what only widens the interval."""
    return [*_unanswered(book, span), *_unread(book, span), *_category(book, span), *_placeless(book, span)]


def _unanswered(book: Book, span: Span) -> Iterator[Gap]:
    amounts: dict[tuple[str, str], float] = {}
    for group in book.cut(span).unanswered():
        key = (group.flow, group.project)
        amounts[key] = amounts.get(key, 0.0) + group.amount
    for (flow, project), amount in sorted(amounts.items(), key=lambda item: -item[1]):
        what = f"{plain_number(amount)} {unit_label(flow_unit(flow))} of {flow}" + (f", {project}" if project else "")
        command = "treadlight config set library.overlay FOLDER"
        yield Gap(what, "The library knows no process for it. A row of your own closes it.", command=command)


def _unread(book: Book, span: Span) -> Iterator[Gap]:
    for (component, machine, detail), runs in book.unread(span).items():
        why, _, remedy = detail.partition("; ")
        name = {"cpu": "CPU", "gpu": "GPU"}.get(component, component)
        where = f" of {machine}" if machine else ""
        what = f"Energy of {name}{where}, {runs} run" + ("s" if runs != 1 else "")
        yield _gap(what, f"{why[:1].upper()}{why[1:]}." if why else "No reading was taken.", remedy)


def _gap(what: str, why: str, remedy: str, *, missing: bool = True) -> Gap:
    if is_command(remedy):
        return Gap(what, why, missing, command=remedy)
    return Gap(what, why, missing, remedy=remedy)


def _category(book: Book, span: Span) -> Iterator[Gap]:
    """Processes in use of which the leading category has no figure."""
    processes = book.cut(span).footprint.unit.processes.values()
    names = [process.name for process in processes if book.category in process.unknown]
    if names:
        name = CATEGORIES[book.category].name
        what = f"{name} of {len(names)} processes" if len(names) > 1 else f"{name} of {names[0]}"
        why = f"No sourced figure is known: {', '.join(names[:3])}" + (" and others." if len(names) > 3 else ".")
        yield Gap(what, why, command="treadlight config set library.overlay FOLDER")


def _placeless(book: Book, span: Span) -> Iterator[Gap]:
    """What happened nobody knows where: counted with the world's average."""
    import numpy as np

    def placed(group: object) -> bool:
        return any(getattr(group, name) for name in ("zone", "region", "site"))

    found = book.by(span, lambda _, g: None if placed(g) or g.flow != "electricity.it" else g.project)
    whole = float(np.median(sum(book.by(span, lambda _, g: "").values(), np.zeros(book.desk.draws))))
    for project, samples in found.items():
        share = float(np.median(samples)) / whole if whole else 0.0
        name = project or "runs without a project"
        why = f"It is counted with the world’s average and makes {percent(share)} of the total; the interval is wide."
        yield Gap(f"Place of {name}", why, False, command="treadlight config set site.zone FR")
