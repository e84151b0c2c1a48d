"""Hardware in use: a share of a product's life, down to its making, transport and disposal."""

import pytest

from treadlight.assess.draws import Draws
from treadlight.assess.solve import unit_impacts
from treadlight.core.activity import Location
from treadlight.core.category import CATEGORIES
from treadlight.core.distribution import Distribution, Empirical, Point, Uniform
from treadlight.library.build_hardware import HOURS_PER_YEAR, share_of_life
from treadlight.library.library import Library
from treadlight.library.process import Process
from treadlight.library.system import Demand
from treadlight.library.tables.lifetimes import LifetimeRow

LIBRARY = Library.load()


def _system(flow: str, zone: str = "FR") -> tuple[Process, dict[str, Process]]:
    demand = Demand(flow, Location(zone=zone), "2026")
    system = LIBRARY.system([demand])
    answer = system.answers[demand]
    assert answer is not None, flow
    return system.processes[answer], dict(system.processes)


FLOWS = [
    "hardware.server.base",
    "hardware.memory.dram",
    "hardware.storage.ssd",
    "hardware.storage.hdd",
    "hardware.laptop.generic",
    "hardware.workstation.generic",
    "hardware.cpu.generic",
    "hardware.accelerator.generic",
    "data.transfer.fixed",
    "electricity.facility",
    "water.site",
]


@pytest.mark.parametrize("flow", FLOWS)
def test_the_flows_that_trackers_write_are_answered_exactly(flow: str) -> None:
    process, processes = _system(flow)
    assert process.resolution.exact
    for found in processes.values():
        assert all(e.is_impact or e.target in processes for e in found.exchanges)


def test_an_hour_of_a_server_is_one_of_the_hours_of_its_life() -> None:
    process, processes = _system("hardware.server.base")
    (use,) = process.exchanges
    # 4 to 6 years, in use for 0.6 to 1.0 of them (0.82 at the median)
    assert use.amount.median == pytest.approx(1 / (5 * 0.82 * 8766), rel=0.02)
    assert 1 / (6 * 8766) < use.amount.quantile(0.05) < use.amount.quantile(0.95) < 1 / (4 * 0.6 * 8766)
    assert use.cause == "lifetime:server"
    assert use.label == "share of its life: time over lifetime × use"
    assert process.phase == "embodied"
    base = processes["product.server.base"]
    assert {"gwp", "adpe", "pe"} <= {e.target for e in base.exchanges}


def test_a_product_becomes_waste_with_its_mass() -> None:
    base, processes = _system("product.server.base")
    (waste,) = (e for e in base.exchanges if e.target.startswith("treatment."))
    assert 10 < waste.amount.median < 40  # kg
    treatment = processes[waste.target]
    assert treatment.phase == "end-of-life"
    assert [e.amount for e in treatment.exchanges if e.target == "ewaste"] == [Point(1.0)]


def test_no_impact_of_transport_or_disposal_is_counted_twice() -> None:
    for row in LIBRARY.rows("products"):
        if not (row.transport_included or row.end_of_life_included):
            continue
        product, _ = _system(f"product.{row.product}")
        targets = {e.target for e in product.exchanges}
        assert not row.transport_included or not any(t.startswith("transport.") for t in targets)
        assert not row.end_of_life_included or "treatment.ewaste.cutoff" not in targets


def test_transport_of_a_rack_server_is_near_its_published_share() -> None:
    # HPE DL380 Gen10: 0.7 % of 4,780 kgCO2e for 19.5 kg = 1.7 kgCO2e/kg
    base, processes = _system("product.server.base")
    mass = next(e.amount.median for e in base.exchanges if e.target.startswith("treatment."))
    carried = 0.0
    for exchange in base.exchanges:
        if exchange.target.startswith("transport."):
            per_tkm = next(e.amount.median for e in processes[exchange.target].exchanges if e.target == "gwp")
            carried += exchange.amount.median * per_tkm
    assert 0.5 < carried / mass < 4.0


def test_an_unknown_product_takes_the_generic_of_its_kind_wider_and_says_so() -> None:
    process, processes = _system("hardware.cpu.abacus-3000")
    generic = _system("product.cpu.generic")[0]
    product = processes["product.cpu.abacus-3000"]
    assert not process.resolution.exact
    assert process.resolution.remedy
    assert "abacus-3000" in process.resolution.rungs[0].detail
    for category in ("gwp", "adpe", "pe"):
        mine = next(e for e in product.exchanges if e.target == category)
        its = next(e for e in generic.exchanges if e.target == category)
        assert mine.cause == its.cause
        assert mine.amount.median == pytest.approx(its.amount.median, rel=0.02)
        assert mine.amount.quantile(0.95) > its.amount.quantile(0.95)


