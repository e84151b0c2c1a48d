"""Units that count: numbers and prefixes in them are scales, and what is counted cancels or is warned of."""

from typing import Any

import pytest

from studies_made import assessed, given, item, stage, system
from treadlight.assess.lifecycle.dimensions import measure_of
from treadlight.assess.lifecycle.result import StudyResult
from treadlight.core.errors import InputError, UnitError

KG_A_KWH = 0.6
"""Of the electricity of `studies_made`."""


def study_of(amount: str, unit: str = "kWh", **units: tuple[float, str]) -> dict[str, Any]:
    """A study with one item of this amount; each parameter is a value in a unit."""
    held = {name: {"value": value, "unit": unit} for name, (value, unit) in units.items()}
    return {**given(system(stage("training", item(amount=amount, unit=unit)))), "parameters": held}


def refused(study: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        assessed(study)
    return str(caught.value)


def warned(result: StudyResult) -> str:
    return "; ".join(warning.text for warning in result.warnings if warning.kind == "units")


THOUSAND = ("kWh/1000 request", "kWh per 1000 requests", "kWh per 1,000 requests", "kWh per 1\u00a0000 requests",
            "kWh/1000", "kWh/krequest", "kWh/(1000 request)", "kWh/1e3 request", "kWh/10³ requests",
            "kWh per thousand requests", "kWh/k requests")  # fmt: skip


@pytest.mark.parametrize("unit", THOUSAND)
def test_a_number_in_a_unit_is_a_scale_and_obeying_the_remedy_comes_to_the_amount(unit: str) -> None:
    held = {"n": (10, unit), "r": (5000, "request")}
    said = refused(study_of("n * r", **held))
    assert "does not come to kWh but to 0.001 kWh, got 'n * r'" in said
    assert said.endswith("or multiply by 0.001")
    result = assessed(study_of("n * r * 0.001", **held))
    assert result.systems[0].central[0] == pytest.approx(50 * KG_A_KWH)
    assert not warned(result)


@pytest.mark.parametrize(
    ("amount", "units", "by", "kwh"),
    [
        ("n * r", {"n": (10, "kWh/million request"), "r": (5000, "request")}, "1e-06", 0.05),
        ("n * r", {"n": (10, "kWh/Mtoken"), "r": (5e6, "token")}, "1e-06", 50),
        ("n * r", {"n": (10, "kWh per million tokens"), "r": (5e6, "tokens")}, "1e-06", 50),
        ("n * r", {"n": (1, "Wh/token"), "r": (5, "Mtoken")}, "1000", 5000),
        ("n * r", {"n": (3, "million request"), "r": (0.7, "kWh/request")}, "1000000", 2.1e6),
        ("n * r", {"n": (3, "EUR"), "r": (2, "kWh/k€")}, "0.001", 0.006),
        ("n * 2", {"n": (3, "1000 kWh")}, "1000", 6000),
        ("n * 1", {"n": (3, "100 Wh")}, "0.1", 0.3),
    ],
)
def test_what_is_counted_in_thousands_is_not_what_is_counted(
    amount: str, units: dict[str, tuple[float, str]], by: str, kwh: float
) -> None:
    assert f"multiply by {by}" in refused(study_of(amount, **units))
    result = assessed(study_of(f"{amount} * {by}", **units))
    assert result.systems[0].central[0] == pytest.approx(kwh * KG_A_KWH)
    assert not warned(result)


@pytest.mark.parametrize(
    ("amount", "units", "kwh"),
    [
        ("n * r", {"n": (10, "kWh/Mtoken"), "r": (5, "million tokens")}, 50),
        ("n * r", {"n": (10, "kWh per 1000 requests"), "r": (5, "krequest")}, 50),
        ("n * r", {"n": (10, "kWh/person"), "r": (5, "people")}, 50),
        ("n * r", {"n": (10, "kWh/query"), "r": (5, "Queries")}, 50),
        ("n * r * 24", {"n": (2, "GPU-day"), "r": (10, "kWh/GPU-hour")}, 480),
        ("n * r / 1000", {"n": (3, "device-hour"), "r": (700, "W/GPU")}, 2.1),
        ("n * r / 1000", {"n": (3, "GPU hours"), "r": (700, "W/device")}, 2.1),
        ("n * r * 24", {"n": (3, "GPU-day"), "r": (0.7, "kW")}, 50.4),
        ("n * r", {"n": (3, "kg steel"), "r": (2, "kWh/kg steel")}, 6),
        ("n * r", {"n": (3, "server"), "r": (2, "kWh")}, 6),
        ("3 * n", {"n": (2, "request")}, 6),
        ("e / n * m", {"e": (30, "kWh"), "n": (10, "organisation"), "m": (2, "team")}, 6),
    ],
)
def test_what_is_counted_cancels(amount: str, units: dict[str, tuple[float, str]], kwh: float) -> None:
    result = assessed(study_of(amount, **units))
    assert result.systems[0].central[0] == pytest.approx(kwh * KG_A_KWH)
    assert not warned(result)


@pytest.mark.parametrize(
    ("amount", "units", "told"),
    [
        ("n * r", {"n": (3, "user"), "r": (0.7, "kWh/request")}, "user/request does not cancel"),
        ("n * r / 1e6", {"n": (3, "user"), "r": (0.7, "kWh/Mtoken")}, "user/token does not cancel"),
        ("r", {"r": (0.7, "kWh/request")}, "1/request does not cancel"),
        ("n * r + 3 kWh", {"n": (3, "user"), "r": (0.7, "kWh/request")}, "user/request does not cancel"),
        ("n * 12", {"n": (3, "kgCO2")}, "system[0].stage[0].item[0].amount"),
        ("n * 12", {"n": (3, "tonnes")}, "system[0].stage[0].item[0].amount"),
        ("n * 3", {"n": (3, "Mtoken")}, "system[0].stage[0].item[0].amount"),
    ],
)
def test_what_does_not_cancel_is_warned_of(amount: str, units: dict[str, tuple[float, str]], told: str) -> None:
    assert told in warned(assessed(study_of(amount, **units)))


@pytest.mark.parametrize(
    ("amount", "units"),
    [
        ("n * r", {"n": (10, "kWh/100 km"), "r": (5000, "request")}),
        ("n * 4", {"n": (3, "kWh/m²")}),
        ("n * 2", {"n": (3, "kg steel")}),
        ("n * 2", {"n": (3, "m³")}),
    ],
)
def test_what_is_measured_is_no_count(amount: str, units: dict[str, tuple[float, str]]) -> None:
    assert "amount: does not come to kWh, got" in refused(study_of(amount, **units))


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("1.000 requests", "holds a number that cannot be read, got '1.000 requests'; put the number into the value"),
        ("10k users", "holds a number that cannot be read"),
        ("kWh/1,5 request", "holds a number that cannot be read"),
        ("½ request", "holds a number that cannot be read"),
        ("requests in thousands", "holds a number that cannot be read"),
        ("users (1000)", "holds a number that cannot be read"),
        ("kWh/1000·request", "may be read in two ways"),
        ("kWh day⁻¹", "holds a power, got 'kWh day⁻¹'; write m3 for m^3, kWh/day for kWh day^-1"),
        ("mtoken", "has a prefix that may be another, got 'mtoken'; write Mtoken if 1,000,000 of them are meant"),
        ("MWyr", "is two units without a sign between, got 'MWyr'; write MW·yr"),
        ("g CO₂e", "is no unit, but for its spelling, got 'g CO₂e'; did you mean gCO2e?"),
        ("kW.h", "did you mean kWh?"),
    ],
)
def test_a_unit_that_cannot_be_read_is_refused_with_what_to_write(unit: str, said: str) -> None:
    with pytest.raises(UnitError) as caught:
        measure_of(unit)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("m³", "m3"), ("µJ", "uJ"), ("μJ", "uJ"), ("W⋅h", "W·h"), ("kWh\u00a0per\u00a0day", "kWh/day"),
        ("10²¹ FLOP", "zettaFLOP"), ("Mtokens", "million token"), ("kW year", "kW·year"), ("people", "person"),
        ("GPU hours", "device-hour"), ("request × 1000", "krequest"),
    ],
)  # fmt: skip
def test_spellings_of_one_unit_measure_alike(written: str, same: str) -> None:
    one, other = measure_of(written), measure_of(same)
    assert one.powers == other.powers
    assert one.scale == pytest.approx(other.scale)


