"""What the hardware tables promise: counts, published figures, sets of estimates, and traps of public data kept out."""

import csv
import importlib
import math
from collections import defaultdict
from datetime import date
from pathlib import Path
from statistics import geometric_mean, stdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treadlight.core.distribution import Lognormal
from treadlight.library.loader import read_table
from treadlight.library.reader import read_sources
from treadlight.library.tables.equivalents import current, relatable
from treadlight.library.version import DATA, version

TOPICS = ("accelerators", "cpus", "embodied", "products", "transport", "treatment", "networks", "equivalents")
FACTS = Path(__file__).parents[3] / "shared" / "facts"
TOOLS = Path(__file__).parents[2] / "tools"

needs_facts = pytest.mark.skipif(not FACTS.is_dir(), reason="the gathered facts are not part of this repository")


def rows(topic: str) -> tuple[Any, ...]:
    return tuple(read_table(topic))


def by(topic: str, key: str) -> dict[str, Any]:
    return {getattr(row, key): row for row in rows(topic)}


def embodied(product: str, category: str) -> Any:
    """The default of a product and category."""
    return next(r for r in rows("embodied") if (r.product, r.category, r.default) == (product, category, True))


def estimates(product: str, category: str) -> list[Any]:
    return [r for r in rows("embodied") if (r.product, r.category) == (product, category) and r.estimator != "default"]


@pytest.mark.parametrize("topic", TOPICS)
def test_every_row_names_a_known_source_and_where_it_stands_there(topic: str) -> None:
    sources = read_sources(version().folders)
    for row in rows(topic):
        assert row.source in sources and row.locator.strip(), row


@pytest.mark.parametrize("topic", TOPICS)
def test_nothing_remembered_ships_as_if_it_had_been_read(topic: str) -> None:
    for row in rows(topic):
        assert row.confidence != "low" or row.unverified, row
        assert (
            "remembered" not in row.note or row.confidence != "high" or "removed" in row.note or "read" in row.note
        ), row


def test_no_source_of_hardware_is_unused() -> None:
    used = {row.source for topic in TOPICS for row in rows(topic)}
    listed = {line.split(",")[0] for line in (DATA / "2026.11" / "sources_hardware.csv").read_text().splitlines()[1:]}
    assert listed <= used


def test_at_least_eighty_accelerators_and_eighty_processors_are_listed() -> None:
    assert sum(r.kind == "model" and r.tdp_w is not None for r in rows("accelerators")) >= 80
    assert sum(r.kind == "model" for r in rows("accelerators")) >= 100
    assert sum(r.kind == "model" for r in rows("cpus")) >= 300


@pytest.mark.parametrize(
    ("slug", "tdp_w", "memory_gb"),
    [
        ("a100-sxm4-80gb", 400, 80),
        ("a100-pcie-40gb", 250, 40),
        ("h100-sxm5-80gb", 700, 80),
        ("h100-pcie-80gb", 350, 80),
        ("h200-sxm-141gb", 700, 141),
        ("tesla-v100-sxm2-16gb", 300, 16),  # tables after TechPowerUp swap SXM2 and PCIe
        ("tesla-v100-pcie-16gb", 250, 16),
        ("t4", 70, 16),
        ("l4", 72, 24),
        ("l40s", 350, 48),
        ("geforce-rtx-4090", 450, 24),
        ("instinct-mi300x-192gb", 750, 192),
        ("gaudi2", 600, 96),
    ],
)
def test_published_power_and_memory_of_accelerators(slug: str, tdp_w: float, memory_gb: float) -> None:
    row = by("accelerators", "slug")[slug]
    assert (row.tdp_w, row.memory_gb) == (tdp_w, memory_gb)


@pytest.mark.parametrize(
    ("slug", "tdp_w", "cores", "threads"),
    [
        ("epyc-7763", 280, 64, 128),
        ("epyc-9654", 360, 96, 192),
        ("epyc-9965", 500, 192, 384),
        ("epyc-9r14", 280, 96, 96),
        ("xeon-platinum-8272cl", 195, 26, 52),  # one table lists two sockets as one: 390 W, 52 cores
        ("xeon-platinum-8480plus", 350, 56, 112),
        ("ryzen-9-7950x", 170, 16, 32),
        ("core-i7-13700h", 45, 14, 20),
        ("ampere-altra-max-m128-30", 250, 128, 128),  # one table lists 256 threads; the part has no SMT
        ("graviton2", 150, 64, 64),
    ],
)
def test_published_power_and_cores_of_processors(slug: str, tdp_w: float, cores: int, threads: int) -> None:
    row = by("cpus", "slug")[slug]
    assert (row.tdp_w, row.cores, row.threads) == (tdp_w, cores, threads)


