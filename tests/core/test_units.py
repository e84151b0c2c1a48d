import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.core.category import CATEGORIES, category
from treadlight.core.errors import InputError, UnitError
from treadlight.core.flow import flow_unit
from treadlight.core.method import Method
from treadlight.core.units import _UNITS, convert, dimension

pairs = [(a, b) for a in _UNITS for b in _UNITS if dimension(a) == dimension(b)]


@given(st.sampled_from(pairs), st.floats(-1e12, 1e12))
def test_converting_there_and_back_gives_the_same(pair: tuple[str, str], value: float) -> None:
    there, back = pair
    assert convert(convert(value, there, back), back, there) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("value", "unit", "to", "wanted"),
    [
        (3.6e6, "J", "kWh", 1.0),
        (1.0, "kWh", "J", 3.6e6),
        (3.6e12, "uJ", "kWh", 1.0),
        (1500.0, "gCO2e", "kgCO2e", 1.5),
        (1.0, "m3", "L", 1000.0),
        (2.0, "h", "s", 7200.0),
        (25.0, "%", "1", 0.25),
        (1.0, "GB-month", "GB-hour", 730.5),
    ],
)
def test_known_conversions(value: float, unit: str, to: str, wanted: float) -> None:
    assert convert(value, unit, to) == pytest.approx(wanted)


def test_what_is_not_alike_is_never_converted() -> None:
    for unit, to in (("L", "m3-world-eq"), ("kWh", "MJ"), ("kg", "kgCO2e"), ("W", "kWh")):
        with pytest.raises(UnitError, match=f"give the amount in {to}"):
            convert(1.0, unit, to)


def test_unknown_units_are_refused() -> None:
    for call in (lambda: convert(1, "horse", "kWh"), lambda: convert(1, "kWh", "horse"), lambda: dimension("horse")):
        with pytest.raises(UnitError, match="unknown unit"):
            call()


@pytest.mark.parametrize(("unit", "to", "value"), [("m³", "L", 1000.0), ("µJ", "nJ", 1000.0), ("m²", "cm²", 10_000.0)])
def test_a_unit_may_be_written_as_it_is_printed(unit: str, to: str, value: float) -> None:
    assert convert(1.0, unit, to) == pytest.approx(value)
    with pytest.raises(UnitError, match="unknown unit"):
        dimension("10³")


def test_every_dimension_has_one_canonical_unit() -> None:
    canonical = [unit for unit, (_, factor) in _UNITS.items() if factor == 1.0]
    assert len(canonical) == len({dimension(unit) for unit in _UNITS})
    assert all(c.unit in _UNITS for c in CATEGORIES.values())


def test_a_flow_has_its_unit() -> None:
    assert flow_unit("electricity.it") == "kWh"
    assert flow_unit("hardware.memory.dram") == "GB-hour"
    assert flow_unit("hardware.cpu.x") == "device-hour"
    with pytest.raises(InputError, match="unknown flow"):
        flow_unit("steam")


def test_categories_and_methods_are_known_by_name() -> None:
    assert category("gwp").unit == "kgCO2e"
    with pytest.raises(InputError, match="unknown impact category"):
        category("happiness")
    assert Method().accounting == "location"
    for field in ("accounting", "signal", "scope"):
        with pytest.raises(InputError, match=field):
            Method(**{field: "guess"})
