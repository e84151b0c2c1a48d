"""A filter that matches nothing: which of its phrases excludes most, and where one gets without it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from treadlight.app.web.book import Book
from treadlight.app.web.listing import matching
from treadlight.core.texts import counted
from treadlight.ledger.records import Run

__all__ = ["Excluding", "excluding"]


@dataclass(frozen=True, slots=True)
class Excluding:
    """The phrase that excludes most, in words, and the address without it."""

    text: str
    href: str


def excluding(book: Book) -> Excluding | None:
    """Of what the list of runs is asked for, the phrase without which it would hold most; None where none helps."""
    request, tests = book.request, _tests(book)
    most, name = 0, ""
    for left_out in tests:
        others = [test for key, test in tests.items() if key != left_out]
        n = sum(all(test(run) for test in others) for run in book.desk.runs)
        most, name = (n, left_out) if n > most else (most, name)
    if not name:
        return None
    gone = ("since", "until") if name == "since" else (name,)
    href = request.url(page=None, **dict.fromkeys(gone))
    said = book.span.text if name == "since" and book.span is not None else request.get(name)
    text = counted(
        most, "“{text}” excludes {n} run; leave it out.", "“{text}” excludes {n} runs; leave it out.", text=said, n=most
    )
    return Excluding(text, href)


def _tests(book: Book) -> Mapping[str, Callable[[Run], bool]]:
    """What is asked of a run, by parameter of the address."""
    asked, f, found = book.request, book.desk.filter, dict[str, Callable[[Run], bool]]()
    for name in ("q", "status"):
        if asked.get(name):
            text, status = (asked.get(name), "") if name == "q" else ("", asked.get(name))
            kept = {run.id for run in matching(book.desk.runs, text, status)}
            found[name] = lambda run, kept=kept: run.id in kept  # type: ignore[misc]
    for name in ("project", "team"):
        value = getattr(f, name)
        if value is not None:
            found[name] = lambda run, name=name, value=value: getattr(run.subject, name) == value  # type: ignore[misc]
    if f.stage is not None:
        found["stage"] = lambda run: run.stage == f.stage
    if f.since is not None or f.until is not None:
        found["since"] = lambda run: (
            (f.since is None or run.start >= f.since) and (f.until is None or run.start < f.until)
        )
    return found