def test_power_that_is_no_tdp_is_not_called_one() -> None:
    accelerators = by("accelerators", "slug")
    assert accelerators["tpu-v4"].tdp_basis == "measured-maximum"
    assert all(row.tdp_w is None for row in accelerators.values() if row.vendor == "Apple")  # wall power of a whole Mac
    assert accelerators["tpu-v5e"].tdp_w is None  # no maker's figure


def test_a_board_with_two_gpus_is_one_gpu_for_the_driver() -> None:
    assert by("accelerators", "slug")["tesla-k80"].tdp_w == 150
    assert by("accelerators", "slug")["tesla-k80"].memory_gb == 12


def test_implausible_dies_are_left_out() -> None:
    cpus = by("cpus", "slug")
    assert cpus["core-i7-9700k"].die_mm2 is None and cpus["core-i9-9900k"].die_mm2 is None


def test_exactly_one_default_per_product_and_category() -> None:
    count: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows("embodied"):
        count[row.product, row.category] += row.default
    assert set(count.values()) == {1}


def test_every_product_with_estimates_is_listed_and_every_accelerator_has_some() -> None:
    products = set(by("products", "product"))
    assert {row.product for row in rows("embodied")} <= products
    for row in rows("accelerators"):
        if row.vendor != "Apple":
            assert f"accelerator.{row.slug}" in products
            for category in ("gwp", "adpe", "pe"):
                assert embodied(f"accelerator.{row.slug}", category).amount.median > 0


def test_the_default_is_hubblo_and_ademes_figure_where_there_is_one() -> None:
    for slug, kg in (("a100-pcie-40gb", 181), ("h100-sxm5-80gb", 273), ("h200-sxm-141gb", 364), ("b200-180gb", 461)):
        assert embodied(f"accelerator.{slug}", "gwp").amount.median == kg


def test_defaults_are_as_wide_as_the_estimates_disagree() -> None:
    for product in {row.product for row in rows("embodied") if row.kind == "accelerator"}:
        shown = [
            r.amount.median
            for r in estimates(product, "gwp")
            if "1/8" not in r.scope and "unsupported" not in r.scope and r.estimator != "memory line"
        ]
        amount = embodied(product, "gwp").amount
        assert isinstance(amount, Lognormal)
        assert amount.gsd >= (1.6 if len(shown) > 1 else 2.0)
        if len(shown) > 1:
            assert amount.gsd >= math.exp(stdev(map(math.log, shown))) - 0.01, product
            assert min(shown) <= amount.median <= max(shown), product


def test_an_estimate_of_a_share_of_a_server_is_shown_but_not_used() -> None:
    chien = [r for r in estimates("accelerator.a100-sxm4-40gb", "gwp") if "Chien" in r.estimator]
    assert len(chien) == 1 and not chien[0].default and "1/8 of whole instance" in chien[0].scope


def test_a_guess_is_shown_but_not_used_and_more_memory_never_costs_less() -> None:
    (luccioni,) = (r for r in estimates("accelerator.a100-sxm4-80gb", "gwp") if "Luccioni" in r.estimator)
    assert not luccioni.default and "unsupported" in luccioni.scope
    for form in ("sxm4", "pcie"):
        less, more = (embodied(f"accelerator.a100-{form}-{gb}gb", "gwp").amount.median for gb in (40, 80))
        assert less < more


def test_a_default_names_the_source_it_takes_its_figure_from() -> None:
    for row in rows("embodied"):
        if row.kind != "accelerator" or row.estimator != "default":
            continue
        hubblo = [r for r in estimates(row.product, row.category) if r.estimator.startswith("Hubblo")]
        if hubblo:
            assert (row.source, row.amount.median) == (hubblo[0].source, hubblo[0].amount.median), row.product


def test_a_default_covers_no_more_than_its_estimates_say() -> None:
    for row in rows("embodied"):
        if row.kind == "accelerator" and row.estimator == "default":
            for shown in estimates(row.product, row.category):
                used = "1/8" not in shown.scope and "unsupported" not in shown.scope
                assert not used or shown.scope in row.scope or "Hubblo" in row.locator, row.product


