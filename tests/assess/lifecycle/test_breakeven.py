"""Break-even against closed forms: where it lies, that it never comes, and what is said of bad questions."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given as given_
from hypothesis import settings
from hypothesis import strategies as st

from studies_made import LIBRARY, given, item, stage, system
from treadlight.assess.lifecycle.breakeven import BreakEven, break_even, response, side_of
from treadlight.assess.lifecycle.model import Model
from treadlight.assess.lifecycle.reading import study_of
from treadlight.core.errors import InputError


def model(*systems: Mapping[str, Any], parameters: Mapping[str, Any], **rest: Any) -> Model:
    return Model(study_of(given(*systems, parameters=parameters, **rest)), LIBRARY, draws=400)


def life(training: Any = 1000, serving: Any = "0.01 * requests") -> dict[str, Any]:
    """A training, and a serving that grows with the requests."""
    return system(
        stage("training", item("run", amount=training)),
        stage("serving", item("answers", amount=serving)),
        delivers="requests",
    )


REQUESTS = {"requests": {"value": 1e5, "unit": "request", "label": "answers given"}}


def of(made: Model, parameter: str, left: str, right: str, category: str = "gwp", **bounds: float) -> BreakEven:
    return break_even(made, parameter, side_of(made, left, right), side_of(made, right, left), category, **bounds)


def test_training_stops_dominating_after_its_energy_over_that_of_a_request() -> None:
    found = of(model(life(), parameters=REQUESTS), "requests", "training", "serving")
    assert found.value is not None
    assert (found.value.p05, found.value.p50, found.value.p95) == pytest.approx((1e5,) * 3, rel=1e-9)
    assert found.central == pytest.approx(1e5, rel=1e-9)
    assert (found.crosses, found.left_larger_below, found.several) == (1, 1, 0)
    assert found.value.unit == "request"


def test_its_interval_is_that_of_the_closed_form_draw_by_draw() -> None:
    held = {**REQUESTS, "energy": {"value": "lognormal(1000, 1.6)"}, "each": {"value": "lognormal(0.01, 1.3)"}}
    made = model(life("energy", "each * requests"), parameters=held)
    found = of(made, "requests", "training", "serving")
    drawn = made.base.named("parameter:energy")[:-1] / made.base.named("parameter:each")[:-1]
    assert found.value is not None
    assert (found.value.p05, found.value.p50, found.value.p95) == pytest.approx(
        tuple(np.quantile(drawn, (0.05, 0.5, 0.95))), rel=1e-8
    )
    assert found.central == pytest.approx(1e5, rel=1e-9)


def test_below_which_grid_intensity_the_older_machine_wins() -> None:
    grid = {"id": "grid", "unit": "kWh", "exchanges": [{"target": "gwp", "amount": "intensity"}]}
    old = system(stage("serving", item("power", process="grid", amount=100)), id="old")
    new = system(stage("serving", item("power", process="grid", amount=60),
                       item("made", flow="product.gpu", amount=0.1)), id="new")  # fmt: skip
    made = model(old, new, parameters={"intensity": {"value": 0.3}}, process=[grid])
    found = of(made, "intensity", "new", "old")
    assert found.central == pytest.approx(15 / 40, rel=1e-9)  # 0.1 cards of 150 kg over 40 kWh saved
    assert found.left_larger_below == 1
    narrow = of(made, "intensity", "new", "old", low=0.2, high=0.9)  # equal steps instead of equal ratios
    assert narrow.central == pytest.approx(15 / 40, rel=1e-9)
    assert narrow.curve.left_lower[0] == 0
    assert narrow.curve.left_lower[-1] == 1


@settings(max_examples=30, deadline=None)
@given_(st.floats(1, 1e6), st.floats(1e-4, 1e2))
def test_whatever_the_figures_the_crossing_is_their_ratio(training: float, each: float) -> None:
    truth = training / each
    made = model(life(training, f"{each!r} * requests"), parameters=REQUESTS)
    found = of(made, "requests", "training", "serving", low=truth / 37, high=truth * 53)
    assert found.central == pytest.approx(truth, rel=1e-9)
    assert found.crosses == 1
    assert of(made, "requests", "training", "serving", low=truth * 1.01, high=truth * 2).right_larger == 1


def test_never_and_always_are_shares_of_the_draws() -> None:
    made = model(life(1e-3), parameters=REQUESTS)
    found = of(made, "requests", "training", "serving", low=1e3, high=1e6)
    assert (found.crosses, found.left_larger, found.right_larger, found.equal) == (0, 0, 1, 0)
    assert found.value is None
    assert found.central is None
    made = model(life("energy"), parameters={**REQUESTS, "energy": {"value": "uniform(0, 2000)"}})
    found = of(made, "requests", "training", "serving", low=1e5, high=1e9)
    assert found.crosses == pytest.approx(0.5, abs=0.01)
    assert found.right_larger == pytest.approx(0.5, abs=0.01)
    assert found.value is not None
    assert 1e5 <= found.value.p05 < found.value.p50 == pytest.approx(1.5e5, rel=0.02)


def test_the_same_on_both_sides_is_always_equal() -> None:
    twins = model(life("1 * requests ** 2", "1 * requests ** 2"), parameters=REQUESTS)
    found = of(twins, "requests", "training", "serving")
    assert (found.equal, found.crosses, found.value) == (1, 0, None)


def test_several_crossings_are_counted_and_the_first_is_given() -> None:
    held = {"x": {"value": 1.0, "low": 0.0, "high": 4.0}}
    made = model(system(stage("training", item("bowl", amount="(x - 2) ** 2 + 1")),
                        stage("serving", item("flat", amount=2))), parameters=held)  # fmt: skip
    found = of(made, "x", "training", "serving")
    assert found.several == 1
    assert found.central == pytest.approx(1.0, abs=1e-9)
    assert (found.low, found.high) == (0, 4)


def test_others_are_all_other_stages() -> None:
    three = system(stage("training", item("run", amount=1000)),
                   stage("serving", item("answers", amount="1 * requests")),
                   stage("data", item("kept", amount=400)), delivers="requests")  # fmt: skip
    study = given(three, parameters=REQUESTS, scope={"boundary": ["training", "serving", "data"]})
    made = Model(study_of(study), LIBRARY, draws=50)
    found = of(made, "requests", "training", "others")
    assert found.central == pytest.approx(600, rel=1e-9)
    assert found.right == "everything else"


def test_the_order_of_the_two_changes_nothing_but_their_names() -> None:
    held = {**REQUESTS, "energy": {"value": "lognormal(1000, 1.6)"}}
    made = model(life("energy"), parameters=held)
    one, other = (of(made, "requests", *pair) for pair in (("training", "serving"), ("serving", "training")))
    assert one.value is not None
    assert other.value is not None
    assert one.value.p50 == pytest.approx(other.value.p50, rel=1e-9)
    assert (one.left_larger_below, other.left_larger_below) == (1, 0)
    assert one.curve.left == pytest.approx(other.curve.right)


def test_a_curve_holds_every_system_and_category() -> None:
    made = model(life(), parameters=REQUESTS)
    found = response(made, "requests", [1e5, 2e5, 4e5])
    assert found.shape == (3, 1, 3, 3)
    assert found[:, 0, 0, 1] == pytest.approx([(1000 / n + 0.01) * 0.6 for n in (1e5, 2e5, 4e5)])


def test_what_is_unknown_of_a_side_is_said() -> None:
    made = model(
        system(
            stage("training", item("run", amount=10), item("card", flow="product.unheard", amount=1)),
            stage("serving", item("answers", amount="0.01 * requests")),
            delivers="requests",
        ),
        parameters=REQUESTS,
    )
    found = of(made, "requests", "training", "serving")
    assert found.gaps == ("not known of training, and so not in it: card",)
    with pytest.raises(InputError, match="is not known of training"):
        of(made, "requests", "training", "serving", "adpe")


@pytest.mark.parametrize(
    ("parameter", "left", "right", "said"),
    [
        ("request", "training", "serving", "no parameter of the study.*use one of requests"),
        ("requests", "trainin", "serving", "nothing there within the boundary.*use one of training, serving"),
        ("requests", "others", "others", "others than what"),
        ("unused", "training", "serving", "moves neither of the two"),
        ("nothing", "training", "serving", "has no bounds.*--from and --to"),
    ],
)
def test_bad_questions_are_answered_with_the_remedy(parameter: str, left: str, right: str, said: str) -> None:
    made = model(life(), parameters={**REQUESTS, "unused": {"value": 3}, "nothing": {"value": 0}})
    with pytest.raises(InputError, match=said):
        of(made, parameter, left, right)


def test_of_several_systems_a_stage_belongs_to_one() -> None:
    made = model(life(), {**life(), "id": "b"}, parameters=REQUESTS)
    with pytest.raises(InputError, match=r"stage of several systems.*SYSTEM/training with one of a, b"):
        side_of(made, "training")
    assert side_of(made, "b/training").name == "training of b"
    assert side_of(made, "others", "b/training").system.id == "b"
    with pytest.raises(InputError, match="neither a system nor a stage"):
        side_of(made, "c")


def test_bounds_and_category_are_checked() -> None:
    made = model(life(), parameters=REQUESTS)
    with pytest.raises(InputError, match="is no range"):
        of(made, "requests", "training", "serving", low=10, high=1)
    with pytest.raises(InputError, match="is no category of the study"):
        of(made, "requests", "training", "serving", "pe")