@pytest.mark.parametrize(
    ("process_unit", "unit", "amount_unit", "kg"),
    [("request", "gCO2e/1000 request", "gCO2e", 3e-6), ("Mtoken", "kgCO2e/token", "kgCO2e", 3e6),
     ("token", "kgCO2e/Mtoken", "kgCO2e", 3e-6)],
)  # fmt: skip
def test_an_exchange_is_for_each_unit_of_its_process(process_unit: str, unit: str, amount_unit: str, kg: float) -> None:
    def made(amount: str) -> dict[str, Any]:
        own = {"id": "p", "unit": process_unit, "exchanges": [{"target": "gwp", "amount": amount, "unit": amount_unit}]}
        used = item(process="p", amount=1, unit="", flow="")
        return {
            **given(system(stage("training", used))),
            "process": [own],
            "parameters": {"w": {"value": 3, "unit": unit}},
        }

    said = refused(made("w"))
    by = said.rpartition("multiply by ")[2].partition(",")[0]
    assert assessed(made(f"w * {by}")).systems[0].central[0] == pytest.approx(kg)


@pytest.mark.parametrize(
    ("unit", "amount", "kwh"),
    [("GW·day", "p * t", 6 * 24e6), ("kW·year", "q * y", 6 * 8760), ("W*h", "p * 1 h * 1e9", 2e6)],
)
def test_an_item_may_be_in_a_product_of_units(unit: str, amount: str, kwh: float) -> None:
    held = {"p": (2, "GW"), "t": (3, "day"), "q": (2, "kW"), "y": (3, "year")}
    assert assessed(study_of(amount, unit, **held)).systems[0].central[0] == pytest.approx(kwh * KG_A_KWH)


