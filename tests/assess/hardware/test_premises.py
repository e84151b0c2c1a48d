"""The rack and the building: shared out by power and years, charged once over their lives, and only in a hall."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overlays import SOURCES, write_csv
from treadlight.assess.hardware.description import read_device
from treadlight.assess.hardware.life import HardwareLife, Use, hardware_life
from treadlight.assess.hardware.making import Bench, Phase
from treadlight.assess.hardware.premises import PREMISES
from treadlight.core.activity import Location
from treadlight.core.distribution import Point
from treadlight.library.library import Library

TOLD = {"source": "own", "locator": "typed", "year": 2026, "confidence": "high"}
SERVER = "server + 2 x EPYC 7763"


def life(bench: Bench, text: str, use: Use) -> HardwareLife:
    return hardware_life(read_device(text, bench.library), use, bench)


def phase(found: HardwareLife, name: str) -> Phase:
    return next(phase for phase in found.phases if phase.name == name)


def kg(found: HardwareLife, name: str) -> float:
    return float(phase(found, name).samples[found.bench.row("gwp")].mean())


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """A hall of one's own: 1,000 kg a kW for 20 years, racks of 24 kg a kW for 12; 0.8 of the power is taken."""
    folder = tmp_path_factory.mktemp("hall")
    write_csv(folder / "sources.csv", SOURCES)
    made = {"category": "gwp", "estimator": "default", "default": "true", "scope": "whole", **TOLD}
    write_csv(
        folder / "embodied.csv",
        {"product": "hall.rack", "kind": "hall-rack", "amount": "point(24.0)", **made},
        {"product": "hall.building", "kind": "hall-building", "amount": "point(1000.0)", **made},
    )
    write_csv(
        folder / "lifetimes.csv",
        {"lifetime_class": "rack", "lifetime_y": "point(12.0)", "utilisation": "point(0.8)", **TOLD},
        {"lifetime_class": "building", "lifetime_y": "point(20.0)", "utilisation": "point(0.8)", **TOLD},
    )
    return Bench(Library.load(overlays=[folder]), Location(zone="US"), draws=10)


def test_by_hand(exact: Bench) -> None:
    # 0.5 kW for 4 a: 1000 kg x 0.5 x 4 / (20 x 0.8) = 125 kg; 24 kg x 0.5 x 4 / (12 x 0.8) = 5 kg
    found = life(exact, "laptop", Use(years=Point(4.0), hall_w=Point(500.0)))
    assert kg(found, "building") == pytest.approx(125)
    assert kg(found, "rack") == pytest.approx(5)


def test_over_its_life_a_hall_is_charged_once_with_its_empty_places(exact: Bench) -> None:
    # of one kW built, equipment takes 0.8 kW for 20 years: it bears all of it
    found = life(exact, SERVER, Use(years=Point(20.0), power_w=Point(300.0), hall_w=Point(800.0)))
    assert kg(found, "building") == pytest.approx(1000)


@given(st.floats(1.0, 1e5), st.floats(0.1, 25.0), st.floats(1.0, 2.0))
def test_linear_in_power_and_in_years(exact: Bench, watts: float, years: float, more: float) -> None:
    one, wider, longer = (
        life(exact, SERVER, Use(years=Point(y), power_w=Point(0.0), hall_w=Point(w)))
        for y, w in ((years, watts), (years, watts * more / 2), (years * more, watts))
    )
    for name in PREMISES:
        assert kg(wider, name) == pytest.approx(kg(one, name) * more / 2)
        assert kg(longer, name) == pytest.approx(kg(one, name) * more)


def test_unless_stated_the_rated_power_is_kept_and_no_less_than_the_mean_power_at_work(exact: Bench) -> None:
    # two processors of 280 W
    rated, below, above = (
        life(exact, SERVER, Use(power_w=power)).hall.watts for power in (None, Point(300.0), Point(900.0))
    )
    assert rated is not None
    assert np.median(rated) == pytest.approx(560, rel=0.1)
    assert below == pytest.approx(rated)
    assert above == pytest.approx(np.full(10, 900.0))


@pytest.mark.parametrize("text", ["laptop", "workstation + GeForce RTX 4090", "Jetson Orin NX 16GB"])
def test_what_stands_in_no_data_centre_bears_neither_and_says_so(bench: Bench, text: str) -> None:
    found = life(bench, text, Use(power_w=Point(30.0)))
    assert not {phase.name for phase in found.phases} & set(PREMISES)
    assert any(t.startswith("rack and building: it stands in no data centre, of class") for t in found.not_counted)


def test_a_place_without_overhead_is_no_data_centre(library: Library) -> None:
    desk = Bench(library, Location(zone="FR", site="desktop"), draws=10)
    found = life(desk, "A100 PCIe 80GB", Use())
    assert not found.hall.phases
    assert "without overhead" in found.hall.basis


def test_without_a_power_their_part_is_unknown_and_not_zero(bench: Bench) -> None:
    found = life(bench, "server", Use())
    for name in PREMISES:
        assert found.part(phase(found, name), "gwp") is None
    assert found.unknown("gwp")
    assert any("rack and building: no power known" in text for text in found.not_counted)


def test_what_is_not_known_of_them_is_named_and_keeps_the_total_open(bench: Bench) -> None:
    found = life(bench, "H100 SXM", Use())
    assert found.part(phase(found, "building"), "adpe") is None
    assert found.part(phase(found, "rack"), "pe") is not None
    assert found.unknown("adpe")
    assert not life(bench, "H100 SXM", Use(hall_w=Point(0.0))).unknown("adpe")
    (building,) = (text for text in found.not_counted if text.startswith("building"))
    for words in ("water", "minerals", "primary energy", "electronic waste"):
        assert words in building


def test_they_are_no_part_of_what_is_charged_once_for_the_device(bench: Bench) -> None:
    use = {"years": Point(4.0), "repair_per_year": Point(0.02), "second_life_years": Point(2.0)}
    here, alone = (life(bench, "H100 SXM", Use(**use, hall_w=w)) for w in (None, Point(0.0)))  # type: ignore[arg-type]
    assert np.array_equal(here.made.total, alone.made.total)
    assert np.array_equal(phase(here, "repair").samples, phase(alone, "repair").samples)
    assert here.extension("gwp") == alone.extension("gwp")
    row = bench.row("gwp")
    more = here.total("gwp").p50 - alone.total("gwp").p50  # type: ignore[union-attr]
    both = sum(phase(here, name).samples[row] for name in PREMISES)
    assert np.min(both) < more < np.max(both)


def test_with_them_use_still_dominates_climate_and_making_minerals(bench: Bench) -> None:
    found = life(bench, "A100 SXM4 40GB", Use())
    shares = {(p.name, c): found.share(p, c) or 0.0 for p in found.phases for c in ("gwp", "adpe")}
    assert shares["use", "gwp"] > 0.85
    assert shares["manufacture", "adpe"] > 0.7


def test_the_building_is_as_small_beside_electricity_as_operators_say(bench: Bench) -> None:
    # CyrusOne: construction is 0.9 % of 30 years' emissions in Iowa and 2.2 % in California; here the mean of the US
    found = life(bench, "A100 SXM4 80GB", Use())
    building, use = kg(found, "building"), kg(found, "use")
    assert 0.005 < building / (building + use) < 0.05


def test_the_rack_is_small_beside_the_building(bench: Bench) -> None:
    found = life(bench, "A100 SXM4 80GB", Use())
    assert 0 < kg(found, "rack") < 0.2 * kg(found, "building")
