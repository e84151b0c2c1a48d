"""Numbers are rounded to what their interval supports, and nothing that is not zero is written as zero."""

import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.core.errors import InputError
from treadlight.core.quantity import Quantity
from treadlight.share import numbers
from treadlight.share.numbers import could_add, duration, figure, percent, percents, shared_step, show


def kg(p05: float, p50: float, p95: float) -> Quantity:
    return Quantity("kgCO2e", p05, p50, p95)


@pytest.mark.parametrize(
    ("quantity", "value", "interval"),
    [
        (kg(97.3, 107.21, 118.4), "107", "97–118"),
        (kg(54, 66.4, 80), "66", "54–80"),
        (kg(19.31, 19.84, 20.27), "19.8", "19.3–20.3"),
        (kg(2.8, 4.2, 6.3), "4.2", "2.8–6.3"),
        (kg(4, 15, 46), "15", "4–46"),
        (kg(351, 412, 498), "410", "350–500"),
        (kg(-11.2, -5.9, -0.62), f"{numbers.MINUS}6", f"{numbers.MINUS}11 to {numbers.MINUS}0.6"),
    ],
)
def test_a_number_keeps_the_digits_its_interval_supports(quantity, value, interval):
    shown = show(quantity)
    assert (shown.value, shown.interval, shown.unit) == (value, interval, "kg CO₂e")


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        (kg(0.00009, 0.0001, 0.00011), "100 mg CO₂e"),
        (kg(1900, 2000, 2100), "2.00 t CO₂e"),
        (Quantity("kgSb-eq", 9e-10, 1e-9, 1.1e-9), "1.00 µg Sb-eq"),
        (Quantity("kWh", 0.9, 1.0, 1.1), "1.00 kWh"),
        (Quantity("MJ", 0.002, 0.0025, 0.003), "2.5 kJ"),
        (Quantity("gCO2e/kWh", 300, 340, 380), "340 g CO₂e/kWh"),
        (Quantity("kgCO2e/GB-hour", 1.1e-6, 1.4e-6, 1.9e-6), "1.4 mg CO₂e/GB-hour"),
        (Quantity("kWh/kWh", 0.4, 0.5, 0.6), "0.50 kWh/kWh"),
    ],
)
def test_the_unit_is_the_one_in_which_the_number_is_readable(quantity, text):
    assert show(quantity).text == text


def _value(text: str) -> float:
    digits, _, power = text.replace(numbers.NARROW, "").replace(numbers.MINUS, "-").partition("×10")
    return float(f"{digits}e{power.translate(str.maketrans('⁻⁰¹²³⁴⁵⁶⁷⁸⁹', '-0123456789')) or 0}")


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.0000082, 6, "0.000008"),
        (0.0000082, 7, "8.2×10⁻⁶"),
        (9.6e-10, 9, "1×10⁻⁹"),
        (-2e-7, 7, f"{numbers.MINUS}2×10⁻⁷"),
        (0.0, 9, "0.000000000"),
    ],
)
def test_a_number_that_takes_many_zeros_is_a_power_of_ten(value, decimals, text):
    assert numbers.figure(value, decimals) == text


@given(st.floats(1e-9, 1e9), st.floats(0.01, 1.0, exclude_max=True), st.floats(1.0, 100.0, exclude_min=True))
def test_what_is_not_zero_is_never_written_as_zero_and_ends_keep_their_order(p50, down, up):
    quantity = kg(p50 * down, p50, p50 * up)
    shown = show(quantity, "kgCO2e")
    low, value, high = _value(shown.low), _value(shown.value), _value(shown.high)
    assert low > 0
    assert low <= value <= high


@given(st.floats(1e-6, 1e6), st.floats(0.3, 0.98), st.floats(1.02, 3.0))
def test_rounding_moves_a_number_by_at_most_an_eighth_of_its_interval_or_a_thousandth(p50, down, up):
    quantity = kg(p50 * down, p50, p50 * up)
    moved = abs(_value(show(quantity, "kgCO2e").value) - p50)
    assert moved <= max((quantity.p95 - quantity.p05) / 8, p50 * 5e-3) * (1 + 1e-6)


def test_an_exact_number_has_no_interval_and_integers_stay_whole():
    shown = show(Quantity.exact(27_200, "device-hour"))
    assert (shown.value, shown.interval, shown.low) == (f"27{numbers.NARROW}200", "", "")
    assert show(Quantity.exact(0.0, "kWh")).value == "0"


def test_thousands_are_grouped_by_a_narrow_space_and_minus_is_a_true_minus():
    assert figure(-1_234_567.0) == f"{numbers.MINUS}1{numbers.NARROW}234{numbers.NARROW}567"
    assert figure(3.14159, 2, signed=True) == "+3.14"