def test_no_malformed_unit_is_told_and_months_are_divided() -> None:
    assert "kWh/Wh/request" not in refused(study_of("r", r=(3, "Wh/request")))
    card = item(flow="hardware.gpu", amount=1, unit="device-hour")
    study = {**given(system(stage("training", card))), "allocation": {"lifetime_years": "60 month"}}
    assert "or divide by 12" in refused(study)
    assert assessed({**study, "allocation": {"lifetime_years": "60 month / 12"}}).systems[0].central[0] > 0


@pytest.mark.parametrize(
    ("amount", "said"),
    [("p * 24h", "leave a blank between a number and its unit, as in 24 h"),
     ("2 kWh per day * 365 day", "one word may follow a number as its unit; make it a parameter with the unit")],
)  # fmt: skip
def test_what_a_number_may_have_behind_it_is_told(amount: str, said: str) -> None:
    assert said in refused(study_of(amount, p=(2, "kW")))


def test_a_no_break_blank_is_a_blank() -> None:
    result = assessed(study_of("p * 24\u00a0h", p=(2, "kW")))
    assert result.systems[0].central[0] == pytest.approx(48 * KG_A_KWH)


@pytest.mark.parametrize(
    ("delivers", "units", "but"),
    [
        ("n", {"n": "krequest"}, "krequest"),
        ("n * k * 3", {"n": "krequest", "k": "1"}, "1000 request"),
        ("n * k", {"n": "request/1000 user", "k": "user"}, "0.001 request"),
    ],
)
def test_what_is_delivered_in_thousands_is_not_what_the_function_counts(
    delivers: str, units: dict[str, str], but: str
) -> None:
    study = given(system(stage("training", item(amount=1)), delivers=delivers))
    held = {name: {"value": 5, "unit": unit} for name, unit in units.items()}
    assert f"delivers: does not come to request but to {but}" in refused({**study, "parameters": held})
