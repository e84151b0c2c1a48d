"""Assessments whose numbers can be computed by hand, and what stands beside them."""

import math
import re
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from assess_systems import FixedLibrary, exchange, process
from studies_made import LIBRARY, assessed, given, gwp, item, stage, system
from treadlight.app.lifecycle_forms import study_result_form
from treadlight.app.lifecycle_text import show_result
from treadlight.assess.lifecycle.assessment import assess_study
from treadlight.assess.lifecycle.parts import Estimated
from treadlight.assess.lifecycle.reading import read_study, study_of
from treadlight.assess.lifecycle.study import Study
from treadlight.core.activity import Location
from treadlight.core.errors import InputError, UnitError
from treadlight.ledger.records import GroupSum
from treadlight.library.process import Resolution, Rung

OWN = {"id": "own", "unit": "unit", "exchanges": [{"target": "gwp", "amount": 3}]}


def said(result: Any, kind: str) -> list[str]:
    return [warning.text for warning in result.warnings if warning.kind == kind]


def test_a_total_is_divided_by_what_is_delivered_and_given_for_the_functional_unit() -> None:
    study = given(
        system(stage("training", item(amount=10, unit="MWh")), delivers="a_year * 2"),
        scope={"functional_unit": {"name": "1,000 answers", "amount": 1000, "unit": "request"}},
        parameters={"a_year": {"value": 5e6}},
    )
    # 10,000 kWh × 1.2 × 0.5 kg = 6,000 kg, over ten million answers
    assert gwp(assessed(study)) == pytest.approx(0.6)


def test_stages_items_phases_and_processes_each_add_up_to_the_total() -> None:
    laptops = item("laptops", flow="product.laptop", amount="uniform(1, 3)")
    study = given(
        system(
            stage("training", item(amount="lognormal(100, 1.4)"), item("gpus", flow="hardware.gpu", amount=8000)),
            stage("serving", item("answers", amount="normal(50, 5)"), laptops),
        )
    )
    found = assessed(study).systems[0]
    for parts in (found.by_stage(), found.by_item(), found.by_phase(), found.by_process()):
        assert np.sum(list(parts.values()), axis=0) == pytest.approx(found.samples, rel=1e-12)
    assert list(found.by_stage()) == ["training", "serving"]
    assert set(found.by_phase()) == {"use", "embodied"}


def test_hot_spots_differ_by_category() -> None:
    study = given(system(stage("training", item(amount=1000), item("gpus", flow="hardware.gpu", amount=8000))))
    found = assessed(study).systems[0]
    assert [spot.name for spot in found.hot_spots("gwp")] == ["electricity", "gpus"]
    assert found.hot_spots("gwp")[0].share == pytest.approx(600 / (600 + 30))
    assert [spot.name for spot in found.hot_spots("adpe")] == ["gpus"]
    assert found.hot_processes("gwp")[0].name == "Electricity.Grid"


def test_an_allocation_rule_shares_out_the_life_of_hardware() -> None:
    gpus = stage("training", item("gpus", flow="hardware.gpu", amount=8760))
    by_library = assessed(given(system(gpus)))
    assert gwp(by_library) == pytest.approx(150 * 8760 / 40_000)
    rule = {"lifetime_years": 4, "utilisation": 0.5, "hours_per_year": 8760, "share": 0.25}
    assert gwp(assessed(given(system(gpus), allocation=rule))) == pytest.approx(150 / 4 / 0.5 * 0.25)
    own = stage("training", item("gpus", flow="hardware.gpu", amount=8760, allocation={**rule, "share": 1}))
    assert gwp(assessed(given(system(own), allocation=rule))) == pytest.approx(150 / 4 / 0.5)


