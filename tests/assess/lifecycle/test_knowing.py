"""What a study does not say: unknown and never nothing; avoided burdens beside, never taken off; doubts far behind."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from assess_systems import FixedLibrary, exchange, process
from studies_made import LIBRARY, assessed, given, gwp, item, stage, system
from treadlight.assess.lifecycle.assessment import assess_study
from treadlight.assess.lifecycle.reading import study_of
from treadlight.assess.lifecycle.study import Study
from treadlight.core.errors import InputError

ONLY = {"boundary": ["training"], "categories": ["gwp", "water", "adpe", "energy"]}


def own(id: str, *exchanges: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"id": id, "unit": "unit", "exchanges": list(exchanges), **rest}


def to(target: str, amount: Any, **rest: Any) -> dict[str, Any]:
    return {"target": target, "amount": amount, **rest}


def using(*processes: dict[str, Any], name: str = "p", amount: float = 1, **rest: Any) -> dict[str, Any]:
    used = item("thing", process=name, amount=amount, **rest)
    return given(system(stage("training", used)), scope=ONLY, process=list(processes))


def lost(study: dict[str, Any]) -> tuple[str, ...]:
    found = assessed(study).systems[0]
    names = {category for _, _, unknown in found.unknown() for category in unknown}
    assert all((found.coverage[found.row(c)] < 1) == (c in names) for c in found.categories)
    return tuple(c for c in found.categories if c in names)


def test_a_process_that_states_one_category_knows_no_other() -> None:
    study = using(own("p", to("gwp", 3)))
    assert lost(study) == ("water", "adpe", "energy")
    found = assessed(study).systems[0]
    assert [found.total(c) is None for c in found.categories] == [False, True, True, True]


def test_what_is_stated_by_an_exchange_or_said_to_be_nothing_is_known() -> None:
    silent = own("p", to("gwp", 3), to("water", 0, source="dry"), nothing=["adpe", "energy"])
    study = using(silent)
    assert lost(study) == ()
    water = assessed(study).systems[0].total("water")
    assert water is not None and water.p50 == 0


def test_what_a_process_needs_tells_nothing_of_the_impacts_that_it_leaves_out_itself() -> None:
    inner = own("inner", to("gwp", 3), to("water", 1), nothing=["adpe", "energy"])
    outer = own("p", to("inner", 2), to("gwp", 1), nothing=["energy"])
    study = using(outer, inner)
    assert lost(study) == ("water", "adpe")
    found = assessed(study).systems[0]
    assert list(found.central) == [7, 2, 0, 0]
    assert [found.total(c) is None for c in found.categories] == [False, False, True, False]
    assert lost(using({**outer, "nothing": ["energy", "water", "adpe"]}, inner)) == ()
    assert lost(using({**outer, "nothing": ["energy", "water", "adpe"]}, own("inner", to("gwp", 3)))) == (
        "water", "adpe", "energy",
    )  # fmt: skip


@pytest.mark.parametrize("amount", [0, 0.001, 10, "point(0)", "none"])
def test_electricity_beside_a_declaration_of_carbon_covers_no_other_category(amount: Any) -> None:
    declared = own("p", to("gwp", 100, source="declaration"), to("electricity.it", amount, source="x"))
    study = {**using(declared), "parameters": {"none": {"value": 0, "source": "x"}}}
    assert lost(study) == ("water", "adpe", "energy")
    wrapped = using(own("outer", to("p", 1), to("electricity.it", amount)), declared, name="outer")
    assert lost({**wrapped, "parameters": study["parameters"]}) == ("water", "adpe", "energy")


@pytest.mark.parametrize("amount", [0, "point(0)", "none", "2 * none"])
def test_a_0_without_a_source_states_nothing(amount: Any) -> None:
    def stating(**rest: Any) -> dict[str, Any]:
        return own("p", to("gwp", 3), to("water", amount, **rest), nothing=["adpe", "energy"])

    bare: dict[str, Any] = {"parameters": {"none": {"value": 0}}}
    assert lost({**using(stating()), **bare}) == ("water",)
    assert lost({**using(stating(source=" ")), **bare}) == ("water",)
    assert lost({**using(stating(source="dry")), **bare}) == ()
    needing = own("p", to("electricity.it", 1), to("adpe", amount))
    assert "adpe" in lost({**using(needing), **bare}) and "water" not in lost({**using(needing), **bare})
    for nothing in (to("gwp", amount), to("electricity.it", amount)):
        assert lost({**using(own("p", nothing)), **bare}) == ("gwp", "water", "adpe", "energy")


def test_a_0_from_a_parameter_with_a_source_is_known() -> None:
    dry = own("p", to("gwp", 3), to("water", "none"), nothing=["adpe", "energy"])
    assert lost({**using(dry), "parameters": {"none": {"value": 0, "source": "dry"}}}) == ()


def test_a_process_made_of_others_knows_what_they_know() -> None:
    needs = own("p", to("electricity.it", 2), to("hardware.gpu", 1))
    scope = {**ONLY, "categories": ["gwp", "water", "adpe"]}
    study = {**using(needs), "scope": {**given()["scope"], **scope}}
    assert lost(study) == ()


def test_the_making_of_a_thing_draws_none_of_the_electricity_of_its_use() -> None:
    made = own("p", to("gwp", 3), to("water", 1), to("adpe", 1), phase="embodied")
    assert lost(using(made)) == ()
    assert lost(using({**made, "phase": "use"})) == ("energy",)


def test_more_that_is_not_known_never_covers_more() -> None:
    known = own("k", to("gwp", 1), to("water", 1), to("adpe", 1), to("energy", 1))
    bare = own("p", to("gwp", 3))
    one = using(known, bare, name="k")
    both = given(
        system(stage("training", item("known", process="k"), item("bare", process="p"))),
        scope=ONLY, process=[known, bare],
    )  # fmt: skip
    assert list(assessed(one).systems[0].coverage) == [1, 1, 1, 1]
    assert list(assessed(both).systems[0].coverage) == [1, 0.5, 0.5, 0.5]


def test_what_is_both_nothing_and_stated_is_refused() -> None:
    with pytest.raises(InputError, match=r"process\[0\]\.nothing: is also stated by an exchange, got 'gwp'"):
        study_of(using(own("p", to("gwp", 3), nothing=["gwp"])))
    with pytest.raises(InputError, match=r"process\[0\]\.nothing: is also unknown, got 'water'"):
        study_of(using(own("p", to("gwp", 3), nothing=["water"], unknown=["water"])))


def test_a_category_of_which_nothing_speaks_is_unknown_and_not_covered() -> None:
    study = given(system(stage("training", item(amount=1))), scope=ONLY)
    found = assessed(study).systems[0]
    assert found.total("adpe") is None and found.coverage[found.row("adpe")] == 0
    assert found.unknown() == [("training", "electricity", ("adpe", "energy"))]


def test_nothing_of_a_thing_is_nothing_of_all_its_categories() -> None:
    moved = process("data.transfer.wan", exchange("gwp", 1), unknown=("water",), unit="GB")
    library = FixedLibrary(*LIBRARY.processes.values(), moved)
    none = item("none moved", flow="data.transfer.wan", amount=0)
    found = assessed(given(system(stage("training", none)), scope=ONLY), library).systems[0]
    assert list(found.coverage) == [1, 1, 1, 1]
    assert all(total is not None and total.p50 == 0 for total in map(found.total, found.categories))
    both = assessed(given(system(stage("training", none, item(amount=1))), scope=ONLY), library).systems[0]
    assert [both.total(c) is None for c in both.categories] == [False, False, True, True]
    assert list(both.coverage) == [1, 1, 0.5, 0.5]


@pytest.mark.parametrize("amount", [-0.9, "normal(0.1, 1)", "0 - share", "point(-1)"])
@pytest.mark.parametrize("credit", [False, True])
def test_an_exchange_below_0_is_refused(amount: Any, credit: bool) -> None:
    study = using(own("p", to("gwp", 3), to("gwp", amount, credit=credit)))
    with pytest.raises(InputError, match=r"process\[0\]\.exchanges\[1\]\.amount: is negative .* credit = true"):
        assessed({**study, "parameters": {"share": {"value": 0.5}}})


def test_an_exchange_that_a_scenario_takes_below_0_is_refused() -> None:
    study = {**using(own("p", to("gwp", "share"))), "parameters": {"share": {"value": 0.5}}}
    with pytest.raises(InputError, match="is negative"):
        assessed(study, parameters={"share": -1.0})


def test_what_an_exchange_avoids_stands_beside_and_is_never_taken_off() -> None:
    heat = own("heat", to("gwp", 0.2))
    plain = using(own("p", to("electricity.it", 1)), heat, amount=100)
    avoiding = using(own("p", to("electricity.it", 1), to("heat", 0.9, credit=True)), heat, amount=100)
    found, bare = assessed(avoiding).systems[0], assessed(plain).systems[0]
    assert np.array_equal(found.samples, bare.samples)
    (credit,) = found.credits
    assert (credit.item, credit.samples[0][0]) == ("thing: avoided", pytest.approx(100 * 0.9 * 0.2))
    assert bare.credits == ()


def test_what_is_avoided_far_behind_reaches_the_item_through_every_process_between() -> None:
    heat = own("heat", to("gwp", 0.2))
    hall = own("hall", to("electricity.it", 1), to("heat", 0.5, credit=True), to("gwp", 4, credit=True))
    outer = own("p", to("hall", 3), to("loop", 0.5))
    loop = own("loop", to("p", 0.5))
    found = assessed(using(outer, loop, hall, heat, amount=2)).systems[0]
    (credit,) = found.credits
    assert credit.samples[0][0] == pytest.approx(2 * 3 * (0.5 * 0.2 + 4) / (1 - 0.25))
    assert found.central[0] == pytest.approx(2 * 3 * 1.2 * 0.5 / (1 - 0.25))


def test_credits_of_credits_are_refused() -> None:
    hall = own("hall", to("gwp", 1), to("gwp", 4, credit=True))
    with pytest.raises(InputError, match=r"exchanges\[0\]: avoids a process that takes credits itself"):
        assessed(using(own("p", to("hall", 1, credit=True)), hall))
    with pytest.raises(InputError, match=r"item\[0\]: avoids a process that takes credits itself"):
        assessed(using(hall, name="hall", credit=True))


def test_a_table_says_what_is_avoided_and_what_is_nothing(tmp_path: Path) -> None:
    table = "process,unit,target,amount,credit,nothing\np,unit,gwp,3,,water adpe\np,,gwp,2,true,\n"
    (tmp_path / "own.csv").write_text(table, encoding="utf-8")
    study = {**using(), "process_table": [{"file": "own.csv"}]}
    found = assess_study(study_of(study, folder=tmp_path), LIBRARY, draws=20).systems[0]
    assert (found.central[0], found.credits[0].samples[0][0]) == (3, 2)
    assert list(found.coverage) == [1, 1, 1, 0]
    (tmp_path / "own.csv").write_text(table.replace("2,true", "-2,"), encoding="utf-8")
    with pytest.raises(InputError, match=r"exchanges\[1\]\.amount: is negative"):
        assess_study(study_of(study, folder=tmp_path), LIBRARY, draws=20)
    (tmp_path / "own.csv").write_text(table.replace("true", "maybe"), encoding="utf-8")
    with pytest.raises(InputError, match=r"row 3: credit: is neither true nor false, got 'maybe'"):
        study_of(study, folder=tmp_path)


def test_quality_is_the_worst_of_all_processes_behind_an_item() -> None:
    inner = own("inner", to("gwp", 3, source="deep", pedigree=[5, 1, 5, 1, 5]))
    outer = own("p", to("middle", 1, source="near", pedigree=[1, 1, 1, 1, 1]))
    middle = own("middle", to("inner", "k"))
    study = using(outer, middle, inner, pedigree=[1, 1, 1, 1, 1], source="bill")
    study["parameters"] = {"k": {"value": 2, "source": "plan", "pedigree": [1, 4, 1, 1, 1]}}
    (row,) = assessed(study).systems[0].quality()
    assert (row.pedigree, row.source) == ((5, 4, 5, 1, 5), "bill; near; plan; deep")


def test_quality_is_the_worst_of_the_share_too_and_of_a_study_that_is_included() -> None:
    scored = {"users": {"value": 4, "source": "guess", "pedigree": [5, 5, 3, 3, 5]}}
    inner = given(system(stage("training", item(share="1 / users", pedigree=[1] * 5))), id="inner", parameters=scored)
    (row,) = assessed(inner).systems[0].quality()
    assert (row.pedigree, row.source) == ((5, 5, 3, 3, 5), "guess")
    taken = item("model", study="inner.toml", source="ours", pedigree=[1, 1, 1, 4, 1])
    outer = msgspec.convert(given(system(stage("training", taken)), id="outer"), Study)
    whole = msgspec.structs.replace(outer, studies={"inner.toml": study_of(inner)})
    (row,) = assess_study(whole, LIBRARY, draws=20).systems[0].quality()
    assert (row.pedigree, row.source) == ((5, 5, 3, 4, 5), "ours; guess")
    assert gwp(assess_study(whole, LIBRARY, draws=20)) == pytest.approx(0.15)


def test_networks_know_nothing_of_their_waste_and_say_that_their_making_is_not_in_it() -> None:
    carried = item("sent", flow="data.transfer.wan", amount=2)
    library = FixedLibrary(*LIBRARY.processes.values(), process("data.transfer.wan", exchange("gwp", 1), unit="GB"))
    told = [w.text for w in assessed(given(system(stage("training", carried))), library).warnings]
    assert "the electricity of networks alone, their making is not known: sent" in told
    nothing_sent = given(system(stage("training", {**carried, "amount": 0})))
    assert not any("networks" in w.text for w in assessed(nothing_sent, library).warnings if w.kind == "unknown")


def told(study: dict[str, Any], kind: str) -> list[str]:
    return [warning.text for warning in assessed(study).warnings if warning.kind == kind]


def test_a_process_that_says_nothing_is_named() -> None:
    said = "says nothing, so all of it is unknown: p, spare part"
    assert said in told(using(own("p"), own("q", name="spare part")), "incomplete")
    assert lost(using(own("p"))) == ("gwp", "water", "adpe", "energy")
    for process_ in (own("p", nothing=["gwp"]), own("p", to("gwp", 1))):
        assert not [text for text in told(using(process_), "incomplete") if "says nothing" in text]


def test_an_impact_without_a_source_counts_and_is_named() -> None:
    study = using(own("p", to("gwp", 3), to("water", 2, source="meter"), to("adpe", 0), name="a rack"))
    assert told(study, "sources") == ["stated, and no source given: climate change of a rack"]
    result = assessed(study).systems[0]
    assert result.total("gwp") is not None and result.total("adpe") is None
    assert (
        told(using(own("p", to("gwp", "n"))) | {"parameters": {"n": {"value": 3, "source": "meter"}}}, "sources") == []
    )
