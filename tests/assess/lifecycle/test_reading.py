"""Studies as files: what is refused, and that the message names the file, the field, the value and the remedy."""

import copy
from pathlib import Path
from typing import Any

import pytest

from studies_made import assessed, given, item, stage, system
from treadlight.assess.lifecycle.assessment import assess_study
from treadlight.assess.lifecycle.reading import read_study, study_of
from treadlight.core.errors import InputError, NotFoundError, UnitError
from treadlight.library.library import Library

EXAMPLES = Path(__file__).parents[3] / "examples" / "studies"


def refused(study: dict[str, Any], kind: type[InputError] = InputError) -> str:
    with pytest.raises(kind) as caught:
        assessed(study)
    return str(caught.value)


def with_item(**rest: Any) -> dict[str, Any]:
    return given(system(stage("training", item(**rest))))


def test_an_unknown_key_is_named_where_it_stands() -> None:
    study = given()
    study["system"][0]["stage"][0]["item"][0]["ammount"] = 3
    assert "study: system[0].stage[0].item[0].ammount: is no key of a study" in refused(study)
    assert "study: scop: is no key" in refused({**given(), "scop": {}})


def test_a_missing_key_is_named() -> None:
    study = given()
    del study["goal"]["purpose"]
    assert "goal.purpose: is missing; add purpose" in refused(study)


@pytest.mark.parametrize("name", ["studies", "path"])
def test_what_a_reader_fills_in_is_no_key(name: str) -> None:
    assert f"study: {name}: is no key of a study" in refused({**given(), name: {}})


def test_a_value_of_another_kind_is_named() -> None:
    assert "system[0].stage[0].item[0].amount: expected" in refused(with_item(amount=[1]))


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ({"boundary": ["trainning"]}, "is no stage of an AI system's life, got 'trainning'"),
        ({"boundary": []}, "scope.boundary: is empty"),
        ({"excluded": [{"stage": "serving", "reason": "x"}]}, "is both inside and excluded, got 'serving'"),
        ({"excluded": [{"stage": "data", "reason": " "}]}, "scope.excluded.reason: is empty"),
        ({"categories": ["carbon"]}, "is no impact category, got 'carbon'"),
        ({"categories": ["gwp", "gwp"]}, "is there twice, got 'gwp'"),
        ({"electricity": "green"}, "is no way to count electricity, got 'green'; use one of location, market"),
        ({"end_of_life": "credit"}, "credits are items with credit = true"),
        ({"cut_off_percent": -1}, "scope.cut_off_percent: is no share, got -1"),
        ({"functional_unit": {"name": "n", "amount": 0, "unit": "u"}}, "functional_unit.amount: is not above 0"),
    ],
)
def test_a_scope_that_cannot_be_is_refused(scope: dict[str, Any], said: str) -> None:
    assert said in refused(given(scope=scope))


@pytest.mark.parametrize(
    ("rest", "said"),
    [
        (
            {"amount": "requets * 2"},
            "item[0].amount: is no parameter of the study, got 'requets'; did you mean requests?",
        ),
        ({"amount": "lognormal(1)"}, "lognormal takes 2 numbers"),
        ({"amount": "1 / (requests - requests)"}, "is not finite, got '1 / (requests - requests)'"),
        ({"amount": -1}, "is negative in its range"),
        ({"amount": "normal(1, 5)"}, "is negative in its range"),
        ({"pedigree": [1, 2]}, "item[0].pedigree: are no pedigree scores, got [1, 2]"),
        ({"process": "nothing"}, "process: is no process of the study, got 'nothing'"),
        ({"flow": "x.y"}, "flow: unknown flow, got 'x.y'"),
        ({"flow": "electricity.it", "process": "p"}, "says flow and process"),
        ({"study": "other.toml"}, "no such file, got 'other.toml'"),
        ({"estimate": {"kind": "training"}}, "needs an estimator"),
        ({"ledger": {"project": "p"}}, "needs a ledger"),
        ({"ledger": {}}, "would take the whole ledger"),
    ],
)
def test_an_item_that_cannot_be_is_refused(rest: dict[str, Any], said: str) -> None:
    study = {**with_item(**rest), "parameters": {"requests": {"value": 5}}}
    assert said in refused(study)


