"""The life of a device: phases that add up, what is inside what, water by its lines, a second life, and fates."""

from dataclasses import replace

import numpy as np
import pytest

from own_products import OwnProducts
from treadlight.assess.hardware.description import read_device
from treadlight.assess.hardware.life import HardwareLife, Use, hardware_life
from treadlight.assess.hardware.making import HOURS_PER_YEAR, Bench
from treadlight.core.activity import Location
from treadlight.core.distribution import Point, Uniform
from treadlight.core.errors import InputError
from treadlight.ledger.assets import FATES
from treadlight.library.library import Library

ALONE = Point(0.0)
"""Power that a hall keeps for a device alone, as in cases published without rack and building."""

SERVER = "server + 2 x EPYC 7763 + 512 GB memory + 4 TB ssd"


def life(bench: Bench, text: str, use: Use) -> HardwareLife:
    return hardware_life(read_device(text, bench.library), use, bench)


def test_use_dominates_climate_and_making_dominates_minerals(bench: Bench) -> None:
    # Falk et al. 2025, BLOOM on A100: use 96 % of climate; manufacture 85 % of minerals and metals
    found = life(bench, "A100 SXM4 40GB", Use())
    manufacture, use = (next(p for p in found.phases if p.name == name) for name in ("manufacture", "use"))
    assert found.share(use, "gwp") > 0.85  # type: ignore[operator]
    assert found.share(manufacture, "adpe") > 0.7  # type: ignore[operator]


def test_transport_and_disposal_of_a_server_are_small_as_makers_declare(bench: Bench) -> None:
    # HPE DL345 Gen10 Plus: transport 0.4 %, end of life 0.2 % of its life cycle; DL380 Gen10: 0.7 % and 0.4 %
    found = life(bench, SERVER, Use(power_w=Point(300.0), hall_w=ALONE))
    shares = {phase.name: found.share(phase, "gwp") for phase in found.phases}
    assert 0 < shares["transport"] < 0.03  # type: ignore[operator]
    assert 0 < shares["end of life"] < 0.02  # type: ignore[operator]


def test_the_phases_add_up_to_what_the_library_charges(bench: Bench) -> None:
    found = life(bench, SERVER, Use(power_w=Point(300.0), hall_w=ALONE))
    parts = np.sum([samples for _, samples in found.made.parts], axis=0)
    assert np.allclose(found.made.total, parts)
    whole = np.sum([phase.samples for phase in found.phases], axis=0)
    kwh = found.work.kwh_per_year * found.work.years
    assert np.allclose(whole, found.made.total + bench.electricity.samples * kwh)


def test_electricity_is_power_times_the_hours_at_work(bench: Bench) -> None:
    # 4 a x 8766 h x (0.5 x 300 W + 0.5 x 100 W) = 7012.8 kWh
    use = Use(years=Point(4.0), utilisation=Point(0.5), power_w=Point(300.0), idle_w=Point(100.0))
    found = life(bench, SERVER, use)
    assert np.allclose(found.work.kwh_per_year * found.work.years, 4 * HOURS_PER_YEAR * 0.2)


def test_what_lies_inside_the_making_is_said_and_not_charged_again(bench: Bench) -> None:
    found = life(bench, "A100 SXM4 80GB", Use())
    transport, disposal = found.made.phase("transport"), found.made.phase("end of life")
    assert "inside the manufacture of A100 SXM4 80GB" in transport.note
    assert not transport.samples.any()
    assert not disposal.samples[bench.row("gwp")].any()
    assert disposal.samples[bench.row("ewaste")].mean() == pytest.approx(1.56, rel=0.05)


def test_embodied_water_is_unknown_and_stands_beside_the_two_other_lines(bench: Bench) -> None:
    found = life(bench, "H100 SXM", Use())
    water = found.water()
    assert water["embodied"] is None
    row = bench.row("water")
    kwh = found.work.kwh_per_year * found.work.years
    both = water["on site"].p50 + water["upstream of electricity"].p50  # type: ignore[union-attr]
    assert both == pytest.approx(float(np.median(bench.electricity.samples[row] * kwh)), rel=0.25)
    assert found.unknown("water")


