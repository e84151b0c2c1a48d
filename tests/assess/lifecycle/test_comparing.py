"""Comparisons of systems: shared draws, both ways alike, and refused wherever the rules differ."""

from typing import Any

import numpy as np
import pytest

from studies_made import assessed, given, item, stage, system
from treadlight.assess.lifecycle.comparing import Comparison, comparison, mismatches, system_of
from treadlight.core.errors import InputError

SCOPE: dict[str, Any] = {
    "function": "answer",
    "functional_unit": {"name": "one answer", "amount": 1, "unit": "request"},
    "boundary": ["training", "serving"],
    "categories": ["gwp", "water"],
}


def study(amount: Any = "lognormal(10, 1.5)", **changed: Any) -> dict[str, Any]:
    scope = {**SCOPE, **{name: value for name, value in changed.items() if name not in ("allocation", "item")}}
    made = system(stage("training", item(amount=amount, **changed.get("item", {}))), stage("serving", item(amount=1)))
    return given(made, scope=scope, allocation=changed.get("allocation", {}))


def two(a: dict[str, Any], b: dict[str, Any], **options: Any) -> Comparison:
    return comparison(system_of(assessed(a)), system_of(assessed(b, **options)))


def test_what_both_share_cancels() -> None:
    found = two(study(amount="lognormal(10, 3)"), study(amount="lognormal(10, 3)", item={"name": "electricity"}))
    row = found.rows[0]
    assert row.difference is not None
    assert row.ratio is not None
    assert (row.difference.p05, row.difference.p95, row.a_lower) == (0, 0, 0.5)
    assert (row.ratio.p05, row.ratio.p95) == (1, 1)


def test_a_against_b_is_b_against_a_turned_round() -> None:
    a, b = study(), study(amount="lognormal(14, 1.2)")
    there, back = two(a, b), two(b, a)
    for one, other in zip(there.rows, back.rows, strict=True):
        assert one.difference is not None
        assert one.ratio is not None
        assert other.difference is not None
        assert other.ratio is not None
        assert one.difference.p05 == pytest.approx(-other.difference.p95)
        assert one.difference.p50 == pytest.approx(-other.difference.p50)
        assert one.ratio.p95 == pytest.approx(1 / other.ratio.p05, rel=0.02)
        assert (one.a_lower or 0) + (other.a_lower or 0) == pytest.approx(1)
        assert 0.5 < (one.a_lower or 0) < 1


def test_the_probability_is_the_share_of_the_draws() -> None:
    a, b = assessed(study()), assessed(study(amount="lognormal(14, 1.2)"))
    found = comparison(system_of(a), system_of(b)).rows[0]
    assert found.a_lower == np.mean(a.systems[0].samples[0] < b.systems[0].samples[0])


REFUSED: list[tuple[dict[str, Any], tuple[str, str]]] = [
    ({"functional_unit": {"name": "one question", "amount": 1, "unit": "request"}}, ("functional unit", "name")),
    ({"functional_unit": {"name": "one answer", "amount": 1000, "unit": "request"}}, ("functional unit", "amount")),
    ({"functional_unit": {"name": "one answer", "amount": 1, "unit": "page"}}, ("functional unit", "amount")),
    ({"boundary": ["training"]}, ("boundary", "stages")),
    ({"cut_off_percent": 5.0}, ("boundary", "cut-off")),
    ({"allocation": {"rule": "energy", "source": "meters"}, "item": {"share": 0.5}}, ("allocation", "rule")),
    ({"allocation": {"lifetime_years": 6}}, ("allocation", "lifetime")),
    ({"allocation": {"utilisation": 0.5}}, ("allocation", "utilisation")),
    ({"allocation": {"hours_per_year": 8640}}, ("allocation", "hours a year")),
    ({"allocation": {"share": 0.5}}, ("allocation", "share")),
    ({"electricity": "market"}, ("method", "electricity")),
    ({"categories": ["gwp"]}, ("categories", "categories")),
    ({"period": "2019"}, ("data vintage", "period")),
    ({"library": "2025.01"}, ("data vintage", "library")),
]