def test_nothing_at_all_is_refused() -> None:
    study = given()
    study["system"][0]["stage"][0]["item"] = [{"name": "nothing"}]
    assert "says nothing, got 'nothing'; give exactly one of flow, process, estimate, ledger, study" in refused(study)
    study["system"][0]["stage"] = []
    assert "holds no item" in refused(study)
    assert "has no system" in refused({**study, "system": []})


def test_units_that_do_not_match_are_refused_with_both() -> None:
    said = refused(with_item(amount=1, unit="kg"), UnitError)
    assert "item[0].unit: kg measures mass and kWh measures energy, got 'kg'; give the amount in kWh" in said
    own = {"id": "p", "unit": "picture", "exchanges": [{"target": "gwp", "amount": 1}]}
    assert "unknown unit" in refused({**with_item(process="p", unit="page"), "process": [own]}, UnitError)


def test_a_category_is_never_summed_with_an_unlike_one() -> None:
    scarce = {"id": "p", "unit": "unit", "exchanges": [{"target": "water", "amount": 1, "unit": "m3-world-eq"}]}
    said = refused({**with_item(process="p"), "process": [scarce]}, UnitError)
    assert (
        "process[0].exchanges[0].unit: m3-world-eq measures scarcity-weighted water and L measures water volume" in said
    )
    scarce["exchanges"][0] = {"target": "carbon", "amount": 1}
    assert "is neither process, flow nor category, got 'carbon'" in refused(
        {**with_item(process="p"), "process": [scarce]}
    )


@pytest.mark.parametrize("share", [1.2, "uniform(0.5, 1.2)"])
def test_an_allocation_above_the_whole_is_refused(share: Any) -> None:
    assert "item[0].share: more than the whole is allocated" in refused(with_item(share=share))
    hardware = with_item(flow="hardware.gpu", amount=1, allocation={"share": share})
    assert "allocation.share: more than the whole is allocated" in refused(hardware)


def test_shares_of_one_whole_come_to_one_at_most() -> None:
    halves = [item(f"part {i}", share=0.6, whole="cluster") for i in range(2)]
    assert "more than the whole is allocated, got '1.2'" in refused(given(system(stage("training", *halves))))
    apart = [system(stage("training", half), id=f"s{i}") for i, half in enumerate(halves)]
    assert len(assessed(given(*apart)).systems) == 2  # alternatives may each take 60 % of it


def test_a_parameter_that_needs_itself_is_refused() -> None:
    loop = {"a": {"value": "b + 1"}, "b": {"value": "a * 2"}}
    assert "needs itself" in refused({**with_item(amount="a"), "parameters": loop})


def test_a_study_that_includes_itself_is_refused(tmp_path: Path) -> None:
    inner, outer = tmp_path / "inner.toml", tmp_path / "outer.toml"
    text = (EXAMPLES / "bloom.toml").read_text()
    more = '\n[[system]]\nid = "more"\ndelivers = 1\n[[system.stage]]\nname = "training"\n'
    more += '[[system.stage.item]]\nname = "it"\n'
    inner.write_text(text + more + 'study = "outer.toml"\n')
    outer.write_text(text.replace('id = "bloom"', 'id = "outer"') + more + 'study = "inner.toml"\n')
    with pytest.raises(InputError, match=r"inner.toml: study: includes itself, got 'outer.toml'"):
        read_study(outer)


def test_what_is_no_file_and_no_toml_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        read_study(tmp_path / "none.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_study(tmp_path)
    path = tmp_path / "broken.toml"
    for content in (b"a = [", b"\xff\xfe", b"a = 1\na = 2"):
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"broken.toml: is no TOML"):
            read_study(path)