@pytest.mark.parametrize("rule", [{"lifetime_years": 0}, {"lifetime_years": 4, "utilisation": "uniform(-1, 1)"}])
def test_a_life_of_no_hours_is_refused(rule: dict[str, Any]) -> None:
    gpus = stage("training", item("gpus", flow="hardware.gpu", amount=1))
    with pytest.raises(InputError, match=r"allocation.*(is not above 0 in every draw|is negative)"):
        assessed(given(system(gpus), allocation=rule))


def test_a_total_beyond_all_numbers_is_refused() -> None:
    with pytest.raises(InputError, match="comes to no finite number, got 'a'"):
        assessed(given(system(stage("training", item(amount=1e308)), delivers=1e-9)))


def test_a_share_of_an_item_is_taken() -> None:
    study = given(system(stage("training", item(amount=10, share="1 / users"))), parameters={"users": {"value": 4}})
    assert gwp(assessed(study)) == pytest.approx(10 * 0.6 / 4)


def test_a_boundary_that_leaves_out_its_own_hot_spot_is_warned_of_and_counts_nothing_of_it() -> None:
    study = given(
        system(stage("training", item(amount=100)), stage("devices", item("laptops", flow="product.laptop", amount=1))),
        scope={"excluded": [{"stage": "devices", "reason": "not ours"}]},
    )
    result = assessed(study)
    assert gwp(result) == pytest.approx(60)
    (left,) = result.systems[0].left_out
    assert (left.stage, left.reason, left.shares["gwp"]) == ("devices", "not ours", pytest.approx(200 / 60))
    (warning,) = said(result, "boundary")
    assert "leaves out devices, which would add 3.3 × the climate change" in warning
    assert "hot spot of climate change" in warning


def test_a_small_stage_left_out_is_listed_and_not_warned_of() -> None:
    study = given(system(stage("training", item(amount=1000)), stage("data", item("disks", amount=1))))
    result = assessed(study)
    assert result.systems[0].left_out[0].shares["gwp"] == pytest.approx(1e-3)
    assert said(result, "boundary") == []


def test_what_lies_below_the_cut_off_is_counted_and_named() -> None:
    parts = system(stage("training", item(amount=1000), item("crumb", amount=1)))
    result = assessed(given(parts, scope={"categories": ["gwp", "water"]}))
    assert result.systems[0].below_cut_off == ("training: crumb",)
    assert gwp(result) == pytest.approx(1001 * 0.6)


def test_what_is_unknown_in_any_category_is_not_below_the_cut_off_and_has_no_share_of_it() -> None:
    silent = {"id": "silent", "unit": "unit", "exchanges": []}
    laptop, tape = item("laptop", flow="product.laptop", amount=1e-6), item("tape", flow="storage.tape", amount=1)
    wrap = item("wrap", process="silent", amount=1)
    parts = stage("training", item(amount=1000), item("crumb", amount=1), laptop, wrap, tape)
    result = assessed(given(system(parts), process=[silent], scope={"categories": ["gwp", "water"]}))
    found = result.systems[0]
    assert found.below_cut_off == ("training: crumb",)
    quality = {row.item: row for row in found.quality()}
    assert (dict(quality["wrap"].shares), quality["wrap"].unknown) == ({}, {"gwp", "water"})
    assert (set(quality["laptop"].shares), quality["laptop"].unknown) == ({"gwp"}, {"water"})
    assert dict(quality["tape"].shares) == {}
    form = {row["item"]: row["shares"] for row in study_result_form(result)["systems"][0]["quality"]}
    assert form["wrap"] == form["tape"] == {"gwp": None, "water": None}
    assert form["laptop"]["water"] is None and form["laptop"]["gwp"] > 0
    text = "\n".join("".join(piece.text for piece in held) for held in show_result(result, 100))
    assert re.search(r"^wrap +not scored +unknown$", text, re.MULTILINE)