def test_a_difference_that_may_go_either_way_has_no_digit_that_its_interval_does_not_support():
    either = Quantity("tCO2e", -0.16, 0.002, 0.26)
    shown = show(either, "tCO2e", signed=True)
    assert (shown.value, shown.interval) == ("0.00", "−0.16 to +0.26")
    assert show(Quantity("tCO2e", -0.34, -0.11, 0.08), "tCO2e", signed=True).value == "−0.11"
    assert show(Quantity("tCO2e", 0.001, 0.002, 0.26), "tCO2e", signed=True).value == "+0.0020"  # surely more: never 0


def test_shares_name_what_is_below_one_per_cent_without_calling_it_zero():
    space = numbers.NARROW
    assert percent(0.002) == f"<{space}1{space}%"
    assert percent(0.0) == f"0{space}%"
    assert percent(0.999) == f">{space}99{space}%"
    assert percent(0.664) == f"66{space}%"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(21.43, "21.4 s"), (0.0, "0 s"), (59.99, "60 s"), (125, "2 min 5 s"), (11_520, "3 h 12 min"), (148_320, "41.2 h")],
)
def test_durations_read_as_a_person_would_say_them(seconds, text):
    assert duration(seconds) == text


def test_what_something_could_add_is_written_in_the_unit_of_its_upper_end():
    assert could_add(kg(0.1, 0.7, 4)) == "0.1 to 4 kg CO₂e"


@pytest.mark.parametrize("values", [(1, 0.5, 2), (math.nan, 1, 2), (0, 1, math.inf)])
def test_a_quantity_refuses_percentiles_that_do_not_ascend_or_are_not_finite(values):
    with pytest.raises(InputError):
        kg(*values)


def test_a_column_shares_the_unit_of_its_largest_number():
    assert numbers.shared_unit([kg(0.001, 0.002, 0.003), None, kg(1, 2, 3)]) == "kgCO2e"
    assert numbers.shared_unit([None], "kWh") == "kWh"


def test_a_factor_of_a_why_tree_keeps_two_digits_so_that_it_can_be_multiplied():
    wide = Quantity("kgCO2e/kWh", 0.2, 0.743, 2.9)
    assert show(wide, "kgCO2e/kWh").value == "0.7"
    assert show(wide, "kgCO2e/kWh", at_least=2).value == "0.74"
    assert show(wide, "kgCO2e/kWh", at_least=2).interval == show(wide, "kgCO2e/kWh").interval
    assert show(Quantity("1", 1.1, 1.58, 2.5), at_least=2).value == "1.6"


@pytest.mark.parametrize(
    "amount", [Quantity("kgCO2e", 21, 64, 171), Quantity("L", 0.1, 0.36, 1.4), kg(400, 850.02, 1900)]
)
def test_an_amount_reads_the_same_in_a_why_tree_as_in_a_list(amount):
    assert show(amount, at_least=2).value == show(amount).value
    assert len(show(amount).value.strip("0")) == 1


def test_numbers_that_stand_together_share_a_last_digit_but_none_gets_more_than_four():
    together = [kg(300, 850.02, 1900), kg(0.51, 0.52, 0.53)]
    step = shared_step(together, "kgCO2e")
    assert show(together[0], "kgCO2e", step=step).value == "850.0"
    assert shared_step(together[:1], "kgCO2e") == 2


def test_the_page_on_numbers_shows_what_the_code_writes():
    page = Path(__file__).parents[2].joinpath("docs", "methodology", "numbers.md").read_text("utf-8")
    rows = re.findall(r"^\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| (\S+), (\S+) \|$", page, re.MULTILINE)
    assert len(rows) >= 4
    for p05, p50, p95, value, interval in rows:
        shown = show(kg(float(p05), float(p50), float(p95)), "kgCO2e")
        assert (shown.value, shown.interval) == (value, interval)


@pytest.mark.parametrize(
    ("shares", "texts"),
    (
        ((0.335, 0.335, 0.33), ["34", "33", "33"]),
        ((0.577, 0.054, 0.166, 0.203), ["58", "5", "17", "20"]),
        ((0.984, 0.012, 0.002, 0.002), ["99", "1", "<1", "<1"]),
        ((0.997, 0.003), [">99", "<1"]),
        ((1.0,), ["100"]),
        ((), []),
    ),
)
def test_shares_of_a_whole_are_written_so_that_they_add_up(shares, texts):
    written = [text.replace(numbers.NARROW, "") for text in percents(shares)]
    assert written == [f"{text}%" for text in texts]