def test_the_digest_is_of_the_content_not_of_the_layout_or_the_place(tmp_path: Path) -> None:
    text = (EXAMPLES / "vision-edge.toml").read_text()
    for name, written in (("a.toml", text), ("b.toml", f"# a remark\n\n{text}")):
        (tmp_path / name).write_text(written)
    (tmp_path / "c.toml").write_text(text.replace("value = 1921", "value = 1922"))
    digests = [read_study(tmp_path / name).digest for name in ("a.toml", "b.toml", "c.toml")]
    assert digests[0] == digests[1] != digests[2]


def test_a_study_made_of_a_mapping_keeps_the_mapping() -> None:
    study = given()
    before = copy.deepcopy(study)
    study_of(study)
    assert study == before


UNITS = {
    "requests": {"value": 3, "unit": "request"},
    "reading_s": {"value": 40, "unit": "s"},
    "work_h": {"value": 2, "unit": "h"},
    "power": {"value": 20, "unit": "W"},
    "metered": {"value": 7, "unit": "Wh"},
    "each": {"value": 7, "unit": "kWh/request"},
}


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        ("reading_s", "kWh", "item[0].amount: does not come to kWh, got 'reading_s'; reading_s is in s: mend"),
        ("requests", "kWh", "does not come to kWh"),
        ("reading_s * 2", "kWh", "does not come to kWh"),
        ("metered", "kWh", "does not come to kWh but to Wh, got 'metered'; metered is in Wh: state the unit"),
        ("work_h + reading_s", "kWh", "adds or compares what is of different units, got 'work_h + reading_s'"),
        ("max(metered, work_h)", "Wh", "adds or compares what is of different units"),
        ("power * work_h", "kWh", "does not come to kWh"),
        ("power / work_h", "kWh", "does not come to kWh"),
    ],
)
def test_an_amount_that_comes_to_another_unit_is_refused(amount: str, unit: str, said: str) -> None:
    study = {**with_item(amount=amount, unit=unit), "parameters": UNITS}
    assert said in refused(study)


@pytest.mark.parametrize(
    ("amount", "unit"),
    [("metered", "Wh"), ("power * work_h", "Wh"), ("requests * each", "kWh"), ("3 * requests", "kWh"),
     ("power * reading_s / 3.6e6", "kWh"), ("metered + power * work_h", "Wh"), ("metered / 1000", "kWh")],
)  # fmt: skip
def test_an_amount_that_comes_to_its_unit_passes(amount: str, unit: str) -> None:
    assert assessed({**with_item(amount=amount, unit=unit), "parameters": UNITS}).systems[0].samples[0].min() > 0


SCALED = {
    "monthly": {"value": 5, "unit": "MWh"},
    "months": {"value": 12},
    "year": {"value": "monthly * 12"},
    "factor": {"value": 1000, "unit": "kWh/MWh"},
    "heat": {"value": 7.2e6, "unit": "J"},
    "power": {"value": 500, "unit": "W"},
    "hours": {"value": 10, "unit": "h"},
    "gpu_hours": {"value": 10, "unit": "device-hour"},
    "percent": {"value": 50, "unit": "%"},
    "small": {"value": 900, "unit": "Wh"},
    "large": {"value": 1, "unit": "kWh"},
}


@pytest.mark.parametrize(
    ("amount", "but"),
    [("monthly * 12", " but to MWh, got 'monthly * 12'; monthly is in MWh: a plain number has no unit; state the unit "
      'that it comes to, such as unit = "MWh" of an item, or multiply by 1000 as a number of its own, or by a '
      "parameter in kWh/MWh"), ("heat * 3", " but to J"), ("year", ""),
     ("power * hours * 0.02", " but to 0.001 kWh"), ("gpu_hours * power / 100", " but to 0.001 kWh"),
     ("large * percent", " but to 0.01 kWh"), ("(small + 2 * small) / 100", " but to Wh")],
)  # fmt: skip
def test_a_number_in_a_product_lets_no_other_prefix_pass(amount: str, but: str) -> None:
    study = {**with_item(amount=amount, unit="kWh"), "parameters": SCALED}
    assert f"does not come to kWh{but}" in refused(study)