def test_scarcity_weighted_water_never_becomes_litres() -> None:
    assert {row.category for row in rows("embodied")} == {"gwp", "adpe", "pe"}
    assert {row.category for row in rows("treatment")} == {"gwp", "adpe", "pe"}


def test_flash_costs_more_per_gigabyte_than_disk_and_dram_more_than_flash() -> None:
    dram, ssd, hdd = (embodied(p, "gwp").amount for p in ("memory.dram", "storage.ssd", "storage.hdd"))
    assert dram.median > 5 * ssd.median > 5 * hdd.median
    assert ssd.quantile(0.05) < 0.1098 < ssd.quantile(0.99)  # Dell's own LCA of the R740
    assert dram.quantile(0.05) < 1.388 < dram.quantile(0.95)


def test_acts_published_cases_are_reproduced() -> None:
    # 3 GB of DDR4 at 65 g/GB and yield 0.875: 222.857 g
    act = next(r for r in estimates("memory.dram", "gwp") if r.estimator == "ACT")
    assert 3000 * act.amount.median == pytest.approx(222.857, rel=1e-3)


def test_processors_are_die_and_package() -> None:
    # EPYC 7763: 1064 mm² × 0.0197 + 9.14 = 30.10 kg; × 5.87e-9 + 0.0204 kgSb; × 0.265 + 156 = 437.96 MJ
    assert embodied("cpu.epyc-7763", "gwp").amount.median == pytest.approx(30.10, rel=1e-3)
    assert embodied("cpu.epyc-7763", "adpe").amount.median == pytest.approx(0.0204062, rel=1e-3)
    assert embodied("cpu.epyc-7763", "pe").amount.median == pytest.approx(437.96, rel=1e-3)


def test_the_parts_of_a_server_add_up_and_its_base_stands_between_the_published_estimates() -> None:
    part = {
        p: embodied(f"server.{p}", "gwp").amount.median for p in ("mainboard", "case-rack", "power-supply", "assembly")
    }
    total = part["mainboard"] + part["case-rack"] + 2 * part["power-supply"] + part["assembly"]
    shown = {r.estimator: r.amount.median for r in estimates("server.base", "gwp")}
    assert shown["sum of parts"] == pytest.approx(total, rel=1e-3)
    base = embodied("server.base", "gwp").amount
    assert base.median == pytest.approx(geometric_mean(shown.values()), rel=0.01)
    assert all(base.quantile(0.05) < kg < base.quantile(0.95) for kg in shown.values())