def test_a_credit_of_which_nothing_is_known_is_unknown_and_not_zero() -> None:
    silent = {"id": "silent", "unit": "unit", "exchanges": []}
    promised = item("promise", process="silent", amount=1, credit=True)
    heat_, none_ = item("heat", amount=4, credit=True), item("none", amount=0, credit=True)
    parts = stage("training", item(amount=10), heat_, promised, none_)
    gpus = item("gpus", flow="hardware.gpu", amount=10)
    result = assessed(given(system(parts, stage("serving", gpus)), process=[silent]))
    heat, promise, none = study_result_form(result)["systems"][0]["credits"]
    assert heat["impacts"]["gwp"]["p50"] == pytest.approx(4 * 0.6)
    assert heat["impacts"]["adpe"] == {"unit": "kgSb-eq", "p05": None, "p50": None, "p95": None}
    assert [held["p50"] for held in promise["impacts"].values()] == [None] * 3
    assert [held["p50"] for held in none["impacts"].values()] == [0] * 3
    text = " ".join("".join(piece.text for piece in held) for held in show_result(result, 200))
    assert "unknown: minerals" in text and "promise: unknown" in text and "none: nothing" in text


def test_what_is_left_out_and_says_nothing_of_a_category_would_add_what_nobody_knows() -> None:
    laptops = stage("devices", item("laptops", flow="product.laptop", amount=1))
    parts = system(stage("training", item(amount=10), item("gpus", flow="hardware.gpu", amount=10)), laptops)
    result = assessed(given(parts, scope={"excluded": [{"stage": "devices", "reason": "x"}]}))
    (left,) = result.systems[0].left_out
    assert (set(left.shares), left.unknown) == ({"gwp"}, {"water", "adpe"})
    (form,) = study_result_form(result)["systems"][0]["left_out"]
    assert form["would_add"]["water"] is None and form["would_add"]["gwp"] == pytest.approx(left.shares["gwp"])


def test_a_stage_that_is_nothing_beside_something_unknown_is_unknown_as_a_total_would_be() -> None:
    silent = {"id": "silent", "unit": "unit", "exchanges": []}
    dry = {"id": "dry", "unit": "unit", "nothing": ["water"], "exchanges": [{"target": "gwp", "amount": 1}]}
    parts = stage("serving", item("dry", process="dry", amount=1), item("wrap", process="silent", amount=1))
    found = assessed(given(system(stage("training", item(amount=1)), parts), process=[silent, dry])).systems[0]
    assert found.known_by_stage()["serving"] == {"gwp"}
    alone = assessed(given(system(stage("serving", item("dry", process="dry", amount=1))), process=[dry])).systems[0]
    assert alone.known_by_stage()["serving"] == {"gwp", "water"}


def test_a_credit_stands_beside_the_total_and_is_never_taken_off() -> None:
    sold = item("heat sold", amount=40, credit=True)
    plain = assessed(given(system(stage("training", item(amount=100)))))
    result = assessed(given(system(stage("training", item(amount=100), sold))))
    assert np.array_equal(result.systems[0].samples, plain.systems[0].samples)
    assert result.systems[0].credits[0].samples[0] == pytest.approx(24.0)


def test_unknown_is_never_zero() -> None:
    laptops = item("laptops", flow="product.laptop", amount=1)
    lost = item("archive", flow="storage.tape", amount=5)
    result = assessed(given(system(stage("training", item(amount=1), laptops, lost))))
    found = result.systems[0]
    # the empty stage "serving" is one unknown more; of minerals nothing here says anything
    assert found.coverage == pytest.approx([2 / 4, 1 / 4, 0])
    assert found.total("adpe") is None
    assert ("training", "archive", ("gwp", "water", "adpe")) in found.unknown()
    assert said(result, "unknown") == [
        "minerals and metals: not known of electricity",
        "water consumed, minerals and metals: not known of laptops",
        "climate change, water consumed, minerals and metals: not known of archive",
    ]
    assert any("serving" in text for text in said(result, "incomplete"))


