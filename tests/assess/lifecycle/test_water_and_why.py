"""Water line by line, and the tree behind a figure of a study: both add up to what they explain."""

from collections.abc import Iterator
from math import prod

import numpy as np
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


@pytest.mark.parametrize("phase", ["embodied", "use"])
def test_what_says_nothing_beneath_a_part_in_use_leaves_the_embodied_line_unknown(phase: str) -> None:
    dry = {"id": "dry", "unit": "unit", "phase": "embodied", "nothing": ["water"],
           "exchanges": [{"target": "gwp", "amount": 5}]}  # fmt: skip
    silent = {"id": "silent", "unit": "unit", "phase": phase, "exchanges": []}
    wrap = {"id": "wrap", "unit": "unit", "exchanges": [{"target": "silent", "amount": 2, "unit": "unit"}]}
    own = item("own", process="dry", amount=1)
    parts = stage("training", own), stage("serving", item("wrapped", process="wrap", amount=1))
    found = assessed(given(system(*parts), process=[dry, silent, wrap]), LIBRARY).systems[0]
    lines = water_lines(found)
    assert (lines["embodied"].known, lines["embodied"].partial) == (None, True)
    alone = assessed(given(system(stage("training", own)), process=[dry]), LIBRARY).systems[0]
    held = water_lines(alone, "training")["embodied"]
    assert held.known is not None and (held.known.p50, held.partial) == (0, False)


@pytest.mark.parametrize("lost", [stage("serving", item("archive", flow="storage.tape", amount=5)), None])
def test_what_nobody_answers_and_a_stage_without_an_item_leave_every_line_known_in_part(lost: object) -> None:
    parts = [stage("training", item(amount=10), CARDS), *([lost] if lost else [])]
    found = assessed(given(system(*parts)), LIBRARY).systems[0]
    assert all(held.partial for held in water_lines(found).values())
    assert water_lines(found, "serving")["on site"].known is None
    scope = {"boundary": ["training"]}
    whole = assessed(given(system(stage("training", item(amount=10), CARDS)), scope=scope), LIBRARY).systems[0]
    assert not any(held.partial for held in water_lines(whole).values())


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


@pytest.mark.parametrize(("beside", "partial"), [("electricity.grid", True), ("electricity.it", False)])
def test_water_on_site_is_known_in_part_where_some_electricity_has_no_wue(beside: str, partial: bool) -> None:
    other = item("others", flow=beside, amount=3)
    found = assessed(given(system(stage("training", item(amount=10)), stage("serving", other))), LIBRARY).systems[0]
    line = water_lines(found)["on site"]
    assert line.known is not None and line.partial is partial
    assert not water_lines(found, "training")["on site"].partial
    assert not water_lines(found)["upstream of electricity"].partial


def test_a_stage_or_an_item_is_explained_by_its_own_draws_and_its_own_doubt() -> None:
    other = item("others", flow="electricity.grid", amount="lognormal(1, 3)")
    result = assessed(given(system(stage("training", POWER, CARDS), stage("serving", other))), LIBRARY)
    found = result.systems[0]
    for path, samples in (
        ("a/training", found.by_stage()["training"]),
        ("a/serving/others", found.by_stage()["serving"]),
    ):
        tree = study_why(result, path)
        assert tree.amount == pytest.approx(float(np.median(samples[found.row("gwp")])))
        assert sum(child.amount or 0.0 for child in tree.children) == pytest.approx(tree.amount)
        assert max(child.share_of_doubt or 0.0 for child in tree.children) == pytest.approx(1.0)


def test_what_stands_beside_the_total_is_explained_too() -> None:
    credit = item("heat", flow="electricity.grid", amount=2, credit=True)
    late = stage("end-of-life", item("left out", flow="electricity.grid", amount=4))
    result = assessed(given(system(stage("training", POWER, credit), late)), LIBRARY)
    assert study_why(result, "a/training/heat").amount == pytest.approx(1.0)
    assert study_why(result, "left out").amount == pytest.approx(2.0)
    assert all(node.label not in ("heat", "left out") for node in steps(study_why(result, "a")))


OWN = [
    {"id": "card", "unit": "unit", "phase": "embodied", "unknown": ["water", "adpe"], "exchanges": [
        {"target": "gwp", "amount": 150, "source": "[1]: measured in 2022, read again", "pedigree": [5, 4, 3, 3, 4]}]},
    {"id": "rack", "unit": "hour", "exchanges": [
        {"target": "card", "amount": "cards / life_h", "source": "Luccioni et al. 2022, table 1"},
        {"target": "electricity.it", "amount": 40, "unit": "Wh", "pedigree": [4, 4, 4, 3, 3]}]},
]  # fmt: skip
OWN_FIGURES = {"cards": {"value": "lognormal(8, 1.2)"}, "life_h": {"value": 50_000, "unit": "hour"}}