def test_without_a_power_use_is_unknown_and_not_zero(bench: Bench) -> None:
    found = life(bench, "laptop", Use())
    use = next(phase for phase in found.phases if phase.name == "use")
    assert found.part(use, "gwp") is None
    assert found.part(use, "energy") is None
    assert found.water()["on site"] is None
    assert found.unknown("gwp")
    assert any("no power known" in text for text in found.not_counted)


def test_what_is_not_counted_is_named(bench: Bench) -> None:
    text = " ".join(life(bench, SERVER, Use()).not_counted)
    for word in ("512 GB of DRAM", "rack", "building", "repair", "idle power"):
        assert word in text


def test_a_second_life_halves_what_the_first_bears_in_each_year(bench: Bench) -> None:
    found = life(bench, "H100 SXM", Use(years=Point(4.0), second_life_years=Point(4.0)))
    alone, extended = found.extension("gwp")  # type: ignore[misc]
    assert extended.p50 == pytest.approx(alone.p50 / 2)
    assert found.passed_on("gwp").p50 == pytest.approx(alone.p50 * 2)  # type: ignore[union-attr]
    assert found.extension("water") is None


def test_repair_replaces_a_share_each_year(bench: Bench) -> None:
    found = life(bench, "H100 SXM", Use(years=Point(5.0), repair_per_year=Point(0.02)))
    repair = next(phase for phase in found.phases if phase.name == "repair")
    assert np.allclose(repair.samples, found.made.total * 0.1)


@pytest.mark.parametrize("fate", FATES)
def test_every_fate_has_its_waste_and_credits_are_never_netted(bench: Bench, fate: str) -> None:
    found = life(bench, SERVER, Use(power_w=Point(300.0), fate=fate))
    share = {"recycled": 1.0, "take-back": 1.0, "unknown": 0.223, "landfill": 0.0, "reused": 0.0}[fate]
    assert found.waste.share == share
    assert (found.waste.mass is None) == (fate == "reused")
    assert bool(found.waste.avoided) == (share > 0)
    whole = np.sum([phase.samples for phase in found.phases], axis=0)[bench.row("gwp")]
    assert found.total("gwp").p50 == pytest.approx(float(np.median(whole)))  # type: ignore[union-attr]


def test_a_landfill_has_mass_and_no_figure_for_its_burden(bench: Bench) -> None:
    found = life(bench, SERVER, Use(power_w=Point(300.0), fate="landfill"))
    disposal = next(phase for phase in found.phases if phase.name == "end of life")
    assert found.part(disposal, "gwp") is None
    assert found.part(disposal, "ewaste").p50 > 10  # type: ignore[union-attr]


def test_avoided_burden_is_the_collected_mass_times_its_factor(bench: Bench) -> None:
    # documented: 22.3 % of the mass; avoided 3.76 kg CO2e per kg formally recycled (Global E-waste Monitor 2024)
    found = life(bench, "A100 SXM4 80GB", Use())
    assert found.waste.avoided[0].p50 == pytest.approx(1.56 * 0.223 * 3.76, rel=0.1)


def test_twice_the_hardware_costs_twice(bench: Bench) -> None:
    one, two = (life(bench, text, Use(years=Point(4.0))).made.total for text in ("H100 SXM", "2 x H100 SXM"))
    assert np.allclose(two, 2 * one)