def test_a_process_of_the_studys_own_whose_input_nobody_knows_is_unknown_throughout() -> None:
    own = {
        "id": "p",
        "unit": "unit",
        "exchanges": [{"target": "storage.tape", "amount": 1}, {"target": "gwp", "amount": 1}],
    }
    found = assessed(given(system(stage("training", item(process="p", amount=1))), process=[own])).systems[0]
    assert list(found.coverage) == [0, 0, 0]


def test_a_loop_is_solved_and_one_without_solution_is_refused() -> None:
    def looped(share: float) -> dict[str, Any]:
        power = {
            "id": "power",
            "unit": "kWh",
            "exchanges": [{"target": "steel", "amount": 0.2}, {"target": "gwp", "amount": 1}],
        }
        steel = {
            "id": "steel",
            "unit": "kg",
            "exchanges": [{"target": "power", "amount": share}, {"target": "gwp", "amount": 2}],
        }
        return given(system(stage("training", item(process="power", amount=1))), process=[power, steel])

    assert gwp(assessed(looped(0.5))) == pytest.approx(1.4 / 0.9, rel=1e-12)
    with pytest.raises(Exception, match=r"^test: process\[0\] power, test: process\[1\] steel: the loop") as caught:
        assessed(looped(5.0))
    assert "consumes at least as much as it makes" in str(caught.value)


def test_pedigree_widens_and_keeps_the_median() -> None:
    sharp = assessed(given(), draws=2000).systems[0].samples[0]
    scored = given(system(stage("training", item(amount=1, pedigree=[5, 5, 5, 5, 5]))))
    wide = assessed(scored, draws=2000).systems[0].samples[0]
    sigma = math.sqrt(0.04 + 0.008 + 0.04 + 0.002 + 0.12)
    assert np.ptp(sharp) < 1e-12
    assert np.median(wide) == pytest.approx(0.6, rel=0.01)
    assert np.std(np.log(wide)) == pytest.approx(sigma, rel=0.03)


def test_quality_names_the_worst_scores_and_all_sources_behind_an_item() -> None:
    study = given(
        system(stage("training", item(amount="a * b", pedigree=[1, 1, 1, 1, 4], source="bill"))),
        parameters={
            "a": {"value": 2, "source": "log", "pedigree": [3, 1, 1, 1, 1]},
            "b": {"value": "a + 1", "source": "plan"},
        },
    )
    (row,) = assessed(study).systems[0].quality()
    assert (row.pedigree, row.source, row.shares["gwp"]) == ((3, 1, 1, 1, 4), "bill; log; plan", 1.0)


def test_doubt_is_shared_out_among_what_is_uncertain() -> None:
    study = given(
        system(stage("training", item(amount="wide * 2"), item("other", amount="narrow"))),
        parameters={"wide": {"value": "lognormal(50, 2)"}, "narrow": {"value": "lognormal(50, 1.05)"}},
    )
    doubt = assessed(study, draws=1000).systems[0].doubt("gwp")
    assert doubt["wide"] > 0.9
    assert sum(doubt.values()) == pytest.approx(1.0)


def test_systems_share_the_draws_of_what_they_share() -> None:
    study = given(
        *(system(stage("training", item(amount=f"base * {k}")), id=f"s{k}") for k in (1, 2)),
        parameters={"base": {"value": "lognormal(50, 2)"}},
    )
    one, two = assessed(study).systems
    assert two.samples == pytest.approx(2 * one.samples)


def test_a_scenario_moves_numbers_and_an_override_does_the_same() -> None:
    study = given(
        system(stage("training", item(amount="n"))),
        parameters={"n": {"value": 10, "low": 1, "high": 20}},
        scenario=[{"name": "more", "parameters": {"n": 20}}],
    )
    assert gwp(assessed(study, scenario="more")) == gwp(assessed(study, parameters={"n": 20})) == pytest.approx(12)
    with pytest.raises(InputError, match=r"is no scenario of the study, got 'less'; use one of more"):
        assessed(study, scenario="less")
    with pytest.raises(InputError, match=r"is no parameter of the study, got 'm'"):
        assessed(study, parameters={"m": 1})