@pytest.mark.parametrize(
    ("amount", "kwh"),
    [("monthly * 12 * 1000", 60_000), ("monthly * 12 * factor", 60_000), ("heat * 3 / 3.6e6", 6),
     ("power * hours * 0.02 / 1000", 0.1), ("gpu_hours * power / 1000", 5), ("large * percent / 100", 0.5),
     ("small / 1000 + large", 1.9), ("large + small / 1000", 1.9), ("(small + 2 * small) / 1000", 2.7),
     ("max(large * 3, small / 10 ** 3)", 3)],
)  # fmt: skip
def test_a_conversion_is_the_factor_between_two_units_and_comes_to_the_amount(amount: str, kwh: float) -> None:
    result = assessed({**with_item(amount=amount, unit="kWh"), "parameters": SCALED})
    assert result.systems[0].central[0] == pytest.approx(kwh * 0.6)
    assert not [warning for warning in result.warnings if warning.kind == "units"]


def of_units(amount: str, units: dict[str, str], unit: str = "kWh") -> dict[str, Any]:
    """A study with an item of so much of 5 in each of these units."""
    return {**with_item(amount=amount, unit=unit), "parameters": {k: {"value": 5, "unit": u} for k, u in units.items()}}


@pytest.mark.parametrize(
    ("amount", "units", "but"),
    [
        ("power * t * 3", {"power": "MW", "t": "h"}, " but to 1000 kWh"),
        ("power * t * 1", {"power": "GW", "t": "h"}, " but to 1e+06 kWh"),
        ("power * t * 24", {"power": "MW", "t": "day"}, " but to 24000 kWh"),
        ("power * t * 24", {"power": "W", "t": "day"}, " but to 0.024 kWh"),
        ("power * t * 3", {"power": "kW", "t": "year"}, " but to 8760 kWh"),
        ("power * t * 4", {"power": "kW", "t": "week"}, " but to 168 kWh"),
        ("power * t * 8760", {"power": "W", "t": "year"}, " but to 8.76 kWh"),
        ("rate * t", {"rate": "kWh/day", "t": "year"}, " but to 365 kWh"),
        ("rate * t * 2", {"rate": "kWh/year", "t": "month"}, " but to 0.0833333 kWh"),
        ("rate * 365", {"rate": "kWh/day"}, ", got 'rate * 365'; rate is in kWh/day: write rate * 365 day"),
        ("rate ** 2 * 365", {"rate": "kWh/day"}, ", got 'rate ** 2 * 365'; rate is in kWh/day: mend the unit that is "
         "wrong, or make the plain number a parameter"),
        ("3 * t", {"t": "day"}, ","),
        ("t * rooms * 0.02", {"t": "h", "rooms": "1"}, ","),
        ("energy * part * 2", {"energy": "kWh", "part": "percent"}, " but to 0.01 kWh"),
        ("energy * part", {"energy": "kWh", "part": "ppm"}, " but to 1e-06 kWh"),
        ("energy * 2", {"energy": "GJ"}, " but to GJ"),
        ("energy * 281", {"energy": "GJ"}, " but to GJ"),
        ("energy * 12000", {"energy": "MWh"}, " but to MWh, got 'energy * 12000'; energy is in MWh: a plain number has "
         'no unit; state the unit that it comes to, such as unit = "MWh" of an item, or multiply by 1000 as a number'),
        ("uses * t * 0.3", {"uses": "request/day", "t": "year"}, ","),
    ],
)  # fmt: skip
def test_a_plain_number_mends_no_unit_that_is_left_over(amount: str, units: dict[str, str], but: str) -> None:
    assert f"does not come to kWh{but}" in refused(of_units(amount, units), UnitError)


