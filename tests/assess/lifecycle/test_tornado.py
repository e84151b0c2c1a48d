"""One at a time and all together, on studies whose answers follow by hand."""

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from assess_systems import FixedLibrary, exchange, process
from studies_made import LIBRARY, given, item, stage, system
from treadlight.assess.lifecycle.model import Model
from treadlight.assess.lifecycle.parts import Estimated
from treadlight.assess.lifecycle.pedigree import additional_gsd
from treadlight.assess.lifecycle.reading import study_of
from treadlight.assess.lifecycle.study import Amount
from treadlight.assess.lifecycle.tornado import REST, global_indices, tornado, varied
from treadlight.core.activity import Location
from treadlight.core.distribution import Lognormal

Z = 1.6448536269514722
KG_PER_KWH = 0.6  # 1.2 kWh of grid electricity of 0.5 kg each


def model(*items: Mapping[str, object], draws: int = 2048, parameters: Mapping[str, object] | None = None) -> Model:
    study = given(system(stage("training", *items)), parameters=dict(parameters or {}))
    return Model(study_of(study), LIBRARY, estimator=estimator(draws), draws=draws)


def estimator(draws: int):  # type: ignore[no-untyped-def]
    """Says 8 kWh give or take 3, in an order of its own, and half as many hours of an accelerator."""
    p = (np.random.default_rng(5).permutation(draws) + 0.5) / draws
    worlds = np.append(8 + 3 * np.sqrt(12) * (p - 0.5), 8.0)

    def estimated(question: Mapping[str, Amount], place: Location, period: str) -> Sequence[Estimated]:
        return [Estimated("electricity.it", worlds, place, period, "made up", "test")]

    return estimated


def test_each_input_goes_from_its_p05_to_its_p95() -> None:
    made = model(item("a", amount="normal(20, 3)"), item("b", amount="normal(40, 4)"))
    central, swings = tornado(made, varied(made))
    assert central[0, 0] == pytest.approx(60 * KG_PER_KWH)
    by_label = {swing.label: swing for swing in swings}
    assert set(by_label) == {"a", "b"}
    assert by_label["a"].low == pytest.approx(20 - 3 * Z)
    assert by_label["a"].high == pytest.approx(20 + 3 * Z)
    assert by_label["a"].at_low[0, 0] == pytest.approx((60 - 3 * Z) * KG_PER_KWH)
    assert by_label["b"].at_high[0, 0] == pytest.approx((60 + 4 * Z) * KG_PER_KWH)
    assert by_label["b"].width[0, 0] == pytest.approx(8 * Z * KG_PER_KWH)


def test_a_parameter_that_is_a_number_moves_between_its_bounds() -> None:
    held = {"n": {"value": 5, "low": 2, "high": 9, "unit": "h", "label": "hours"}, "plain": {"value": 3}}
    made = model(item("a", amount="2 * n + plain"), parameters=held)
    _, (swing,) = tornado(made, varied(made))
    assert (swing.kind, swing.label, swing.unit, swing.low, swing.high) == ("range", "hours", "h", 2, 9)
    assert swing.at_low[0, 0] == pytest.approx(7 * KG_PER_KWH)
    assert swing.at_high[0, 0] == pytest.approx(21 * KG_PER_KWH)


def test_data_quality_is_an_input_of_its_own() -> None:
    held = {"n": {"value": "normal(5, 1)", "pedigree": [4, 4, 3, 2, 3]}}
    made = model(item("a", amount="n"), parameters=held)
    _, swings = tornado(made, varied(made))
    assert {swing.kind for swing in swings} == {"parameter", "data quality"}


def test_a_number_with_bounds_still_has_its_data_quality() -> None:
    held = {"n": {"value": 5, "low": 2, "high": 9, "pedigree": [4, 4, 3, 2, 3]}}
    made = model(item("a", amount="n"), parameters=held)
    _, swings = tornado(made, varied(made))
    widths = {swing.kind: float(swing.width[0, 0]) for swing in swings}
    gsd = additional_gsd((4, 4, 3, 2, 3))
    assert widths["data quality"] == pytest.approx(5 * KG_PER_KWH * (gsd**Z - gsd**-Z))
    assert widths["range"] == pytest.approx(7 * KG_PER_KWH)