def test_a_cleaner_grid_changes_use_alone(library: Library) -> None:
    benches = [Bench(library, Location(zone=zone), draws=100) for zone in ("FR", "PL")]
    clean, dirty = (life(b, "H100 SXM", Use(years=Point(4.0))) for b in benches)
    assert np.array_equal(clean.made.total, dirty.made.total)
    assert clean.total("gwp").p50 < dirty.total("gwp").p50  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("field", "use"),
    [
        ("years", {"years": Point(0.0)}),
        ("years", {"years": Uniform(-1.0, 3.0)}),
        ("utilisation", {"utilisation": Point(1.2)}),
        ("power_w", {"power_w": Point(-5.0)}),
        ("repair_per_year", {"repair_per_year": Point(3.0)}),
        ("second_life_years", {"second_life_years": Point(0.0)}),
        ("fate", {"fate": "burnt"}),
    ],
)
def test_a_use_that_cannot_be_is_refused(field: str, use: dict[str, object]) -> None:
    with pytest.raises(InputError, match=field):
        replace(Use(), **use)  # type: ignore[arg-type]


# Published cases (../shared/facts/lca_cases.json), through products of one's own


def per_hour_kg(bench: Bench, text: str) -> float:
    """What is charged once, per hour of four years."""
    found = life(bench, text, Use(years=Point(4.0)))
    return float(found.made.total[bench.row("gwp")][0] / found.work.years[0] / HOURS_PER_YEAR)


def test_a_commodity_server_an_hour_as_teads(own_products: OwnProducts) -> None:
    # 1,000 kg over 4 years of 8,760 h: 0.028539 kg/h (cloud-carbon-footprint issue 579, with the right year)
    bench = Bench(own_products(rack_teads=1000.0), draws=10)
    assert per_hour_kg(bench, "rack.teads") == pytest.approx(0.028539, rel=1e-3)


def test_the_falco_reference_server_an_hour(own_products: OwnProducts) -> None:
    # TE 524.3 kg over 35,040 h: 14.963 g/h (cncf-tags/green-reviews-tooling issue 40)
    bench = Bench(own_products(rack_falco=524.3), draws=10)
    assert per_hour_kg(bench, "rack.falco") * 1000 == pytest.approx(14.963, rel=1e-3)


def test_a_card_from_its_parts_as_boaviztapi(own_products: OwnProducts) -> None:
    # A100 SXM4 40GB, boaviztapi 2.5.0: quantities x factors, 319.3 kg CO2e; end of life 0.736 % of it
    factors = {
        "part_die": 0.042592,  # per mm2
        "part_vram": 0.18379,  # per mm2
        "part_pwb": 0.032549,  # per cm2
        "part_heatsink": 5.7412,  # per kg
        "part_casing": 8.2542,  # per kg
        "part_upstream": 0.25955,  # per kg of card
        "part_boat": 1.33e-5 * 19000,  # per kg of card
        "part_truck": 5.04e-5 * 1000,  # per kg of card
        "part_end": 1.5062,  # per kg of card
    }
    bench = Bench(own_products(**factors), draws=10)
    text = (
        "2876.29 x part.die + 991.6 x part.vram + 105 x part.pwb + 1.25 x part.heatsink + 0.09 x part.casing + "
        "1.56 x part.upstream + 1.56 x part.boat + 1.56 x part.truck + 1.56 x part.end"
    )
    made = bench.made(read_device(text, bench.library))
    row = bench.row("gwp")
    assert made.total[row] == pytest.approx(np.full(10, 319.3), rel=2e-3)
    ends = next(samples for part, samples in made.parts if part.product == "part.end")
    assert ends[row][0] / made.total[row][0] == pytest.approx(0.00736, rel=2e-3)


def test_a_share_of_a_node_as_ecologits(own_products: OwnProducts) -> None:
    # (5700 x 2/8 + 2 x 273) kg x 10 s / (94,608,000 s x 64) = 0.00325521 g; whole node 7,884 kg
    bench = Bench(own_products(node_dgx=5700.0, node_card=273.0), draws=10)
    row = bench.row("gwp")
    whole = bench.made(read_device("node.dgx + 8 x node.card", bench.library)).total[row][0]
    assert whole == pytest.approx(7884)
    share = bench.made(read_device("0.25 x node.dgx + 2 x node.card", bench.library)).total[row][0]
    assert share * 1000 * 10 / (94_608_000 * 64) == pytest.approx(0.00325521, rel=1e-3)