@pytest.mark.parametrize(
    ("amount", "units", "kwh"),
    [
        ("power * t * 24 / 1000", {"power": "W", "t": "day"}, 0.6),
        ("power * t * 8766", {"power": "kW", "t": "years"}, 25 * 8766),
        ("power * each * t", {"power": "kW", "each": "h/day", "t": "day"}, 125),
        ("rate * t", {"rate": "kWh/day", "t": "days"}, 25),
        ("rate * t * 365", {"rate": "kWh/day", "t": "year"}, 25 * 365),
        ("rate * t", {"rate": "kWh/(user·day)", "t": "user·day"}, 25),
        ("used * power / 1000", {"used": "GPU-hour", "power": "W"}, 0.025),
        ("power * t * 1000", {"power": "MW", "t": "h"}, 25_000),
        ("energy / 3.6", {"energy": "MJ"}, 5 / 3.6),
        ("energy * 0.2777778", {"energy": "MJ"}, 5 / 3.6),
        ("energy * 277.8", {"energy": "GJ"}, 5 * 277.8),
        ("energy * 1e9", {"energy": "TWh"}, 5e9),
        ("energy * part / 100", {"energy": "kWh", "part": "per cent"}, 0.25),
    ],
)
def test_times_rates_and_rounded_factors_are_carried(amount: str, units: dict[str, str], kwh: float) -> None:
    result = assessed(of_units(amount, units))
    assert result.systems[0].central[0] == pytest.approx(kwh * 0.6)
    assert not [warning for warning in result.warnings if warning.kind == "units"]


@pytest.mark.parametrize(
    ("amount", "units", "instead", "kwh"),
    [
        ("rate * 365", {"rate": "kWh/day"}, "rate * 365 day", 5 * 365),
        ("rate * (300 + 65)", {"rate": "kWh/day"}, "rate * (300 day + 65)", 5 * 365),
        ("rate * 12", {"rate": "MWh/month"}, "rate * 12 month * 1000", 5 * 12_000),
        ("1 + rate * 12", {"rate": "MWh/month"}, "(1 + rate * 12 month) * 1000", 61_000),
        ("power * 24 * 365 / 1000", {"power": "W"}, "power * 24 * 365 day / 1000", 5 * 24 * 0.365),
        ("2 * rate * max(1, 3)", {"rate": "kWh/h"}, "2 h * rate * max(1, 3)", 30),
    ],
)
def test_what_the_error_says_to_write_can_be_written(
    amount: str, units: dict[str, str], instead: str, kwh: float
) -> None:
    assert f": write {instead}" in refused(of_units(amount, units), UnitError)
    result = assessed(of_units(instead, units))
    assert result.systems[0].central[0] == pytest.approx(kwh * 0.6)
    assert not [warning for warning in result.warnings if warning.kind == "units"]


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("rate * 365 year", "does not come to kWh but to 365 kWh, got 'rate * 365 year'; rate is in kWh/day: state the "
         "unit that it comes to, or multiply by 365"),
        ("5 MWH", "is no unit, but for its spelling, got 'MWH'; did you mean mWh or MWh?"),
        ("5 MWh + 2 day", "adds or compares what is of different units, got '5 MWh + 2 day'"),
        ("rate * day", "got 'day'; write the number with its unit, such as 365 day, or add [parameters.day]"),
        ("rate * 365['day']", "is no amount"),
        ("rate * 365 'day'", "is no amount"),
        ("rate day", "is no amount"),
    ],
)  # fmt: skip
def test_a_unit_stands_behind_a_number_and_is_checked(amount: str, said: str) -> None:
    assert said in refused(of_units(amount, {"rate": "kWh/day"}))


def test_data_in_binary_units_is_not_in_decimal_ones() -> None:
    moved = item(flow="data.transfer.fixed", amount="held * 2", unit="GB")
    study = given(system(stage("training", moved)), parameters={"held": {"value": 5, "unit": "GiB"}})
    assert "does not come to GB but to GiB" in refused(study, UnitError)