def test_what_delivers_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="delivers nothing"):
        assessed(given(system(stage("training", item(amount=1)), delivers="uniform(-1, 1)")))


def test_a_study_may_be_part_of_another(tmp_path: Path) -> None:
    head = (
        'schema = "treadlight.study/1"\nid = "{id}"\n[goal]\npurpose = "p"\naudience = ["a"]\n[scope]\nfunction = "f"\n'
        'functional_unit = {{ name = "ten", amount = 10, unit = "request" }}\nboundary = ["training"]\n'
        'categories = ["gwp"]\n[parameters.n]\nvalue = {n}\n[[system]]\nid = "s"\ndelivers = {delivers}\n'
        '[[system.stage]]\nname = "training"\n[[system.stage.item]]\nname = "it"\n{item}\n'
    )
    inner = head.format(id="inner", n=7, delivers=100, item='flow = "electricity.it"\namount = "n"')
    (tmp_path / "inner.toml").write_text(inner)
    outer = head.format(id="outer", n=3, delivers=1, item='study = "inner.toml"\namount = "n"')
    (tmp_path / "outer.toml").write_text(outer)
    result = assess_study(read_study(tmp_path / "outer.toml"), LIBRARY, draws=10)
    # three functional units of ten requests: 30/100 of 7 kWh × 0.6 kg, for ten of one delivered
    assert gwp(result) == pytest.approx(0.3 * 7 * 0.6 * 10)
    moved = assess_study(read_study(tmp_path / "outer.toml"), LIBRARY, draws=10, parameters={"inner.n": 14})
    assert gwp(moved) == pytest.approx(2 * gwp(result))
    (tmp_path / "outer.toml").write_text(outer.replace('amount = "n"\n', 'amount = "n"\nunit = "request"\n'))
    assert gwp(assess_study(read_study(tmp_path / "outer.toml"), LIBRARY, draws=10)) == pytest.approx(
        0.03 * 7 * 0.6 * 10
    )
    (tmp_path / "outer.toml").write_text(outer + 'unit = "token"\n')
    with pytest.raises(InputError, match="inner delivers request, got 'token'"):
        assess_study(read_study(tmp_path / "outer.toml"), LIBRARY, draws=10)
    (tmp_path / "outer.toml").write_text(outer)
    (tmp_path / "inner.toml").write_text(inner.replace("[scope]\n", '[scope]\nelectricity = "market"\n'))
    with pytest.raises(InputError, match="unlike figures are never summed"):
        assess_study(read_study(tmp_path / "outer.toml"), LIBRARY, draws=10)


def test_estimates_are_multiplied_and_share_their_draws() -> None:
    draws = np.append(np.linspace(1.0, 3.0, 200), 2.0)

    def estimator(question: Any, place: Location, period: str) -> list[Estimated]:
        assert (question["kind"], place.zone, period) == ("training", "FR", "2025")
        return [
            Estimated("electricity.it", draws, place, period, "training", "made up"),
            Estimated("hardware.gpu", 10 * draws, place, period, "training", "made up"),
        ]

    asked = item("runs", estimate={"kind": "training"}, amount=5)
    study = given(system(stage("training", asked)), scope={"zone": "FR", "period": "2025"})
    result = assessed(study, estimator=estimator)
    each_kg = 5 * (0.6 + 10 * 150 / 40_000)
    assert result.systems[0].samples[0] == pytest.approx(draws[:-1] * each_kg)
    assert gwp(result) == pytest.approx(2 * each_kg)
    assert result.systems[0].quality()[0].source == "made up"


