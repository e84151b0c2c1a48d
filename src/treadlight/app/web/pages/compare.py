"""Compare: two runs, systems, projects or spans side by side, with the difference from shared draws."""

from typing import Any

import numpy as np

from treadlight.app.server.answers import Answer, Redirect
from treadlight.app.server.asked import PageRequest
from treadlight.app.server.desk import Desk
from treadlight.app.web import sentences
from treadlight.app.web.book import Book
from treadlight.app.web.dots import dots
from treadlight.app.web.figures import download, kind_of, plate
from treadlight.app.web.ink import Axis
from treadlight.app.web.lives import lives
from treadlight.app.web.render import keep, render
from treadlight.app.web.sides import Side, parts_of, shared_causes, side
from treadlight.assess.draws import Array
from treadlight.core.marks import weakest
from treadlight.core.quantity import Quantity
from treadlight.core.texts import say
from treadlight.share.charts import Chart, Curve, density_chart
from treadlight.share.numbers import between, figure, in_unit, shared_unit, show, unit_label

PATHS = ("/compare", "/compare/{figure:str}")
TITLE = "Compare"
NAV = 40


def page(desk: Desk, request: PageRequest) -> Answer:
    """The comparison, or one of its figures as a file."""
    book = Book(desk, request)
    ticked = request.all("run")
    if len(ticked) >= 2:
        return Redirect(request.url("/compare", run=None, a=ticked[0], b=ticked[1]))
    refs = [request.get(name) or (ticked[0] if name == "a" and ticked else "") for name in ("a", "b")]
    if not all(refs):
        return _empty(book, refs[0])
    pair = Pair(book, side(book, refs[0]), side(book, refs[1]))
    if "figure" in request.params:
        name, kind = kind_of(request.params["figure"], "alone", "difference")
        return download(pair.alone() if name == "alone" else pair.apart(), kind, request.get("theme"))
    return render(
        desk, request, "compare.html.jinja", **pair.context(request), sentence=sentences.compare(book, pair.names)
    )


def _empty(book: Book, a: str) -> Answer:
    """The page on which two things are chosen: A by one link, then B by another."""
    runs = book.runs[:40]
    offered = [
        (say("Systems"), [(f"system:{one.name}", one.name, "") for one in lives(book)]),
        (say("Latest runs"), [(run.id, run.name or run.id[:18], f"{run.start:%Y-%m-%d}") for run in runs]),
    ]
    return render(
        book.desk, book.request, "compare.empty.html.jinja", title=TITLE, book=book, a=a, runs=runs,
        offered=[(head, found) for head, found in offered if found], enough=sum(len(found) for _, found in offered) > 1,
        chosen=lambda ref: book.request.url("/compare", run=None, **{"b" if a else "a": ref}),
    )  # fmt: skip


class Pair:
    """Two sides, their difference, and how sure it is."""

    def __init__(self, book: Book, a: Side, b: Side) -> None:
        self.book, self.a, self.b = book, a, b
        self.unit = shared_unit([a.total, b.total])
        self.gap: Array = b.draws - a.draws
        self.difference = book.quantity(self.gap) if a.total and b.total else None

    @property
    def names(self) -> tuple[str, str]:
        """Of A and of B."""
        return self.a.name, self.b.name

    @property
    def mark(self) -> str:
        """Mark of the difference: the weaker one of both sides."""
        return weakest(((self.a.method, 1.0), (self.b.method, 1.0)))

    @property
    def lower(self) -> float:
        """Probability that B is lighter than A."""
        return float(np.mean(self.gap < 0) + np.mean(self.gap == 0) / 2)

    @property
    def question(self) -> str:
        """What the number answers; asked the way that is likelier."""
        return say("Is B lighter than A?") if self.lower >= 0.5 else say("Is B heavier than A?")

    def of_answer(self, lighter: float) -> float:
        """Probability of what the question asks, of the probability that B is lighter."""
        return lighter if self.lower >= 0.5 else 1 - lighter

    @property
    def sure(self) -> str:
        """The same in per cent; so many draws cannot tell never from seldom."""
        percent = 100 * self.of_answer(self.lower)
        return "< 1" if percent < 0.5 else "> 99" if percent > 99.5 else f"{percent:.0f}"

    @property
    def strangers(self) -> float:
        """The same probability, had the two been drawn apart: what sharing the doubt is worth."""
        rng = np.random.default_rng(self.book.desk.seed)
        apart = rng.permutation(self.b.draws) - self.a.draws
        return float(np.mean(apart < 0) + np.mean(apart == 0) / 2)

    def _in_unit(self, samples: Array) -> tuple[float, ...]:
        total = self.a.total or self.b.total
        factor = in_unit(Quantity.exact(1.0, total.unit), self.unit).p50 if total else 1.0
        return tuple(float(x) * factor for x in samples)

    def alone(self, *, narrow: bool = False) -> Chart:
        """Each alone: two distributions on one axis."""
        curves = [Curve("B", self._in_unit(self.b.draws)), Curve("A", self._in_unit(self.a.draws), "beside")]
        said = "; ".join(f"{s} {show(t, self.unit).text}, {between(t, self.unit)}" for s, t in self._totals())
        desk = self.book.desk
        title = say(
            "{n} draws each, seed {seed}; {unit}.", n=figure(desk.draws), seed=desk.seed, unit=unit_label(self.unit)
        )
        return density_chart("alone", title, said, curves, self.unit, narrow=narrow)

    def _totals(self) -> list[tuple[str, Quantity]]:
        return [(name, s.total) for name, s in (("A", self.a), ("B", self.b)) if s.total is not None]

    def apart(self, *, narrow: bool = False) -> Chart:
        """The difference, draw by draw, with zero drawn."""
        n = f"{100 * self.of_answer(self.lower):.0f}"
        lighter = self.lower >= 0.5
        sure = (
            say("B is lighter in {n} of 100 draws.", n=n) if lighter else say("B is heavier in {n} of 100 draws.", n=n)
        )
        curve = Curve("B − A", self._in_unit(self.gap))
        title = say("The difference, draw by draw, {unit}; zero is drawn.", unit=unit_label(self.unit))
        return density_chart("difference", title, sure, [curve], self.unit, zero=True, narrow=narrow)

    def context(self, request: PageRequest) -> dict[str, Any]:
        """What the template draws."""
        query = "&".join(part for part in (keep(request), f"a={self.a.ref}", f"b={self.b.ref}") if part)
        rows = parts_of(self.book, self.a, self.b)
        known = self.difference is not None
        return {
            "title": say("{a} and {b}", a=self.a.name, b=self.b.name),
            "book": self.book,
            "pair": self,
            "dots": dots(round(100 * self.of_answer(self.lower))),
            "alone_plate": plate(self.alone, "/compare/alone", query, why="#parts", width=900) if known else None,
            "apart_plate": plate(self.apart, "/compare/difference", query, why="#parts", width=620) if known else None,
            "causes": shared_causes(self.a, self.b)[:14],
            "rows": rows,
            "axis": Axis([*(row.difference for row in rows), self.difference], self.unit, width=220),
            "swap": request.url(a=self.b.ref, b=self.a.ref),
        }