def test_a_kind_of_hardware_that_nobody_knows_is_not_answered() -> None:
    demand = Demand("hardware.loom.jacquard", Location(), "2026")
    assert LIBRARY.system([demand]).answers[demand] is None


def test_an_unknown_network_takes_the_generic_one_wider() -> None:
    process, _ = _system("data.transfer.pigeon")
    generic, _ = _system("data.transfer.generic")
    assert not process.resolution.exact
    assert process.exchanges[0].target == "electricity.grid/FR/2026"
    assert process.exchanges[0].amount.quantile(0.95) > generic.exchanges[0].amount.quantile(0.95)


def _life(lifetime_y: Distribution, utilisation: Distribution) -> LifetimeRow:
    about = {"source": "s", "locator": "l", "year": 2026, "confidence": "assumed"}
    return LifetimeRow(lifetime_class="x", lifetime_y=lifetime_y, utilisation=utilisation, **about)


def test_the_share_of_a_life_is_the_reciprocal_of_its_hours() -> None:
    share = share_of_life(_life(Uniform(2.0, 8.0), Point(0.5)))
    assert share.median == pytest.approx(1 / (5 * HOURS_PER_YEAR * 0.5), rel=1e-3)
    assert share_of_life(_life(Point(4.0), Point(0.5))) == Point(1 / (4 * HOURS_PER_YEAR * 0.5))


def test_how_much_it_is_used_is_as_uncertain_as_how_long() -> None:
    steady = share_of_life(_life(Uniform(3.0, 6.0), Point(0.4)))
    drawn = share_of_life(_life(Uniform(3.0, 6.0), Uniform(0.2, 0.6)))
    assert isinstance(drawn, Empirical)
    assert len(drawn.values) <= 41
    assert drawn.quantile(0.95) / drawn.quantile(0.05) > 1.5 * steady.quantile(0.95) / steady.quantile(0.05)
    assert drawn == share_of_life.__wrapped__(_life(Uniform(3.0, 6.0), Uniform(0.2, 0.6)))


def test_a_life_of_a_laptops_use_is_charged_one_laptop() -> None:
    use, processes = _system("hardware.laptop.generic")
    (share,) = use.exchanges
    # 4 to 5 years at 0.15 to 0.6 of the time: about 14,000 hours in all, so 2,000 h/y for 4 years are about half of it
    assert 0.4 < 2000 * 4 * share.amount.median < 0.8
    assert share.cause == "lifetime:laptop"
    assert "product.laptop.generic" in processes


@pytest.mark.parametrize(("text", "kind"), [("h100", "accelerator"), ("a100", "accelerator")])
def test_every_catalogued_accelerator_is_answered(text: str, kind: str) -> None:
    slugs = [row.slug for row in LIBRARY.rows("accelerators") if text in row.slug]
    assert slugs
    for slug in slugs:
        _system(f"hardware.{kind}.{slug}")


def test_a_product_without_a_published_estimate_names_what_stands_in() -> None:
    made, _ = _system("product.accelerator.jetson-nano")
    assert not made.resolution.exact
    assert "no estimate of the making of Jetson Nano is published" in made.resolution.rungs[0].detail
    assert "fitted to" in made.resolution.rungs[-1].detail
    card, _ = _system("product.accelerator.a100-sxm4-80gb")
    assert card.resolution.exact


def test_a_module_at_the_edge_has_a_life_of_its_own() -> None:
    (module,), (card,) = (
        _system(f"hardware.accelerator.{name}")[0].exchanges for name in ("jetson-nano", "h100-pcie-80gb")
    )
    assert module.cause != card.cause
    assert module.amount.median > 1.5 * card.amount.median


def test_the_waste_of_network_equipment_is_not_known_and_electricity_is() -> None:
    process, processes = _system("data.transfer.fixed")
    unit = unit_impacts(processes, tuple(CATEGORIES), Draws(10, 0))
    assert unit.unknown[process.id] == {"ewaste"}
    assert unit.reached[process.id] >= {"gwp", "energy"}
