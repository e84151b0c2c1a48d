"""What the pages reckon: changes add up, what if keeps what was, equations give the number they explain."""

import math

import numpy as np
import pytest

from treadlight.app.account import CATEGORIES
from treadlight.app.runs import run_facts
from treadlight.app.server.asked import PageRequest
from treadlight.app.web.book import Book, Span
from treadlight.app.web.changes import changes
from treadlight.app.web.overview import DIMENSIONS, Overview
from treadlight.app.web.reasons import reasons
from treadlight.app.web.tree import equation, flattened, shortened
from treadlight.app.web.whatif import Tried, WhatIf
from treadlight.core.errors import InputError
from treadlight.ledger.months import month_after


def book(site, **query):
    return Book(site.desk(**query), PageRequest("/", query={k: [v] for k, v in query.items()}))


@pytest.fixture
def training(year):
    desk = year.desk()
    run = next(r for r in year.runs if r.subject.project == "Tide forecast" and r.stage == "training")
    return WhatIf(desk, run_facts(desk, run.id), "gwp")


def test_the_steps_of_what_changed_lead_from_the_old_total_to_the_new(year):
    made = book(year)
    now = Span(month_after(made.extent.until, -6), made.extent.until)
    steps = changes(made, now.before(), now)
    old, new = (float(np.median(made.cut(s).footprint.samples[0])) for s in (now.before(), now))
    assert steps[0].start == pytest.approx(old)
    assert steps[-1].start + steps[-1].change.p50 == pytest.approx(new, rel=0.02)
    assert {s.kind for s in steps} >= {"activity"}


@pytest.mark.parametrize("split", DIMENSIONS)
def test_every_split_adds_up_to_the_total(year, split):
    overview = Overview(book(year), split)
    parts = math.fsum(row.quantity.p50 for row in overview.split_rows if row.quantity)
    assert parts == pytest.approx(overview.total.p50, rel=0.06)  # medians of skewed parts
    assert any(row.quantity is None for row in overview.split_rows)


def test_months_add_up_to_the_total_draw_by_draw(year):
    made = book(year)
    months = made.by(made.span, lambda month, _: month)
    assert np.allclose(sum(months.values()), made.now.footprint.samples[0])


def test_what_if_nothing_is_tried_is_the_total_as_it_was(training):
    row = CATEGORIES.index("gwp")
    assert np.allclose(training.draws(Tried()), training._base.samples[row])
    assert training.difference(Tried()).p50 == 0


def test_what_if_moves_with_pue_lifetime_and_zone(training):
    as_it_was = training.total(Tried())
    assert training.total(Tried(pue=1.0)).p50 < as_it_was.p50 < training.total(Tried(pue=2.0)).p50
    assert training.total(Tried(life=8.0)).p50 < training.total(Tried(life=2.0)).p50
    assert training.total(Tried(zone="SE")).p50 < training.total(Tried(zone="PL")).p50
    two, one = (training.draws(Tried(pue=p)) - training.draws(Tried(pue=1.0)) for p in (2.0, 1.5))
    assert np.allclose(two, 2 * one)


def test_what_if_refuses_what_is_out_of_range():
    with pytest.raises(InputError, match=r"pue: is out of range, got '3'; give 1 to 2"):
        Tried.of(PageRequest("/", query={"pue": ["3"]}))
    with pytest.raises(InputError, match="zone"):
        from treadlight.library.library import Library

        Library.load().check_place(zone="QQ")


def test_an_equation_gives_the_number_it_explains(year):
    made = book(year)
    for run in year.runs[:12]:
        root = reasons(made, run.id)
        terms = equation(root)
        assert terms[0].quantity.p50 == pytest.approx(root.amount)
        assert _value(terms) == pytest.approx(root.amount, rel=0.03)


def _value(terms):
    sums, current = [], None
    for term in terms[1:]:
        value = term.quantity.p50 if term.quantity else 0.0
        if term.op == "×":
            current *= value
        else:
            sums += [] if current is None else [current]
            current = value
    return sum(sums) + (current or 0.0)


def test_a_shortened_tree_still_adds_up(year):
    made = book(year)
    root = reasons(made, "total")
    for tree in (flattened(root), shortened(flattened(root))):
        assert tree.amount == root.amount
        assert math.fsum(c.amount or 0.0 for c in tree.children) == pytest.approx(root.amount, rel=1e-6)


def test_texts_can_be_put_into_another_language(year, monkeypatch):
    from treadlight.app.web import texts

    pseudo = {key: f"⟦{key}⟧" for key in texts.messages()}
    monkeypatch.setitem(texts.CATALOGUE, "xx", pseudo)
    text = year.ask("/?lang=xx").text
    assert "⟦Month by month⟧" in text and "⟦What we do not know yet⟧" in text and 'lang="xx"' in text
    assert len(pseudo) > 150