@pytest.mark.parametrize(("amount", "unit"), [("t * 3", "year"), ("t * 3", "day"), ("t", "min"), ("t * 8640", "year")])
def test_time_of_hardware_in_another_unit_is_refused(amount: str, unit: str) -> None:
    card = item(flow="hardware.gpu", amount=amount, unit="device-hour")
    study = given(system(stage("training", card)), parameters={"t": {"value": 5, "unit": unit}})
    assert f"does not come to device-hour but to {unit}" in refused(study, UnitError)


@pytest.mark.parametrize(
    ("unit", "near"),
    [("MWH", "mWh or MWh"), ("MW h", "MWh"), ("mwh", "mWh or MWh"), ("megawatt-hour", "MWh"), ("Kilowatt Hours", "kWh"),
     ("kwhs", "kWh"), ("Watt", "W"), ("kWh/Day", "day"), ("kg CO2e", "kgCO2e"), ("device hours", "device-hour")],
)  # fmt: skip
def test_a_unit_that_is_misspelt_is_refused_with_its_spelling(unit: str, near: str) -> None:
    said = refused({**with_item(amount=1), "parameters": {"held": {"value": 5, "unit": unit}}}, UnitError)
    assert f"parameters.held.unit: is no unit, but for its spelling, got '{unit}'; did you mean {near}?" in said


@pytest.mark.parametrize(
    ("delivers", "units"),
    [("300 * t", {"t": "day"}), ("uses * t", {"uses": "request/day", "t": "day"}), ("3 * users", {"users": "user"})],
)
def test_what_is_counted_may_be_so_many_for_each_time_or_thing(delivers: str, units: dict[str, str]) -> None:
    study = given(system(stage("training", item(amount=1)), delivers=delivers))
    held = {name: {"value": 5, "unit": unit} for name, unit in units.items()}
    assert assessed({**study, "parameters": held}).systems[0].central[0] > 0


@pytest.mark.parametrize("units", [("request", "year"), ("request/day", "year"), ("request/day", "1")])
def test_what_is_counted_in_a_time_is_not_what_is_counted(units: tuple[str, str]) -> None:
    study = given(system(stage("training", item(amount=1)), delivers="uses * t * 5"))
    held = {name: {"value": 5, "unit": unit} for name, unit in zip(("uses", "t"), units, strict=True)}
    assert "system[0].delivers: does not come to request" in refused({**study, "parameters": held}, UnitError)


def test_a_parameter_without_a_unit_beside_another_prefix_is_warned_of() -> None:
    result = assessed({**with_item(amount="monthly * months", unit="kWh"), "parameters": SCALED})
    assert [warning.kind for warning in result.warnings if warning.kind == "units"] == ["units"]


@pytest.mark.parametrize("hours", [8760, 8766])
def test_a_year_is_so_many_hours_and_no_360_days(hours: int) -> None:
    years = {"in_use": {"value": 5 * 8766, "unit": "h"}}
    card = item(flow="hardware.gpu", amount=1, unit="device-hour")
    study = given(system(stage("training", card)), parameters=years)
    passed = assessed({**study, "allocation": {"lifetime_years": f"in_use / {hours}"}})
    assert passed.systems[0].central[0] == pytest.approx(150 / 5 / 8766, rel=1e-3)
    assert "does not come to year" in refused({**study, "allocation": {"lifetime_years": "in_use / 8640"}}, UnitError)


def test_what_is_delivered_is_in_the_unit_of_the_function() -> None:
    study = given(system(stage("training", item(amount=1)), delivers="requests"), parameters=UNITS,
                  scope={"functional_unit": {"name": "a kilowatt-hour", "amount": 1, "unit": "kWh"}})  # fmt: skip
    assert "study: system[0].delivers: does not come to kWh, got 'requests'" in refused(study).replace(
        "test:", "study:"
    )


