"""Water line by line, and the tree behind a figure of a study: both add up to what they explain."""

from collections.abc import Iterator
from math import prod

import pytest

from assess_systems import FixedLibrary, exchange, process
from studies_made import assessed, given, item, stage, system
from treadlight.assess.lifecycle.water import water_lines
from treadlight.assess.lifecycle.why import study_why
from treadlight.assess.why import WhyNode
from treadlight.core.errors import InputError, NotFoundError
from treadlight.library.process import Exchange

ON_SITE = exchange("water", 0.3)
LIBRARY = FixedLibrary(
    process("electricity.it", exchange("electricity.grid", 1.2),
            Exchange("water", ON_SITE.amount, ON_SITE.source, "wue", "water on site")),
    process("electricity.grid", exchange("gwp", 0.5), exchange("water", 2.0)),
    process("product.gpu", exchange("gwp", 150.0), exchange("electricity.grid", 10.0), unit="unit", phase="embodied"),
    process("product.laptop", exchange("gwp", 200.0), unit="unit", phase="embodied", unknown=("water", "adpe")),
)  # fmt: skip
CARDS = item("cards", flow="product.gpu", amount=0.1, unit="unit")
LAPTOP = item("laptop", flow="product.laptop", amount=1, unit="unit")
POWER = item(amount="lognormal(10, 1.4)")


def test_lines_of_water_are_those_of_arithmetic_and_add_up() -> None:
    found = assessed(given(system(stage("training", item(amount=10), CARDS))), LIBRARY).systems[0]
    lines = {name: held.known.p50 for name, held in water_lines(found).items() if held.known}
    assert lines == pytest.approx({"on site": 3.0, "upstream of electricity": 24.0, "embodied": 2.0})
    total = found.total("water")
    assert total is not None
    assert sum(lines.values()) == pytest.approx(total.p50)


def test_embodied_water_of_which_nothing_is_known_is_unknown() -> None:
    found = assessed(given(system(stage("training", item(amount=10)), stage("serving", LAPTOP))), LIBRARY).systems[0]
    assert water_lines(found)["embodied"].known is None
    assert water_lines(found, "serving")["on site"].known is None
    assert water_lines(found, "training")["on site"].known is not None
    both = assessed(given(system(stage("training", CARDS, LAPTOP))), LIBRARY).systems[0]
    assert (water_lines(both)["embodied"].known is not None, water_lines(both)["embodied"].partial) == (True, True)


def test_a_study_without_water_has_no_lines_of_it() -> None:
    study = given(scope={"categories": ["gwp"]})
    assert water_lines(assessed(study, LIBRARY).systems[0]) == {}


def steps(node: WhyNode) -> Iterator[WhyNode]:
    yield node
    for child in node.children:
        yield from steps(child)


@pytest.mark.parametrize("category", ["gwp", "water"])
def test_every_step_is_the_sum_or_product_of_those_beneath_it(category: str) -> None:
    result = assessed(given(system(stage("training", POWER, CARDS), stage("serving", LAPTOP))), LIBRARY)
    tree = study_why(result, "", category)
    total = result.systems[0].total(category)
    assert total is not None
    assert tree.amount == total.p50
    for node in steps(tree):
        if node.children and node.amount is not None:
            amounts = [child.amount for child in node.children if child.amount is not None]
            assert node.amount == pytest.approx(sum(amounts) if node.op == "sum" else prod(amounts))
    assert len({node.id for node in steps(tree)}) == len(list(steps(tree)))
    assert any(node.source for node in steps(tree))


def test_a_step_of_which_nothing_is_known_says_so() -> None:
    result = assessed(given(system(stage("training", POWER), stage("serving", LAPTOP))), LIBRARY)
    assert study_why(result, "a/serving/laptop", "water").amount is None
    assert study_why(result, "a/serving/laptop", "gwp").amount == pytest.approx(200.0)


def test_doubt_of_arithmetic_is_that_of_its_parameters() -> None:
    parameters = {"k": {"value": "lognormal(3, 1.5)", "unit": "kWh"}}
    study = given(system(stage("training", item("run", amount="2 * k", unit="kWh"), CARDS)), parameters=parameters)
    tree = study_why(assessed(study, LIBRARY), "a/training")
    doubt = {child.label: child.share_of_doubt for child in tree.children}
    assert doubt["run"] == pytest.approx(1.0)
    assert doubt["cards"] == pytest.approx(0.0)


def test_paths_name_stages_items_and_processes() -> None:
    result = assessed(given(system(stage("training", POWER, CARDS))), LIBRARY)
    assert study_why(result, "a/training/cards").id == study_why(result, "cards").id == "a/training/cards"
    assert study_why(result, "training").id == "a/training"
    assert study_why(result, "product.gpu").id == "product.gpu"


def test_what_is_not_there_is_refused_with_what_is() -> None:
    two = assessed(given(system(stage("training", POWER)), system(stage("training", POWER), id="b")), LIBRARY)
    with pytest.raises(InputError, match="a, b"):
        study_why(two)
    with pytest.raises(NotFoundError, match="training/electricity"):
        study_why(two, "b/nothing")
    with pytest.raises(InputError, match="gwp, water, adpe"):
        study_why(two, "a", "ewaste")