def test_the_rule_of_allocation_holds_for_estimated_hardware_too() -> None:
    hours = np.full(201, 8760.0)

    def estimator(question: Any, place: Location, period: str) -> list[Estimated]:
        return [Estimated("hardware.gpu", hours, place, "2026", "training", "made up")]

    asked = given(system(stage("training", item("runs", estimate={"kind": "training"}))))
    rule = {"lifetime_years": 5, "hours_per_year": 8760}
    assert gwp(assessed(asked, estimator=estimator)) == pytest.approx(150 * 8760 / 40_000)
    assert gwp(assessed({**asked, "allocation": rule}, estimator=estimator)) == pytest.approx(150 / 5)


def test_runs_of_the_ledger_are_summed_with_their_doubt() -> None:
    def ledger(query: Any) -> list[GroupSum]:
        assert (query.project, query.since) == ("chat", "2026-01-01")
        blank = dict.fromkeys(("zone", "region", "site", "component", "stage", "project", "team", "run"), "")
        return [GroupSum(flow="electricity.it", period="2026", cause="meter", uncertainty="lognormal(1.0,1.2)",
                         method="metered", amount=100.0, count=7, **blank)]  # fmt: skip

    asked = item("runs", ledger={"project": "chat", "since": "2026-01-01"}, share=0.5)
    result = assessed(given(system(stage("training", asked))), ledger=ledger, draws=2000)
    samples = result.systems[0].samples[0]
    assert gwp(result) == pytest.approx(30)
    assert np.std(np.log(samples)) == pytest.approx(math.log(1.2), rel=0.03)
    with pytest.raises(InputError, match="finds no activity"):
        assessed(given(system(stage("training", asked))), ledger=lambda _: [])


def test_a_public_comparison_without_a_panel_is_warned_of() -> None:
    study = given()
    study["goal"] |= {"comparative": True, "public": True}
    assert said(assessed(study), "public")
    study["goal"]["reviewers"] = ["a", "b", "c"]
    assert not said(assessed(study), "public")


def test_placeholders_and_another_library_are_warned_of() -> None:
    study = given(scope={"library": "2020.01"})
    study["goal"]["purpose"] = "FILL IN"
    result = assessed(study)
    assert said(result, "placeholders") == ["1 places still say FILL IN"]
    assert said(result, "library") == ["made with library 2020.01, computed with test"]