def test_steps_of_own_processes_are_their_true_values_with_interval_and_doubt() -> None:
    used = item("use", process="rack", amount=100, unit="hour")
    study = given(system(stage("training", used)), process=OWN, parameters=OWN_FIGURES)
    tree = study_why(assessed(study, LIBRARY), "use")
    held = {node.id.rpartition("/use/1/")[2]: node for node in steps(tree)}
    cards = held["test/rack/0/amount"]
    assert cards.amount == pytest.approx(8 / 50_000)
    assert cards.p05 is not None and cards.p95 is not None and cards.p05 < 8 / 50_000 < cards.p95
    made = held["test/rack/0/test/card/0"]
    assert made.amount == pytest.approx(150)
    assert held["test/rack/1/amount"].amount == pytest.approx(0.04)
    assert held["test/rack"].amount == pytest.approx(8 / 50_000 * 150 + 0.04 * 0.6)
    doubts = [node.share_of_doubt for node in (cards, made, held["test/rack/1/amount"])]
    assert all(doubts)
    assert sum(share or 0.0 for share in doubts) == pytest.approx(1.0)
    assert held["test/rack"].share_of_doubt == pytest.approx(1.0)
    for node in steps(tree):
        if node.children and node.amount is not None:
            amounts = [child.amount for child in node.children if child.amount is not None]
            assert node.amount == pytest.approx(sum(amounts) if node.op == "sum" else prod(amounts))


def test_each_amount_of_a_step_names_its_own_source_and_no_other() -> None:
    figures = {
        "cards": {"value": "lognormal(8, 1.2)", "source": "counted"},
        "life_h": {"value": 50_000, "unit": "hour", "source": "maker"},
        "runs": {"value": 3, "source": "plan"},
    }
    made = [OWN[0], {**OWN[1], "exchanges": [{"target": "card", "amount": "cards / life_h"}]}]
    used = item("use", process="rack", amount="runs", unit="hour", source="bill")
    result = assessed(given(system(stage("training", used)), process=made, parameters=figures), LIBRARY)
    held = {node.id.rpartition("/use/1/")[2]: node for node in steps(study_why(result, "use"))}
    assert held["amount"].note == "source: bill; plan"
    cited = held["test/rack/0/amount"].source
    assert cited is not None and cited.citation == "counted; maker"
    cited = held["test/rack/0/test/card/0"].source
    assert cited is not None and cited.citation == "[1]: measured in 2022, read again"


def test_what_the_study_does_not_know_is_told_from_what_the_library_lacks() -> None:
    used = item("use", process="rack", amount=1, unit="hour")
    made = [OWN[0], {**OWN[1], "exchanges": OWN[1]["exchanges"][:1]}]
    result = assessed(given(system(stage("training", used)), process=made, parameters=OWN_FIGURES), LIBRARY)
    (node,) = (n for n in steps(study_why(result, "use", "water")) if n.kind == "unknown")
    assert node.note == "the study does not know it"
    lost = item("archive", flow="storage.tape", amount=5)
    result = assessed(given(system(stage("training", lost, item(amount=1)))), LIBRARY)
    (node,) = (n for n in steps(study_why(result, "archive")) if n.kind == "unknown")
    assert node.note == "no sourced figure is in the library"


def test_what_is_known_in_part_says_so() -> None:
    used = item("use", process="p", amount=1, unit="unit")
    own = {"id": "p", "unit": "unit", "exchanges": [{"target": "gwp", "amount": 3},
                                                    {"target": "electricity.it", "amount": 1}]}  # fmt: skip
    result = assessed(given(system(stage("training", used)), process=[own]), LIBRARY)
    notes = {c: [n.note for n in steps(study_why(result, "use", c)) if n.kind == "activity"] for c in ("gwp", "water")}
    assert "known in part" in notes["water"] and "known in part" not in notes["gwp"]


def test_a_step_of_0_has_no_part_in_the_doubt() -> None:
    none = item("none of it", amount=0)
    result = assessed(given(system(stage("training", POWER, none))), LIBRARY)
    (step,) = (node for node in steps(study_why(result)) if node.label == "none of it")
    assert step.amount == 0
    assert all(node.share_of_doubt is None for node in steps(step))


def test_the_year_of_a_source_is_the_one_it_states_or_none() -> None:
    used = item("use", process="rack", amount=1, unit="hour")
    study = given(system(stage("training", used)), process=OWN, parameters=OWN_FIGURES)
    study["goal"]["date"] = "2026-01-01"
    years = {n.source.citation: n.source.year for n in steps(study_why(assessed(study, LIBRARY))) if n.source}
    assert years["Luccioni et al. 2022, table 1"] == years["[1]: measured in 2022, read again"] == 2022
    assert years["study test: no source is stated"] == 0
