"""Compiled studies, evaluated anew: for their own draws, for set parameters, for points of a sensitivity analysis."""

import numpy as np
import pytest

from studies_made import LIBRARY, given, item, stage, system
from treadlight.assess.lifecycle.assessment import assess_study
from treadlight.assess.lifecycle.model import Model
from treadlight.assess.lifecycle.reading import study_of
from treadlight.core.distribution import Empirical, Lognormal
from treadlight.core.errors import InputError

STUDY = study_of(
    given(
        system(stage("training", item(amount="fixed + years * a_year")), delivers="years"),
        system(stage("training", item(process="own", amount="years")), id="b", delivers="years"),
        parameters={
            "fixed": {
                "value": "lognormal(100, 1.3)",
                "unit": "kWh",
                "pedigree": [3, 1, 1, 1, 1],
                "low": 50,
                "high": 200,
            },
            "years": {"value": 4},
            "a_year": {"value": "fixed / 10"},
        },
        process=[{"id": "own", "unit": "unit", "exchanges": [{"target": "gwp", "amount": "a_year * 2"}]}],
    )
)


@pytest.fixture
def model() -> Model:
    return Model(STUDY, LIBRARY, draws=300)


def test_it_repeats_the_assessment(model: Model) -> None:
    result = assess_study(STUDY, LIBRARY, draws=300)
    for found, system_result in zip(model.evaluate(), result.systems, strict=True):
        assert found == pytest.approx(system_result.samples, rel=1e-12)


def test_a_set_parameter_moves_everything_that_is_computed_from_it(model: Model) -> None:
    found = model.evaluate({"fixed": 40.0}, still=True)
    # (40 + 4 × 4) kWh × 0.6 ÷ 4, and 2 × 4 kg a year
    assert found[:, 0, 0] == pytest.approx([56 * 0.6 / 4, 8.0])


def test_columns_of_any_length_give_a_result_for_each_value(model: Model) -> None:
    years = np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    found = model.evaluate({"years": years, "fixed": 100.0}, still=True)
    assert found.shape == (2, 3, 5)
    assert found[0, 0] == pytest.approx((100 + 10 * years) * 0.6 / years)


def test_what_is_set_is_drawn_no_more_and_the_rest_still_is(model: Model) -> None:
    set_years = model.evaluate({"years": 2.0})[0, 0]
    assert np.ptp(set_years) > 0
    assert np.ptp(model.evaluate({"fixed": 100.0})[0, 0]) == pytest.approx(0, abs=1e-9)


def test_a_cause_can_stand_at_a_quantile(model: Model) -> None:
    cause = next(c for c, (label, _) in model.causes.items() if label == "fixed")
    levels = np.array([0.05, 0.5, 0.95])
    found = model.evaluate(levels={cause: levels}, still=True)[1, 0]
    assert found == pytest.approx([Lognormal(100, 1.3).quantile(p) / 10 * 2 for p in levels])


def test_its_inputs_are_the_parameters_with_what_they_come_to(model: Model) -> None:
    fixed, years, a_year = model.inputs
    assert (fixed.name, fixed.unit, fixed.low, fixed.high) == ("fixed", "kWh", 50, 200)
    assert fixed.distribution == Lognormal(100, 1.3)
    assert not years.is_expression
    assert a_year.is_expression
    assert isinstance(a_year.distribution, Empirical)
    assert a_year.distribution.median == pytest.approx(10, rel=0.02)


def test_the_amount_of_an_exchange_is_what_its_arithmetic_comes_to(model: Model) -> None:
    exchange = model.unit.processes["test/own"].exchanges[0]
    assert model.amount_of(exchange).median == pytest.approx(20, rel=0.02)
    plain = model.unit.processes["electricity.it"].exchanges[0]
    assert model.amount_of(plain) == plain.amount


def test_causes_are_all_that_is_uncertain(model: Model) -> None:
    assert sorted(label for label, _ in model.causes.values()) == ["data quality of fixed", "fixed"]


def test_columns_that_cannot_be_are_refused(model: Model) -> None:
    with pytest.raises(InputError, match="of another length than the draws"):
        model.evaluate({"fixed": np.ones(5)})
    with pytest.raises(InputError, match="columns differ in length"):
        model.evaluate({"fixed": np.ones(5), "years": np.ones(6)}, still=True)
    with pytest.raises(InputError, match="is no parameter of the study"):
        model.evaluate({"fixd": 1.0})


def test_a_parameter_moved_too_far_is_refused_as_in_the_file() -> None:
    study = study_of(given(system(stage("training", item(amount="kwh", share="part"))),
                           parameters={"kwh": {"value": 1}, "part": {"value": 0.5}}))  # fmt: skip
    model = Model(study, LIBRARY, draws=100)
    with pytest.raises(InputError, match="more than the whole is allocated"):
        model.evaluate({"part": 1.5})
    with pytest.raises(InputError, match="is negative"):
        model.evaluate({"kwh": -1.0})


@pytest.mark.parametrize("draws", [10, 300, 20_000])
@pytest.mark.parametrize("amount", ["normal(1, 0.3)", "n", "2 * n", "uniform(-0.0001, 5)", "1 - part"])
def test_an_end_of_a_distribution_is_seen_however_few_draws_are_made(amount: str, draws: int) -> None:
    parameters = {"n": {"value": "normal(1, 0.3)"}, "part": {"value": "uniform(0.1, 1.0001)"}}
    study = study_of(given(system(stage("training", item(amount=amount))), parameters=parameters))
    with pytest.raises(InputError, match=r"item\[0\].amount: is negative in its range"):
        Model(study, LIBRARY, draws=draws)


@pytest.mark.parametrize("amount", ["normal(1, 0.25)", "uniform(0, 5)", "10 + warmer", "max(0, n)", "lognormal(1, 5)"])
def test_what_never_comes_below_zero_is_taken(amount: str) -> None:
    parameters = {"n": {"value": "normal(1, 0.5)"}, "warmer": {"value": "uniform(-3, 3)"}}
    study = study_of(given(system(stage("training", item(amount=amount))), parameters=parameters))
    assert Model(study, LIBRARY, draws=100).evaluate().shape[2] == 100


def test_an_exchange_that_may_be_negative_is_refused_however_few_draws_are_made() -> None:
    own = {"id": "p", "unit": "run", "exchanges": [{"target": "gwp", "amount": "normal(1, 0.3)", "source": "s"}]}
    study = study_of(given(system(stage("training", item(flow="", process="p", unit="run", amount=1))), process=[own]))
    with pytest.raises(InputError, match=r"process\[0\].exchanges\[0\].amount: is negative in its range"):
        Model(study, LIBRARY, draws=10)