def test_the_same_study_gives_the_same_numbers_and_another_seed_others() -> None:
    study = study_of(given(system(stage("training", item(amount="lognormal(3, 1.5)")))))
    first, again = (assess_study(study, LIBRARY, draws=50, seed=4).systems[0].samples for _ in range(2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, assess_study(study, LIBRARY, draws=50, seed=5).systems[0].samples)


def run_of_two_parts(_: Any) -> list[GroupSum]:
    """A run whose processor and memory were both in use, 4,000 hours and 8,000."""
    blank = dict.fromkeys(("zone", "region", "site", "component", "stage", "project", "team", "run"), "")
    return [
        GroupSum(flow=flow, period="2026", cause="clock", uncertainty="point(1.0)", method="measured", amount=hours,
                 count=1, **blank)
        for flow, hours in (("hardware.gpu", 4_000.0), ("hardware.board", 8_000.0))
    ]  # fmt: skip


@pytest.mark.parametrize("share", [1, 0.5])
def test_all_hardware_of_a_run_has_one_share_of_its_life(share: float) -> None:
    board = process("product.board", exchange("gwp", 10.0), unit="unit", phase="embodied")
    used = process("hardware.board", exchange("product.board", 1 / 40_000), unit="device-hour", phase="embodied")
    library = FixedLibrary(*LIBRARY.processes.values(), board, used)
    rule = {"share": share, "lifetime_years": 2, "hours_per_year": 4000}
    asked = given(system(stage("training", item("run", ledger={"project": "chat"}))), allocation=rule)
    assert gwp(assessed(asked, library, ledger=run_of_two_parts)) == pytest.approx((150 / 2 + 10) * share)
    own = given(system(stage("training", item("run", ledger={"project": "chat"}, allocation=rule))))
    assert gwp(assessed(own, library, ledger=run_of_two_parts)) == pytest.approx((150 / 2 + 10) * share)
    with pytest.raises(InputError, match=r"allocation\.share: more than the whole is allocated, got '1.5'"):
        assessed({**asked, "allocation": {**rule, "share": 1.5}}, library, ledger=run_of_two_parts)


def test_shares_are_checked_in_an_included_study(tmp_path: Path) -> None:
    inner = given(system(stage("training", item("half", amount=1, whole="it", share=0.6),
                               item("other half", amount=1, whole="it", share=0.6))), id="inner")  # fmt: skip
    outer = given(system(stage("training", item("model", study="inner.toml"))))
    study = msgspec.structs.replace(study_of_unread(outer), studies={"inner.toml": study_of(inner)})
    with pytest.raises(InputError, match=r"inner: .*share: more than the whole is allocated, got '1.2'"):
        assess_study(study, LIBRARY, draws=20)


def study_of_unread(given_: dict[str, Any]) -> Study:
    return msgspec.convert(given_, Study)


def test_a_stage_and_a_phase_of_which_nothing_is_known_are_unknown_and_not_zero() -> None:
    laptops = item("laptops", flow="product.laptop", amount=1)
    lost = stage("data", item("archive", flow="storage.tape", amount=5))
    scope = {"boundary": ["data", "training", "devices", "serving"]}
    study = given(system(lost, stage("training", item(amount=1)), stage("devices", laptops)), scope=scope)
    result = assessed(study)
    found = result.systems[0]
    everything = {"gwp", "water"}
    assert found.known_by_stage() == {"data": set(), "training": everything, "devices": {"gwp"}, "serving": set()}
    assert found.known_by_phase() == {"use": everything, "embodied": {"gwp"}}
    form = study_result_form(result)["systems"][0]["impacts"]["water"]
    assert form["by_stage"]["devices"]["p50"] is None and form["by_phase"]["embodied"]["p50"] is None
    assert form["by_stage"]["training"]["p50"] == pytest.approx(2.4)
    assert form["by_stage"]["data"]["p50"] is None
    text = "\n".join("".join(piece.text for piece in held) for held in show_result(result, 100))
    assert re.search(r"^Devices +>\s99\s% +unknown$", text, re.MULTILINE)
    assert re.search(r"^Data +unknown +unknown", text, re.MULTILINE)


def test_an_amount_whose_units_a_number_may_carry_is_warned_of() -> None:
    named = {"hours": {"value": 5, "unit": "h"}, "rooms": {"value": 2, "unit": "1"}, "use": {"value": 1, "unit": "1"}}
    unsure = given(system(stage("training", item(amount="use * rooms * 0.02", unit="kWh"))), parameters=named)
    (text,) = said(assessed(unsure), "units")
    assert text.endswith("system[0].stage[0].item[0].amount")
    drawn = {**named, "power": {"value": 20, "unit": "W"}}
    sure = given(system(stage("training", item(amount="hours * power / 1000", unit="kWh"))), parameters=drawn)
    assert said(assessed(sure), "units") == []


_TIMES = {
    "life": {"value": 4, "unit": "year"},
    "months": {"value": 48, "unit": "month"},
    "hours": {"value": 4 * 8766, "unit": "h"},
    "busy": {"value": 0.5, "unit": "1"},
    "a_year": {"value": 8766, "unit": "h/year"},
    "power": {"value": 3, "unit": "kWh"},
}


@pytest.mark.parametrize(
    "rule",
    [{"lifetime_years": "life"}, {"lifetime_years": "months / 12"}, {"lifetime_years": "hours / 8766"},
     {"lifetime_years": "life", "hours_per_year": "a_year", "utilisation": "2 * busy"}],
)  # fmt: skip
def test_a_lifetime_in_its_unit_shares_out_hardware(rule: dict[str, Any]) -> None:
    gpus = stage("training", item("gpus", flow="hardware.gpu", amount=8766))
    study = given(system(gpus), allocation=rule, parameters=_TIMES)
    assert gwp(assessed(study)) == pytest.approx(150 / 4)


@pytest.mark.parametrize(
    ("name", "value"),
    [("lifetime_years", "months"), ("lifetime_years", "hours"), ("lifetime_years", "power"), ("utilisation", "power"),
     ("hours_per_year", "power"), ("share", "power")],
)  # fmt: skip
def test_a_figure_of_an_allocation_in_another_unit_is_refused(name: str, value: str) -> None:
    gpus = stage("training", item("gpus", flow="hardware.gpu", amount=8766))
    rule = {"lifetime_years": 4, name: value}
    with pytest.raises(UnitError, match=rf"allocation\.{name}.*does not come to .*{value}"):
        assessed(given(system(gpus), allocation=rule, parameters=_TIMES))


@pytest.mark.parametrize("unit", ["kWh", "h", "%"])
def test_an_estimate_is_taken_a_number_of_times_and_in_no_unit(unit: str) -> None:
    def estimator(question: Any, place: Location, period: str) -> list[Estimated]:
        return []

    asked = item("runs", estimate={"kind": "training"}, amount=5, unit=unit)
    with pytest.raises(InputError, match="is no count"):
        assessed(given(system(stage("training", asked))), estimator=estimator)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("utilisation", 0, "is not above 0 in every draw"), ("lifetime_years", 0, "is not above 0 in every draw"),
     ("hours_per_year", 9000, "is more than a year has, got '9000'"), ("hours_per_year", 0, "is not above 0")],
)  # fmt: skip
def test_a_figure_of_an_allocation_that_cannot_be_is_refused_by_its_own_name(name: str, value: int, said: str) -> None:
    study = given(system(stage("training", item("gpus", flow="hardware.gpu", amount=1))))
    with pytest.raises(InputError, match=rf"allocation\.{name}: {said}"):
        assessed({**study, "allocation": {"lifetime_years": 4, name: value}})