def test_a_parameter_that_needs_itself_is_named_with_its_circle() -> None:
    circle = {"a": {"value": "2 * b"}, "b": {"value": "c + 1"}, "c": {"value": "a"}}
    assert "parameters.a.value: needs itself, got 'a → b → c → a'" in refused({**given(), "parameters": circle})


def test_a_division_by_nothing_is_named_where_it_stands() -> None:
    nothing = {"none": {"value": 0}, "ratio": {"value": "1 / none"}}
    assert "test: parameters.ratio: is not finite, got '1 / none'" in refused(
        {**given(), "parameters": nothing} | with_items("ratio")
    )
    assert "item[0].amount: is not finite" in refused({**with_item(amount="1 / none"), "parameters": nothing})


def with_items(amount: str) -> dict[str, Any]:
    return {"system": [system(stage("training", item(amount=amount)))]}


@pytest.mark.parametrize("day", ["22.11.2026", "20260131", "2026-02-30", "2999-01-01"])
def test_a_date_is_a_day_that_has_come(day: str) -> None:
    study = given()
    study["goal"]["date"] = day
    assert "goal.date: is " in refused(study)
    study["goal"]["date"] = "2026-01-31"
    assert assessed(study)


def test_a_key_that_is_nearly_one_is_told() -> None:
    study = given()
    study["system"][0]["stage"][0]["item"][0]["ammount"] = 3
    assert "did you mean amount? Or see" in refused(study)
    assert "did you mean" not in refused({**given(), "wholly_other": {}})


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        ("hardware.accelerator.h900", "hardware.accelerator.generic"),
        ("hardware.laptpo.generic", "did you mean hardware.laptop.generic"),
        ("electricity.itt", "did you mean electricity.it"),
        ("transport.airplane", "did you mean transport.plane"),
    ],
)
def test_a_flow_that_is_misspelt_is_refused(flow: str, said: str) -> None:
    library = Library.load()
    for study in (with_item(flow=flow, amount=1), {**given(), "process": [
        {"id": "p", "unit": "unit", "exchanges": [{"target": flow, "amount": 1}]}
    ]}):  # fmt: skip
        with pytest.raises(InputError, match="is no flow of the library") as caught:
            assess_study(study_of(study), library, draws=10)
        assert said in str(caught.value)


@pytest.mark.parametrize("flow", ["hardware.accelerator.generic", "hardware.laptop.generic", "storage.tape"])
def test_a_flow_that_is_meant_is_taken(flow: str) -> None:
    assert assess_study(study_of(with_item(flow=flow, amount=1)), Library.load(), draws=10)


@pytest.mark.parametrize(
    ("study", "scenario", "said"),
    [
        (given(scope={"zone": "XQ"}), None, "test: scope.zone: no such zone, got 'XQ'"),
        (with_item(amount=1, zone="XQ"), None, "test: system[0].stage[0].item[0].zone: no such zone"),
        ({**given(), "scenario": [{"name": "x", "zone": "XQ"}]}, "x", "test: scenario[0].zone: no such zone"),
        ({**given(), "scenario": [{"name": "x", "zones": {"electricity": "XQ"}}]}, "x",
         "test: scenario[0].zones.electricity: no such zone"),
        (given(scope={"period": "never"}), None, "test: scope.period: not a period"),
    ],
)  # fmt: skip
def test_a_place_that_is_none_is_named_where_it_was_written(study: Any, scenario: str | None, said: str) -> None:
    with pytest.raises(InputError) as caught:
        assess_study(study_of(study), Library.load(), draws=10, scenario=scenario)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("ends", [{"low": 30, "high": 20}, {"low": 20, "high": 20}, {"low": float("nan")}])
def test_a_range_of_a_parameter_has_its_smaller_end_first(ends: dict[str, float]) -> None:
    assert "study: parameters.k.low: is no" in refused({**given(), "parameters": {"k": {"value": 25, **ends}}})