@pytest.mark.parametrize(("changed", "named"), REFUSED, ids=[f"{t} {w}" for _, (t, w) in REFUSED])
def test_refused_where_a_rule_differs_and_only_that_is_named(changed: dict[str, Any], named: tuple[str, str]) -> None:
    found = two(study(), study(**changed))
    assert not found.comparable
    assert found.rows == ()
    assert [(m.topic, m.what) for m in found.mismatches] == [named]
    (only,) = found.mismatches
    assert only.a != only.b
    assert only.remedy


def test_a_rule_computed_from_a_parameter_differs_where_the_parameter_does() -> None:
    four, six = (
        {
            **study(allocation={"lifetime_years": "life", "utilisation": given_}),
            "parameters": {"life": {"value": years}},
        }
        for years, given_ in ((4, 1), (6, 1.0))
    )
    (only,) = two(four, six).mismatches
    assert (only.what, only.a, only.b) == ("lifetime", "life (life = 4) years", "life (life = 6) years")
    assert two(four, four).comparable


def test_refused_where_the_draws_are_others() -> None:
    found = two(study(), study(), seed=3)
    assert [(m.topic, m.what, m.a, m.b) for m in found.mismatches] == [
        ("method", "draws", "200 from seed 0", "200 from seed 3")
    ]


def test_every_difference_is_named_at_once() -> None:
    found = mismatches(assessed(study()), assessed(study(boundary=["training"], electricity="market")))
    assert {m.topic for m in found} == {"boundary", "method"}


def test_systems_of_one_study_may_always_be_compared() -> None:
    both = given(system(stage("training", item(amount=1))), system(stage("training", item(amount=2)), id="b"))
    result = assessed(both)
    found = comparison(system_of(result, "a"), system_of(result, "b"))
    assert found.comparable
    assert found.rows[0].a_lower == 1


def test_a_category_unknown_of_one_is_not_compared() -> None:
    card = {"flow": "product.laptop", "amount": 1}
    a = given(system(stage("training", item("laptop", **card))))
    b = given(system(stage("training", item("card", flow="product.gpu", amount=1))))
    found = two(a, b)
    rows = {row.category: row for row in found.rows}
    assert rows["gwp"].difference is not None
    assert rows["adpe"].a is None
    assert (rows["adpe"].difference, rows["adpe"].ratio, rows["adpe"].a_lower) == (None, None, None)
    assert any("more is known of one than of the other" in text for text in found.caveats)


def test_what_a_reader_must_know_stays_with_it() -> None:
    mine = {"rule": "count", "share": 0.5, "source": "one of two"}
    a = study(function="answer questions", geography="France")
    b = given(system(stage("training", item(flow="hardware.gpu", amount=1, allocation=mine)),
                     stage("serving", item(amount=1))), scope=SCOPE)  # fmt: skip
    said = "\n".join(two(a, b).caveats)
    assert "worded differently: “answer questions” and “answer”" in said
    assert "the places differ: France and not stated" in said
    assert "in A none, in B rule count, share 0.5" in said


def test_a_public_study_that_did_not_mean_to_compare_is_told_what_that_needs() -> None:
    a, b = study(), study()
    a["goal"] = {**a["goal"], "public": True}
    assert any("goal.comparative = true" in text for text in two(a, b).caveats)
    a["goal"]["comparative"] = True
    said = two(a, b).caveats
    assert not any("goal.comparative" in text for text in said)
    assert any("panel of at least three reviewers" in text for text in said)


def test_a_system_that_is_not_named_or_not_there_is_said() -> None:
    result = assessed(given(*(system(stage("training", item(amount=1)), id=name) for name in ("a", "b"))))
    with pytest.raises(InputError, match=r"has several systems.*:SYSTEM with one of a, b"):
        system_of(result)
    with pytest.raises(InputError, match="is no system of the study, got 'c'"):
        system_of(result, "c")