@needs_facts
def test_published_footprints_of_servers_lie_on_both_sides_of_ours() -> None:
    cpu, dram, flash = (embodied(p, "gwp").amount.median for p in ("cpu.generic", "memory.dram", "storage.ssd"))
    base = embodied("server.base", "gwp").amount
    inside = []
    with (FACTS / "servers.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["name"].startswith(("Dell PowerEdge", "HP ProLiant")) and row["kind"] == "published PCF":
                sockets, memory_gb = (float(part.split()[0]) for part in row["config"].split(", "))
                rest = float(row["gwp_embodied_kgco2e"]) - sockets * cpu - memory_gb * dram - 1000 * flash
                inside.append(base.quantile(0.05) <= rest <= base.quantile(0.95))
    assert len(inside) == 21
    assert sum(inside) / len(inside) >= 0.85


def test_a_whole_server_of_parts_agrees_with_the_published_assessment_of_the_r740() -> None:
    # two 28-core CPUs, 384 GB DRAM, 8 × 3840 GB flash: Dell's LCA says 4283 kg
    parts = [
        embodied("server.base", "gwp").amount.mean,
        2 * embodied("cpu.xeon-platinum-8280", "gwp").amount.mean,
        384 * embodied("memory.dram", "gwp").amount.mean,
        8 * 3840 * embodied("storage.ssd", "gwp").amount.mean,
    ]
    assert 4283 / 2 < sum(parts) < 4283 * 2


def test_racks_and_buildings_are_their_sources_per_kilowatt() -> None:
    shown = {(r.product, r.category, r.estimator): r.amount.median for r in rows("embodied") if "hall." in r.product}
    # 39 % of 12.6 million kg over 5 MW; 9,000 t over 50 MW; 20 % of 6,600 and 10,400 t a MW
    assert shown["hall.building", "gwp", "APL and Data4, DC19"] == pytest.approx(0.39 * 12.6e6 / 5000, rel=1e-3)
    assert shown["hall.building", "gwp", "GreenSKU"] == 9_000_000 / 50_000
    assert shown["hall.building", "gwp", "Data4, least"] == 0.2 * 6_600_000 / 1000
    assert shown["hall.building", "gwp", "Data4, most"] == 0.2 * 10_400_000 / 1000
    # 500 kg in racks of 50 MW / 2,500; 125 kg of steel at 1.91 kg and 20.99 MJ in racks of 12 kW
    assert shown["hall.rack", "gwp", "GreenSKU"] == 500 / (50_000 / 2500)
    assert shown["hall.rack", "gwp", "steel"] == pytest.approx(125 * 1.91 / 12, rel=1e-3)
    assert shown["hall.rack", "pe", "steel"] == pytest.approx(125 * 20.99 / 12, rel=1e-3)


@pytest.mark.parametrize("product", ["hall.rack", "hall.building"])
def test_the_default_of_a_hall_reaches_every_estimate_of_it(product: str) -> None:
    amount = embodied(product, "gwp").amount
    for estimate in estimates(product, "gwp"):
        assert amount.quantile(0.0) <= estimate.amount.median <= amount.quantile(1.0)
    assert amount.quantile(0.95) > 5 * amount.quantile(0.05)


def test_masses_are_of_the_right_order() -> None:
    mass = {product: row.mass_kg.median for product, row in by("products", "product").items() if row.mass_kg}
    assert mass["accelerator.a100-sxm4-80gb"] == pytest.approx(1.56)
    assert mass["accelerator.h100-sxm5-80gb"] == pytest.approx(1.69)
    assert mass["accelerator.t4"] == pytest.approx(0.301)
    assert all(0.1 < m < 3 for p, m in mass.items() if p.startswith("accelerator."))
    assert 0.3 < 8000 * mass["storage.hdd"] < 1.5
    assert 1 < mass["laptop.generic"] < 3 < mass["workstation.generic"] < mass["server.base"] < 40


def test_what_covers_transport_and_disposal_already_says_so() -> None:
    products = by("products", "product")
    assert products["accelerator.a100-sxm4-80gb"].transport_included
    assert products["laptop.generic"].end_of_life_included
    assert not products["server.base"].transport_included
    assert not products["memory.dram"].end_of_life_included


def test_transport_by_air_by_road_and_by_sea_stand_in_that_order() -> None:
    gwp = {row.mode: row.amount_per_tkm.median for row in rows("transport") if row.category == "gwp"}
    assert gwp == {"plane": pytest.approx(2.11), "truck": pytest.approx(0.0504), "boat": pytest.approx(0.0133)}


def test_credits_of_recycling_stand_apart_and_are_never_netted() -> None:
    treatments = {(row.treatment, row.category): row for row in rows("treatment")}
    cutoff, formal = treatments["ewaste.cutoff", "gwp"], treatments["ewaste.formal-recycling", "gwp"]
    assert cutoff.avoided_per_kg is None
    assert cutoff.amount_per_kg.median == formal.amount_per_kg.median == pytest.approx(1.506, rel=1e-3)
    assert formal.avoided_per_kg.median == pytest.approx(52 / (62 * 0.223), rel=1e-3)
    assert formal.documented_share == 0.223


def test_networks_are_average_or_marginal_and_never_free() -> None:
    networks = by("networks", "network")
    assert {"generic", "fixed", "mobile", "internet-core"} <= set(networks)
    assert all(row.energy_kwh_per_gb.quantile(0.01) > 0 for row in networks.values())
    # Carbon Trust 2021: 0.03 W per Mbit/s is 0.03 × 8000 / 3.6e6 kWh/GB
    assert networks["core-marginal"].energy_kwh_per_gb.median == pytest.approx(6.67e-5, rel=1e-2)
    assert networks["mobile-marginal"].energy_kwh_per_gb.median == pytest.approx(3.33e-3, rel=1e-2)
    assert networks["mobile"].energy_kwh_per_gb.median == 0.1  # Carbon Trust 2021, which its row names
    assert networks["mobile-5g"].energy_kwh_per_gb.quantile(0.05) < 0.0104  # modelled once, and bottom-up:
    assert networks["mobile-5g"].energy_kwh_per_gb.quantile(0.95) > 0.06
    assert networks["fixed-marginal"].energy_kwh_per_gb.median < networks["fixed"].energy_kwh_per_gb.median / 100


def test_comparisons_expire_with_the_reason() -> None:
    today, later = current(date(2026, 11, 22)), current(date(2031, 1, 1))
    assert not today.refused
    reasons = {row.slug: reason for row, reason in later.refused}
    assert reasons["car-km"] == "expired on 2028-07-01: its figure is of 2026-07"
    assert {row.slug for row in later.valid} == {"kettle-litre", "lamp-hour", "shower", "olympic-pool"}
    assert relatable(1.0, date(2031, 1, 1)) is None


def test_the_last_day_still_counts() -> None:
    assert relatable(1.0, date(2028, 7, 1)) is not None
    assert relatable(1.0, date(2028, 7, 2)) is None


@given(st.floats(2e-5, 1e6))
def test_the_chosen_comparison_has_a_human_count_and_multiplies_up(gwp_kg: float) -> None:
    found = relatable(gwp_kg, date(2026, 11, 22))
    assert found is not None
    assert 0.1 <= found.count <= 1000
    assert found.count * found.row.value == pytest.approx(gwp_kg)


@pytest.mark.parametrize("amount", [0.0, -1.0])
def test_nothing_is_compared_with_nothing(amount: float) -> None:
    assert relatable(amount, date(2026, 11, 22)) is None


def test_trees_emails_and_searches_are_never_offered() -> None:
    labels = " ".join(row.label + row.slug for row in rows("equivalents")).lower()
    assert not any(word in labels for word in ("tree", "seedling", "email", "search"))


def test_a_processor_without_a_die_area_borrows_its_familys_and_is_wider() -> None:
    own, borrowed = embodied("cpu.xeon-platinum-8280", "gwp"), embodied("cpu.xeon-platinum-8275cl", "gwp")
    assert borrowed.amount.gsd > own.amount.gsd and "family" in borrowed.note
    assert not [
        row for row in rows("embodied") if row.product == "cpu.epyc-9965"
    ]  # nobody has read a die of its family


@needs_facts
def test_the_tables_are_what_the_facts_carry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))
    common = importlib.import_module("hardware.common")
    equivalents = importlib.import_module("hardware.equivalents")
    networks = importlib.import_module("hardware.networks")
    transport = importlib.import_module("hardware.transport")
    factors = {row["component"]: row for row in common.read(FACTS / "components.csv")}
    carried = {
        "equivalents": equivalents.equivalent_rows(common.read(FACTS / "equivalents.csv")),
        "networks": networks.network_rows(common.read(FACTS / "network_energy.csv")),
        "transport": transport.transport_rows(factors),
        "treatment": transport.treatment_rows(common.read(FACTS / "endoflife.csv"), factors),
    }
    for topic, made in carried.items():
        common.write(tmp_path / f"{topic}.csv", made)
        assert (tmp_path / f"{topic}.csv").read_text() == (DATA / "2026.11" / f"{topic}.csv").read_text(), topic


@needs_facts
def test_no_estimate_of_a_listed_card_was_left_behind() -> None:
    with (FACTS / "gpu_embodied_estimates.csv").open(encoding="utf-8") as file:
        facts = [row for row in csv.DictReader(file) if row["confidence"] != "low"]
    shown = {(row.estimator, f"{row.amount.median:.4g}") for row in rows("embodied") if row.category == "gwp"}
    unlisted = ("V100S", "RTX 5000", "RTX PRO 4500", "V710", "V520", "V620", "M60", "Any GPU", "Powerful GPU")
    for fact in facts:
        if not any(name in fact["gpu"] for name in unlisted):
            assert (fact["estimator"], f"{float(fact['gwp_kgco2e']):.4g}") in shown, fact["gpu"]


@needs_facts
def test_no_fact_of_low_confidence_is_carried() -> None:
    with (FACTS / "network_energy.csv").open(encoding="utf-8") as file:
        low = {row["access_type"] for row in csv.DictReader(file) if row["confidence"] == "low"}
    assert "datacentre_lan" in low and "datacentre-lan" not in by("networks", "network")
    assert by("networks", "network")["fixed"].energy_kwh_per_gb.median != 0.025  # IEA's figure, as remembered