def test_a_year_of_360_days_is_warned_of() -> None:
    study = given(system(stage("training", item("gpus", flow="hardware.gpu", amount=1))))
    for hours, warned in ((8640, 1), ("24 * 360", 1), (8760, 0), ("24 * 366", 0)):
        rule = {"lifetime_years": 4, "hours_per_year": hours}
        assert len(said(assessed({**study, "allocation": rule}), "allocation")) == warned


def test_another_rule_than_time_needs_a_share_and_a_reason() -> None:
    study = given(system(stage("training", item("gpus", flow="hardware.gpu", amount=8, share=0.5))))
    rule = {"rule": "energy", "source": "meters of both tenants"}
    assert gwp(assessed({**study, "allocation": rule})) == gwp(assessed(study))
    with pytest.raises(InputError, match=r"allocation\.source: has no reason"):
        assessed({**study, "allocation": {"rule": "energy"}})
    whole = given(system(stage("training", item("gpus", flow="hardware.gpu", amount=8))))
    with pytest.raises(InputError, match=r"allocation\.rule: shares out nothing here"):
        assessed({**whole, "allocation": rule})


def test_a_product_that_others_stand_in_for_is_named_where_it_is_large() -> None:
    rungs = (Rung("estimate", False, "no estimate of it"), Rung("other hardware", True, "a line over others"))
    odd = msgspec.structs.replace(process("product.odd", exchange("gwp", 100.0), unit="unit", phase="embodied"),
                                  resolution=Resolution(rungs))  # fmt: skip
    library = FixedLibrary(*LIBRARY.processes.values(), odd)
    for amount, warned in ((1, ["no estimate of it; in its place: a line over others"]), (0.01, [])):
        items = item("odd", flow="product.odd", amount=amount), item("gpu", flow="product.gpu", amount=1)
        assert said(assessed(given(system(stage("training", *items))), library), "stand-in") == warned
