"""Net impact: hand-computed cases, and what must hold for every claim."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claims_made import ANSWER, TODAY, assessed, made
from studies_made import LIBRARY
from treadlight.assess.lifecycle.study import Query
from treadlight.assess.netimpact.assessment import assess_claims
from treadlight.assess.netimpact.first_order import Answerers
from treadlight.assess.netimpact.reading import claim_of
from treadlight.core.errors import InputError
from treadlight.ledger.records import GroupSum

UP_TO_ALL = st.floats(0, 1)


def summed(flow: str, amount: float) -> GroupSum:
    return GroupSum(
        flow=flow, zone="", region="", site="", period="2026", cause="", uncertainty="point(1.0)", method="metered",
        component="server", stage="", project="x", team="", run="", amount=amount, count=3,
    )  # fmt: skip


def test_the_net_saving_is_what_the_formula_says() -> None:
    found = assessed({"effect.intention_to_treat.value": 20})
    assert found.gross is not None and found.gross.p50 == pytest.approx(200)
    assert found.net is not None and found.net.p50 == pytest.approx(200 * 0.9 - 5 - 10)
    assert found.attributed is not None and found.attributed.p50 == pytest.approx(165 / 2)
    assert found.footprint is not None and found.footprint.p50 == pytest.approx(10)  # whole, whatever is avoided
    assert found.effect is not None and found.effect.p50 == pytest.approx(20)


def test_what_is_avoided_stands_before_the_footprint_which_is_taken_off_once() -> None:
    found = assessed({"effect.intention_to_treat.value": 20})
    assert found.avoided is not None and found.footprint is not None and found.net is not None
    assert found.avoided.p50 == pytest.approx(200 * 0.9 - 5)
    assert found.avoided.p50 - found.footprint.p50 == pytest.approx(found.net.p50)
    kinds = [step.kind for step in found.steps]
    assert kinds.index("side effect") < kinds.index("avoided") < kinds.index("own footprint") < kinds.index("net")


def test_what_rests_on_an_unknown_term_is_unknown_and_what_is_known_bounds_it() -> None:
    without_footprint = assessed({"first_order": []})
    assert without_footprint.avoided is not None  # it rests on rebound and side effects, which are known
    assert without_footprint.net is without_footprint.attributed is None
    for changes in ({"rebound": []}, {"side_effect": []}, {"side_effect.0.amount": None}):
        found = assessed(changes)
        assert found.avoided is found.net is found.attributed is None
        assert found.at_most is not None and found.at_most.p50 > 0


def test_a_ledger_below_zero_is_no_footprint() -> None:
    sums = [summed("electricity.it", -100.0)]
    claim = claim_of(made({"first_order.0": {"name": "runs", "ledger": {"project": "x"}}}))
    with pytest.raises(InputError, match=r"first_order\[0\]: has a footprint below 0"):
        assess_claims([claim], Answerers(LIBRARY, lambda query: sums), today=TODAY, draws=50)  # type: ignore[arg-type]


def test_reference_less_solution_is_the_same_saving() -> None:
    solution = {"amount": 0.8, "unit": "tCO2e", "source": "meters"}
    found = assessed({"effect": None, "solution": solution})
    assert found.net is not None and found.net.p50 == pytest.approx(165)


def test_units_are_converted_and_shares_of_the_reference_are_taken_of_it() -> None:
    found = assessed({"side_effect.0.amount": 0.5, "side_effect.0.unit": "%", "effect.intention_to_treat.value": 20})
    assert found.net is not None and found.net.p50 == pytest.approx(165)  # 0.5 % of 1000 kg is 5 kg


def test_a_p_value_gives_the_standard_error() -> None:
    found = assessed({"effect.intention_to_treat": {"value": 20, "p": 0.05}}, draws=4000)
    assert found.effect is not None
    se = 20 / 1.959964
    assert found.effect.p50 == pytest.approx(20, abs=0.01)
    assert found.effect.p05 == pytest.approx(20 - 1.644854 * se, abs=0.1)
    assert found.effect.p95 == pytest.approx(20 + 1.644854 * se, abs=0.1)


def test_shares_lead_from_the_part_to_the_whole() -> None:
    shares = [{"name": "a", "value": "0.15 / 0.40"}, {"name": "b", "value": 0.1}]
    found = assessed({"effect": {"unit": "%", "saving": {"value": 40}, "share": shares}})
    assert found.effect is not None and found.effect.p50 == pytest.approx(40 * 0.375 * 0.1)


def test_the_footprint_comes_from_the_ledger_with_the_library_and_nothing_is_asked_twice() -> None:
    asked: list[Query] = []

    def ledger(query: Query) -> list[GroupSum]:
        asked.append(query)
        return [summed("electricity.it", 100.0)]

    claim = claim_of(made({"first_order.0": {"name": "runs", "ledger": {"project": "x"}, "share": 0.5}}))
    found = assess_claims([claim], Answerers(LIBRARY, ledger), today=TODAY, draws=50)[0]  # type: ignore[arg-type]
    assert found.footprint is not None
    assert found.footprint.p50 == pytest.approx(100 * 1.2 * 0.5 * 0.5)  # kWh × PUE × kg/kWh × share
    assert [query.project for query in asked] == ["x"]


STUDY = """
schema = "treadlight.study/1"
id = "s"
goal = { purpose = "test", audience = ["testers"] }
[scope]
function = "answer"
functional_unit = { name = "ten answers", amount = 10, unit = "request" }
boundary = ["training"]
categories = ["gwp"]
[[system]]
id = "a"
delivers = 1000
[[system.stage]]
name = "training"
[[system.stage.item]]
name = "electricity"
flow = "electricity.it"
amount = 100
"""


def test_the_footprint_comes_from_a_study_beside_the_claim(tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(STUDY)
    for amount, unit in ((20, ""), (200, "request")):
        part = {"name": "life", "study": "s.toml", "amount": amount, "unit": unit}
        claim = claim_of(made({"first_order.0": part}), "c.toml", str(tmp_path / "c.toml"))
        found = assess_claims([claim], ANSWER, today=TODAY, draws=50)[0]
        assert found.footprint is not None
        assert found.footprint.p50 == pytest.approx(100 * 1.2 * 0.5 / 1000 * 200)


GPU = """
[[system.stage.item]]
name = "accelerators"
flow = "hardware.gpu"
amount = 10
"""

UNSAID = """
[[system.stage.item]]
name = "accelerators"
flow = "hardware.abacus"
amount = 10
"""


@pytest.mark.parametrize(("more", "state"), [("", "unknown"), (GPU, "pass"), (UNSAID, "unknown")])
def test_a_footprint_without_the_making_of_what_runs_it_is_not_known(tmp_path: Path, more: str, state: str) -> None:
    (tmp_path / "s.toml").write_text(STUDY + more)
    part = {"name": "life", "study": "s.toml", "amount": 20, "unit": "", "source": "our study"}
    claim = claim_of(made({"first_order": [part]}), "c.toml", str(tmp_path / "c.toml"))
    found = assess_claims([claim], ANSWER, today=TODAY, draws=50)[0]
    gate = next(gate for gate in found.gates if gate.id == "footprint")
    assert gate.state == state
    if not more:
        assert "the making of what draws its electricity is not counted" in gate.reason


def test_a_ledger_that_holds_nothing_is_an_error_and_no_zero() -> None:
    claim = claim_of(made({"first_order.0": {"name": "runs", "ledger": {"project": "x"}}}))
    with pytest.raises(InputError, match="finds no activity"):
        assess_claims([claim], Answerers(LIBRARY, lambda query: []), today=TODAY, draws=50)  # type: ignore[arg-type]


def test_a_footprint_that_is_partly_known_is_not_whole() -> None:
    sums = [summed("electricity.it", 100.0), summed("data.transfer.moon", 5.0)]
    claim = claim_of(made({"first_order.0": {"name": "runs", "ledger": {"project": "x"}}}))
    found = assess_claims([claim], Answerers(LIBRARY, lambda query: sums), today=TODAY, draws=50)[0]  # type: ignore[arg-type]
    assert found.own[0].coverage < 1
    assert "the whole of runs" in found.unknown
    assert found.p_benefit is None


@settings(max_examples=30, deadline=None)
@given(st.floats(-50, 50), st.floats(0, 2), st.floats(0, 2))
def test_more_rebound_never_raises_the_net_saving(effect: float, less: float, more: float) -> None:
    low, high = sorted((less, more))
    nets = []
    for fraction in (low, high):
        found = assessed({"effect.intention_to_treat.value": effect, "rebound.0.fraction": fraction}, draws=50)
        assert found.net_samples is not None
        nets.append(found.net_samples)
    assert (nets[1] <= nets[0] + 1e-9).all()


@settings(max_examples=30, deadline=None)
@given(UP_TO_ALL)
def test_what_is_attributed_scales_with_the_share(share: float) -> None:
    found = assessed({"actor": [{"name": "us", "share": share}]}, draws=50)
    assert found.attributed_samples is not None and found.net_samples is not None
    assert np.allclose(found.attributed_samples, share * found.net_samples)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 100), st.integers(1, 500), st.data())
def test_intention_to_treat_is_per_protocol_times_compliance_where_the_others_had_no_effect(
    effect: float, treated: int, data: st.DataObject
) -> None:
    complied = data.draw(st.integers(1, treated))
    changes = {
        "effect": {"unit": "%", "per_protocol": {"value": effect}},
        "evidence.treated": treated,
        "evidence.complied": complied,
    }
    found = assessed(changes, draws=50)
    assert found.effect is not None
    assert math.isclose(found.effect.p50, effect * complied / treated, rel_tol=1e-9, abs_tol=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.floats(0, 500), st.floats(0, 500))
def test_a_larger_footprint_lowers_the_net_saving_by_as_much_and_stays_whole(a: float, b: float) -> None:
    first, second = (assessed({"first_order.0.amount": x}, draws=50) for x in (a, b))
    assert first.net_samples is not None and second.net_samples is not None
    assert np.allclose(first.net_samples - second.net_samples, b - a, atol=1e-9)
    assert first.footprint is not None and first.footprint.p50 == pytest.approx(a)


def test_claims_of_one_saving_share_their_draws() -> None:
    ours = claim_of(made())
    theirs = claim_of(made({"owner": "them", "id": "theirs"}) | {"saving_id": "sound"})
    a, b = assess_claims([ours, theirs], ANSWER, today=TODAY, draws=200)
    assert a.net_samples is not None and b.net_samples is not None
    assert np.array_equal(a.net_samples, b.net_samples)


def test_the_same_seed_gives_the_same_answer() -> None:
    first, second, other = assessed(seed=1), assessed(seed=1), assessed({"effect.intention_to_treat.value": 19}, seed=1)
    assert first.net == second.net
    assert first.digest == second.digest != other.digest


def refused(changes: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        assessed(changes, draws=50)
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reference.unit": "kWh"}, "claim: reference.unit: kWh measures energy and kgCO2e measures climate"),
        ({"side_effect.0.unit": "L"}, "side_effect[0].unit: L measures water volume"),
        ({"first_order.0.unit": "kWh"}, "first_order[0].unit: kWh measures energy"),
        ({"headline": {"value": 3, "unit": "L"}}, "headline.unit: L measures water volume"),
        (
            {"first_order.0.amount": -3},
            "claim: first_order[0].amount: falls below 0, got -3; a footprint is never negative",
        ),
        ({"first_order.0.amount": "normal(1, 2)"}, "first_order[0].amount: falls below 0"),
        ({"first_order.0.share": 1.2}, "first_order[0].share: leaves the range of a share, 0 to 1"),
        ({"rebound.0.fraction": "normal(0.1, 0.2)"}, "rebound[0].fraction: falls below 0"),
        (
            {"side_effect.0.amount": -5},
            "side_effect[0].amount: falls below 0, got -5; a side effect adds impact: count a saving in the effect",
        ),
        ({"side_effect.0.amount": "uniform(-1, 1.1)"}, "side_effect[0].amount: falls below 0"),
        ({"side_effect.0.amount": "normal(5, 3)", "side_effect.0.unit": "%"}, "side_effect[0].amount: falls below 0"),
        ({"effect.intention_to_treat.value": 120}, "effect: saves more than there is"),
        ({"effect": {"unit": "tCO2e", "saving": {"value": 1.1}}}, "effect: saves more than there is"),
        ({"effect": None, "solution": {"amount": -3, "unit": "kgCO2e"}}, "solution.amount: saves more than there is"),
        ({"effect.intention_to_treat.value": "a lot"}, "effect.intention_to_treat: is no amount"),
        ({"reference.amount": float("nan")}, "reference.amount: must be a finite number"),
        ({"reference.amount": -3}, "reference.amount: is not above 0"),
        ({"reference.amount": "1 / 0"}, "reference.amount: is not finite"),
        ({"reference.amount": 10**400}, "reference.amount: is too large"),
        ({"first_order.0": {"name": "x", "study": "none.toml", "amount": 1}}, "no such file"),
        ({"first_order.0": {"name": "x", "ledger": {"project": "p"}}}, "needs a ledger"),
    ],
)
def test_what_cannot_be_is_one_error(changes: dict[str, Any], said: str) -> None:
    assert said in refused(changes)


@pytest.mark.parametrize("draws", [10, 1000, 20_000])
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"first_order.0.amount": "normal(1, 0.3)"}, "first_order[0].amount: falls below 0, got 'normal(1, 0.3)'"),
        ({"first_order.0.share": "normal(0.8, 0.06)"}, "first_order[0].share: leaves the range of a share, 0 to 1"),
        ({"rebound.0.fraction": "uniform(-0.0001, 0.3)"}, "rebound[0].fraction: falls below 0"),
    ],
)
def test_an_end_of_a_distribution_is_seen_however_few_draws_are_made(
    changes: dict[str, Any], said: str, draws: int
) -> None:
    with pytest.raises(InputError) as caught:
        assessed(changes, draws=draws)
    assert said in str(caught.value)
    assert assessed({"first_order.0.amount": "normal(1, 0.25)"}, draws=draws).footprint is not None


def test_a_figure_with_a_unit_inside_it_is_refused() -> None:
    assert "first_order[0].amount: names day, got '365 day'; write numbers only" in refused(
        {"first_order.0.amount": "365 day"}
    )