def test_each_kind_of_input_is_told_apart() -> None:
    grid = {"id": "g", "unit": "kWh", "exchanges": [{"target": "gwp", "amount": "normal(9, 1)"}]}
    study = given(system(stage("training", item("a", amount="normal(50, 5)"), item("b", process="g", amount="n"))),
                  parameters={"n": {"value": "uniform(1, 2)"}}, process=[grid])  # fmt: skip
    library = FixedLibrary(
        process("electricity.it", exchange("electricity.grid", 1.2)),
        process("electricity.grid", exchange("gwp", Lognormal(0.5, 1.2), "grid intensity")),
    )
    made = Model(study_of(study), library, draws=100)
    _, swings = tornado(made, varied(made))
    assert sorted(swing.kind for swing in swings) == ["amount", "amount", "factor", "parameter"]


def test_where_nothing_is_uncertain_nothing_moves() -> None:
    made = model(item("a", amount=3))
    central, swings = tornado(made, varied(made))
    assert central[0, 0] == pytest.approx(3 * KG_PER_KWH)
    assert swings == []
    assert global_indices(made, [], rest=False).total.shape == (0, 2 * len(made.categories))


def test_what_estimates_do_not_know_is_the_rest() -> None:
    made = model(item("a", amount="normal(40, 4)"), item("e", estimate={"kind": "training"}))
    causes = varied(made)
    _, swings = tornado(made, causes)
    rest = swings[-1]
    assert (rest.name, rest.label) == (REST, "the estimates, together")
    half = 3 * np.sqrt(12) * 0.45
    assert rest.at_low[0, 0] == pytest.approx((48 - half) * KG_PER_KWH, rel=1e-3)
    assert rest.at_high[0, 0] == pytest.approx((48 + half) * KG_PER_KWH, rel=1e-3)


def test_indices_of_a_sum_are_shares_of_the_variance_with_the_rest_among_them() -> None:
    made = model(item("a", amount="normal(40, 4)"), item("e", estimate={"kind": "training"}), draws=4096)
    causes = list(varied(made))
    found = global_indices(made, causes, rest=True)
    assert found.names == (*causes, REST)
    assert found.total[:, 0] == pytest.approx([16 / 25, 9 / 25], abs=0.03)
    assert found.first[:, 0] == pytest.approx([16 / 25, 9 / 25], abs=0.05)
    assert found.variance[0] == pytest.approx(25 * KG_PER_KWH**2, rel=0.05)


def test_the_logarithm_of_a_product_of_lognormals_is_a_sum() -> None:
    made = model(item("a", amount="x * y * y"), parameters={
        "x": {"value": "lognormal(3, 2)"}, "y": {"value": "lognormal(1, 1.5)"}}, draws=4096)  # fmt: skip
    found = global_indices(made, list(made.causes), rest=False)
    shares = np.array([np.log(2) ** 2, 4 * np.log(1.5) ** 2])
    log = len(made.categories)
    assert found.total[:, log] == pytest.approx(shares / shares.sum(), abs=0.03)
    assert (found.total[:, 0] > found.first[:, 0]).all()


def test_of_many_inputs_the_strongest_are_taken_one_by_one() -> None:
    items = [item(f"i{k}", amount=f"normal(40, {1 if k < 15 else 4})") for k in range(20)]
    made = model(*items)
    causes = varied(made, most=5)
    assert [label for label, _ in causes.values()] == [f"i{k}" for k in range(15, 20)]
    _, swings = tornado(made, causes)
    assert swings[-1].label == "15 smaller inputs, together"
    found = global_indices(made, list(causes), rest=True)
    shares = np.array([16] * 5 + [15]) / 95
    assert found.total[:, 0] == pytest.approx(shares, abs=0.04)
