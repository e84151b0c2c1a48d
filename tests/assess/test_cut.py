"""Cuts: parts add up to the footprint draw by draw, whatever the key, and equal the footprint of the part alone."""

import msgspec
import numpy as np
import pytest

from treadlight.assess.cut import cut
from treadlight.assess.footprint import footprint
from treadlight.ledger.records import GroupSum
from treadlight.library.library import Library

CATEGORIES = ("gwp", "water", "energy")


def group(**changes):
    plain = GroupSum(
        flow="electricity.it", zone="DE", region="", site="", period="2025", cause="meter", method="metered",
        uncertainty="normal(1.0,0.03)", component="gpu", stage="training", project="a", team="", run="", amount=10.0,
        count=1,
    )  # fmt: skip
    return msgspec.structs.replace(plain, **changes)


ROWS = [
    ("jan", group()),
    ("jan", group(project="b", amount=4.0)),
    ("feb", group(zone="FR", amount=7.0, stage="inference")),
    ("feb", group(flow="hardware.server.base", cause="hours", amount=30.0, component="rest", method="assumed")),
    ("feb", group(flow="storage.tape", cause="bill", amount=9.0, component="storage")),
]


@pytest.fixture(scope="module")
def library():
    return Library.load()


@pytest.fixture(scope="module")
def made(library):
    return cut(ROWS, library, None, categories=CATEGORIES, draws=200, seed=0)


@pytest.mark.parametrize(
    "key", (lambda t, g: t, lambda t, g: g.project, lambda t, g: (t, g.stage), lambda t, g: g.zone)
)
def test_parts_add_up_to_the_footprint_draw_by_draw(made, key):
    for row, category in enumerate(CATEGORIES):
        assert np.allclose(sum(made.by(category, key).values()), made.footprint.samples[row], rtol=1e-12)


def test_a_part_is_the_footprint_of_its_rows_alone(made, library):
    alone = footprint([g for t, g in ROWS if t == "jan"], library, categories=CATEGORIES, draws=200, seed=0)
    assert np.allclose(made.by("gwp", lambda t, _: t)["jan"], alone.samples[0], rtol=1e-12)


def test_what_is_left_out_by_its_key_is_not_counted(made):
    only = made.by("gwp", lambda t, g: "x" if g.project == "b" else None)
    assert np.allclose(
        only["x"] * 2.5, made.by("gwp", lambda t, g: g.project == "a" and g.zone == "DE" and g.component == "gpu")[True]
    )


def test_only_what_is_asked_for_is_cut_and_all_else_left_out(made):
    key = made.by("gwp", lambda t, g: g.project if (t, g.flow, g.site) == ("jan", "electricity.it", "") else None)
    found = made.along("gwp", "project", tag="jan", flow="electricity.it", site="")
    assert found.keys() == key.keys() == {"a", "b"}
    assert all(np.allclose(found[project], key[project], rtol=1e-12) for project in key)
    assert made.along("gwp", "project", zone="XX") == {}
    assert made.along("gwp", "project").keys() == {"a", "b"}


def test_what_no_process_answers_is_named_and_never_zero(made):
    assert [g.flow for g in made.unanswered()] == ["storage.tape"]
    assert made.footprint.coverage[0] < 1


def test_nothing_cut_is_nothing(library):
    empty = cut([], library, None, categories=CATEGORIES, draws=200, seed=0)
    assert empty.by("gwp", lambda t, g: t) == {} and empty.footprint.total("gwp") is None
