"""Embodied impacts: a set of estimates per product, and the default that carries the spread of the set."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import geometric_mean

from hardware.common import SOURCES, Cells, central, cpu_dies, gsd, lognormal, spread, triangular
from treadlight.core.distribution import parse

__all__ = ["embodied_rows"]

Row = dict[str, object]

_YEARS = {source[0]: source[2] for source in SOURCES}

_CATEGORIES = {"gwp": "gwp_kgco2e", "adpe": "adpe_kgsbeq", "pe": "pe_mj"}

_CARDS = {
    # name in the estimates -> slugs in the accelerators table
    "NVIDIA GTX 1080 Ti": ("geforce-gtx-1080-ti",),
    "NVIDIA RTX A4500": ("rtx-a4500",),
    "NVIDIA Titan RTX": ("titan-rtx",),
    "NVIDIA P100": ("tesla-p100-pcie-16gb",),
    "NVIDIA L4": ("l4",),
    "NVIDIA A100 PCIe 40GB": ("a100-pcie-40gb",),
    "NVIDIA A100 SXM4 40GB": ("a100-sxm4-40gb",),
    "NVIDIA A100 SXM4 80GB": ("a100-sxm4-80gb",),
    "NVIDIA A100 PCIe 80GB": ("a100-pcie-80gb",),
    "NVIDIA A100 80GB": ("a100-sxm4-80gb", "a100-pcie-80gb"),
    "NVIDIA A100 (BLOOM)": ("a100-sxm4-80gb",),
    "NVIDIA A100 (share of server)": ("a100-sxm4-40gb",),
    "NVIDIA H100 SXM 80GB": ("h100-sxm5-80gb",),
    "NVIDIA H100 80GB": ("h100-sxm5-80gb",),
    "NVIDIA H100": ("h100-sxm5-80gb",),
    "NVIDIA H100 PCIe 80GB": ("h100-pcie-80gb",),
    "NVIDIA H100 NVL 94GB": ("h100-nvl-94gb",),
    "NVIDIA H200 SXM 141GB": ("h200-sxm-141gb",),
    "NVIDIA H200 141GB": ("h200-sxm-141gb",),
    "NVIDIA L40S 48GB": ("l40s",),
    "NVIDIA Tesla V100 SXM2 16GB": ("tesla-v100-sxm2-16gb",),
    "NVIDIA Tesla V100 SXM2 32GB": ("tesla-v100-sxm2-32gb",),
    "NVIDIA Tesla V100 PCIe 16GB": ("tesla-v100-pcie-16gb",),
    "NVIDIA Tesla V100 PCIe 32GB": ("tesla-v100-pcie-32gb",),
    "NVIDIA T4": ("t4",),
    "NVIDIA A10": ("a10",),
    "NVIDIA RTX PRO 6000 Blackwell Server Edition 96GB": ("rtx-pro-6000-blackwell-server-96gb",),
    "NVIDIA B200 180GB": ("b200-180gb",),
    "NVIDIA B200 192GB": ("b200-180gb",),
    "NVIDIA B300 288GB": ("b300-288gb",),
    "AMD Instinct MI300X 192GB": ("instinct-mi300x-192gb",),
    "NVIDIA Tesla P4": ("tesla-p4",),
    "AMD Radeon Instinct MI25": ("radeon-instinct-mi25",),
    "NVIDIA Tesla M60": ("tesla-m60",),
}

_ESTIMATORS = {
    "BoaviztAPI 2.5.0": "boaviztapi-computed",
    "Hubblo/ADEME calculator": "hubblo-gpu",
    "Hubblo/ADEME via EcoLogits": "ecologits-video",
    "NVIDIA HGX H100 PCF / 8, as used by EcoLogits": "ecologits-llm",
    "EcoLogits (older)": "ecologits-2024",
    "Luccioni et al. 2022": "luccioni-2022",
    "MLCA": "mlca",
    "Chien et al. HotCarbon 2023": "chien-2023",
}

_OTHER_SCOPE = ("share", "1/8", "unsupported")
"""Words in a scope that say the figure is not of the card alone, or a guess: shown, but not part of the set."""

_LINE = "memory line"
_LINE_SCOPE = "as Hubblo/ADEME: without use phase"


def embodied_rows(
    accelerators: Sequence[Row],
    cpus: Sequence[Row],
    estimates: Sequence[Cells],
    factors: Mapping[str, Cells],
    servers: Sequence[Cells],
    ademe: Sequence[Cells],
) -> list[Row]:
    """Rows of the embodied table."""
    return [
        *_accelerators(accelerators, estimates),
        *_cpus(cpus, factors),
        *_memory(factors),
        *_storage(factors),
        *_server(cpus, factors, servers),
        *_computers(factors, ademe),
        *_halls(),
    ]


def _row(
    product: str,
    kind: str,
    category: str,
    estimator: str,
    amount: str,
    scope: str,
    source: tuple[str, str, str],
    **more: object,
) -> Row:
    return {
        "product": product,
        "kind": kind,
        "category": category,
        "estimator": estimator,
        "amount": amount,
        "default": more.get("default", False),
        "scope": scope,
        "source": source[0],
        "locator": source[1],
        "year": _YEARS.get(source[0], 2026),
        "confidence": source[2],
        "outlier_reason": more.get("outlier_reason", ""),
        "note": more.get("note", ""),
    }


# accelerators ---------------------------------------------------------------------------------------------------------


def _accelerators(accelerators: Sequence[Row], estimates: Sequence[Cells]) -> Iterator[Row]:
    sets = _sets(estimates)
    line = _memory_line(accelerators, sets)
    everything = [float(e[_CATEGORIES["adpe"]]) for es in sets.values() for e in es if e["adpe_kgsbeq"]]
    for accelerator in accelerators:
        if accelerator["vendor"] == "Apple" or not accelerator["memory_gb"]:
            continue
        slug, product = str(accelerator["slug"]), f"accelerator.{accelerator['slug']}"
        own = sets.get(slug, [])
        memory_gb = float(str(accelerator["memory_gb"]))
        for estimate in own:
            yield from _shown(product, estimate)
        yield from _gwp(product, own, line, memory_gb)
        yield from _adpe(product, own, everything)
        yield from _pe(product, own, line, memory_gb)


def _sets(estimates: Sequence[Cells]) -> dict[str, list[Cells]]:
    sets: dict[str, list[Cells]] = defaultdict(list)
    for estimate in estimates:
        if estimate["confidence"] == "low":
            continue
        for slug in _CARDS.get(estimate["gpu"], ()):
            halved = slug == "tesla-m60"
            sets[slug].append(_half(estimate) if halved else estimate)
    return sets


def _half(estimate: Cells) -> Cells:
    """One GPU of a board with two."""
    half = {column: str(float(estimate[column]) / 2) for column in _CATEGORIES.values() if estimate[column]}
    return estimate | half | {"scope": estimate["scope"] + "; half of a board with two GPUs"}


def _memory_line(accelerators: Sequence[Row], sets: Mapping[str, Sequence[Cells]]) -> tuple[float, float]:
    """Intercept [kg] and slope [kg/GB] of Hubblo/ADEME's figures over memory, by least squares."""
    memory = {str(a["slug"]): float(str(a["memory_gb"])) for a in accelerators if a["memory_gb"]}
    points = [
        (memory[slug], float(e["gwp_kgco2e"]))
        for slug, es in sets.items()
        for e in es
        if e["estimator"].startswith("Hubblo")
    ]
    mean_x, mean_y = (sum(column) / len(points) for column in zip(*points, strict=True))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    return mean_y - slope * mean_x, slope


def _shown(product: str, estimate: Cells) -> Iterator[Row]:
    """Every figure of one estimator, as it stands."""
    for category, column in _CATEGORIES.items():
        if estimate[column]:
            note = ""
            if category == "pe" and "ADPf" in estimate["source"]:
                note = "fossil part of primary energy only (ADPf)"
            yield _row(
                product,
                "accelerator",
                category,
                estimate["estimator"],
                lognormal(float(estimate[column]), 1.6),
                estimate["scope"],
                (_ESTIMATORS[estimate["estimator"]], f"row {estimate['gpu']}", estimate["confidence"]),
                note=note,
            )


_Figure = tuple[str, float, str]
"""Estimator, value and scope."""


def _of_the_card(estimates: Sequence[Cells], category: str) -> list[_Figure]:
    """Figures that are of the card alone."""
    column = _CATEGORIES[category]
    return [
        (e["estimator"], float(e[column]), e["scope"])
        for e in estimates
        if e[column] and not any(word in e["scope"] + e["gpu"] for word in _OTHER_SCOPE)
    ]


def _hubblo(figures: Sequence[_Figure]) -> _Figure | None:
    return next((figure for figure in figures if figure[0].startswith("Hubblo")), None)


def _hubblo_source(figure: _Figure) -> tuple[str, str, str]:
    return _ESTIMATORS[figure[0]], "Hubblo/ADEME figure of the card", "high"


def _scope_of(figures: Sequence[_Figure]) -> str:
    """What the default of a set covers: no more than its members say."""
    scopes = list(dict.fromkeys(scope for _, _, scope in figures))
    return scopes[0] if len(scopes) == 1 else f"mixed: {'; '.join(scopes)}"


def _default(product: str, category: str, amount: str, scope: str, source: tuple[str, str, str], note: str) -> Row:
    return _row(product, "accelerator", category, "default", amount, scope, source, default=True, note=note)


def _gwp(product: str, own: Sequence[Cells], line: tuple[float, float], memory_gb: float) -> Iterator[Row]:
    figures = _of_the_card(own, "gwp")
    values = [value for _, value, _ in figures]
    fitted = line[0] + line[1] * memory_gb
    chosen = _hubblo(figures)
    if chosen is not None:
        note = f"Hubblo/ADEME; GSD from {len(values)} estimates, {min(values):g} to {max(values):g} kg"
        yield _default(product, "gwp", lognormal(chosen[1], gsd(values)), chosen[2], _hubblo_source(chosen), note)
        return
    fit = (
        "treadlight-assumption",
        f"{line[0]:.1f} kg + {line[1]:.3f} kg/GB, fitted to Hubblo/ADEME's figures",
        "assumed",
    )
    if values:
        yield _row(product, "accelerator", "gwp", _LINE, lognormal(fitted, 2.0), _LINE_SCOPE, fit)
        both = [*values, fitted]
        width = max(2.0 if len(values) == 1 else gsd(values), spread(both))
        note = f"median of {_number(len(values), 'published estimate')} and the memory line, "
        note += f"{min(both):.4g} to {max(both):.4g} kg"
        source = ("treadlight-assumption", "median of the estimates listed for this product", "assumed")
        scope = _scope_of([*figures, (_LINE, fitted, _LINE_SCOPE)])
        yield _default(product, "gwp", lognormal(central(both), width), scope, source, note)
        return
    module = "jetson" in product or "laptop" in product
    note = "memory line; no estimate is published" + (
        "; overstates modules and chips on a laptop's board" if module else ""
    )
    yield _default(product, "gwp", lognormal(fitted, 3.0 if module else 2.2), _LINE_SCOPE, fit, note)


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _adpe(product: str, own: Sequence[Cells], everything: Sequence[float]) -> Iterator[Row]:
    figures = _of_the_card(own, "adpe")
    if not figures:
        width = max(2.2, spread(everything))
        note = f"median of {len(everything)} estimates of other cards: hardly depends on memory"
        source = ("treadlight-assumption", "median over all cards of the embodied table", "assumed")
        scope = "mixed: from cradle to gate to life cycle without use"
        yield _default(product, "adpe", lognormal(central(everything), width), scope, source, note)
        return
    yield _of_a_set(product, "adpe", figures, "kg", ".3g")


def _pe(product: str, own: Sequence[Cells], line: tuple[float, float], memory_gb: float) -> Iterator[Row]:
    figures = _of_the_card(own, "pe")
    if figures:
        yield _of_a_set(product, "pe", figures, "MJ", "g")
        return
    fitted = (line[0] + line[1] * memory_gb) * 13.6
    source = ("treadlight-assumption", "memory line × 13.6 MJ/kgCO2e, Hubblo/ADEME's ratio", "assumed")
    yield _default(product, "pe", lognormal(fitted, 2.2), _LINE_SCOPE, source, "no estimate is published")


def _of_a_set(product: str, category: str, figures: Sequence[_Figure], unit: str, form: str) -> Row:
    """The default of a set of minerals or primary energy: Hubblo/ADEME's figure, else the median."""
    values = [value for _, value, _ in figures]
    note = f"GSD from {_number(len(values), 'estimate')}, {min(values):{form}} to {max(values):{form}} {unit}"
    chosen = _hubblo(figures)
    if chosen is None:
        source = ("treadlight-assumption", "median of the estimates listed for this product", "assumed")
        amount = lognormal(central(values), gsd(values))
        return _default(product, category, amount, _scope_of(figures), source, note)
    note += "; Hubblo/ADEME's is the fossil part (ADPf)" if category == "pe" else ""
    amount = lognormal(chosen[1], gsd(values))
    return _default(product, category, amount, chosen[2], _hubblo_source(chosen), note)


# processors, memory, storage, servers, whole computers ----------------------------------------------------------------

_FACTORS = "boaviztapi-factors"


def _factor(factors: Mapping[str, Cells], component: str, category: str) -> float:
    return float(factors[component][_CATEGORIES[category]])


def _cpus(cpus: Sequence[Row], factors: Mapping[str, Cells]) -> Iterator[Row]:
    scope = "cradle to gate: die by area, and package"
    for slug, cpu, die_mm2, borrowed in cpu_dies(cpus):
        wide = 1.8 if borrowed else {"model": 1.6, "family": 1.8, "vendor": 2.2, "generic": 2.2}[str(cpu["kind"])]
        for category in _CATEGORIES:
            die = _factor(factors, "cpu die", category) * die_mm2
            package = _factor(factors, "cpu base (package)", category)
            width = wide if category == "gwp" else max(2.0, wide)
            source = (_FACTORS, f"cpu die per mm² × {die_mm2:g} mm² + cpu base", "medium")
            note = "die area: median of the family" if borrowed else ""
            yield _row(
                f"cpu.{slug}",
                "cpu",
                category,
                "BoaviztAPI 2.5.0 factors",
                lognormal(die + package, width),
                scope,
                source,
                default=True,
                note=note,
            )


def _memory(factors: Mapping[str, Cells]) -> Iterator[Row]:
    """Per GB of DRAM. Die densities of 18 to 21 nm parts: 1.125 to 2.375 GB/cm²; sticks of 16 to 32 GB."""
    act = float(factors["dram ddr4_10nm"]["gwp_kgco2e"]) / 0.875
    dell = float(factors["server DRAM (Dell R740 LCA)"]["gwp_kgco2e"])
    boavizta = {c: _per_gb(factors, "ram", c, 1.75, 32) for c in _CATEGORIES}
    high = _per_gb(factors, "ram", "gwp", 1.125, 16)
    gate = "cradle to gate"
    density = (_FACTORS, "ram die ÷ 1.75 GB/cm² + ram base ÷ 32 GB", "medium")
    yield _row(
        "memory.dram", "memory", "gwp", "ACT", lognormal(act, 1.6), "chips", ("act", "ddr4_10nm ÷ yield 0.875", "high")
    )
    yield _row(
        "memory.dram", "memory", "gwp", "BoaviztAPI 2.5.0 factors", lognormal(boavizta["gwp"], 1.6), gate, density
    )
    lca = ("dell-r740-lca", "server DRAM: 533 kg for 384 GB", "medium")
    yield _row("memory.dram", "memory", "gwp", "Dell R740 LCA", lognormal(dell, 1.6), gate, lca)
    note = "from ACT's chips alone to BoaviztAPI's 20 nm dies on 16 GB sticks; most likely: the published LCA"
    amount = triangular(act, dell, high)
    yield _row("memory.dram", "memory", "gwp", "default", amount, gate, lca, default=True, note=note)
    for category in ("adpe", "pe"):
        amount = lognormal(boavizta[category], 2.0)
        yield _row("memory.dram", "memory", category, "BoaviztAPI 2.5.0 factors", amount, gate, density, default=True)


def _per_gb(factors: Mapping[str, Cells], medium: str, category: str, gb_per_cm2: float, gb_per_unit: float) -> float:
    base = "ram base" if medium == "ram" else "ssd base"
    return _factor(factors, f"{medium} die", category) / gb_per_cm2 + _factor(factors, base, category) / gb_per_unit


def _storage(factors: Mapping[str, Cells]) -> Iterator[Row]:
    yield from _ssd(factors)
    yield from _hdd(factors)


def _ssd(factors: Mapping[str, Cells]) -> Iterator[Row]:
    """Per GB of flash drive. Die densities: 16.4 (32 layers) to 128 (128 layers), median 48.5 GB/cm²; drive of 1 TB."""
    gate = "cradle to gate"
    boavizta = {c: _per_gb(factors, "ssd", c, 48.5, 1000) for c in _CATEGORIES}
    density = (_FACTORS, "ssd die ÷ 48.5 GB/cm² (64 layers) + ssd base ÷ 1000 GB", "medium")
    figures = {
        "ACT, NAND TLC": (
            float(factors["nand_tlc_v3"]["gwp_kgco2e"]) / 0.9,
            "chips",
            ("act", "nand_tlc_v3 ÷ yield 0.9", "high"),
        ),
        "ACT, Seagate Nytro 3530": (
            float(factors["ssd seagate_nytro_3530"]["gwp_kgco2e"]),
            "drive",
            ("act", "seagate_nytro_3530", "high"),
        ),
        "ACT, Seagate Nytro 3331": (
            float(factors["ssd seagate_nytro_3331"]["gwp_kgco2e"]),
            "drive",
            ("act", "seagate_nytro_3331", "high"),
        ),
        "BoaviztAPI 2.5.0 factors": (boavizta["gwp"], gate, density),
        "Dell R740 LCA": (
            float(factors["SSD 3.84TB (Dell R740 LCA)"]["gwp_kgco2e"]) / 3840,
            gate,
            ("dell-r740-lca", "8 × 3.84 TB SSD: 3373.5 kg", "medium"),
        ),
    }
    for estimator, (value, scope, source) in figures.items():
        yield _row("storage.ssd", "storage-ssd", "gwp", estimator, lognormal(value, 1.6), scope, source)
    values = [value for value, _, _ in figures.values()]
    high = _per_gb(factors, "ssd", "gwp", 16.4, 1000)
    amount = triangular(min(values), boavizta["gwp"], high)
    note = "from drive makers' own figures to 32-layer flash; most likely: 64 layers"
    yield _row("storage.ssd", "storage-ssd", "gwp", "default", amount, gate, density, default=True, note=note)
    for category in ("adpe", "pe"):
        amount = lognormal(boavizta[category], 2.0)
        yield _row(
            "storage.ssd", "storage-ssd", category, "BoaviztAPI 2.5.0 factors", amount, gate, density, default=True
        )


def _hdd(factors: Mapping[str, Cells]) -> Iterator[Row]:
    """Per GB of disk drive; a drive of 8 TB where the source gives a figure per drive."""
    gate = "cradle to gate"
    unit = {c: _factor(factors, "hdd", c) for c in _CATEGORIES}
    drive = (_FACTORS, "hdd per drive ÷ 8000 GB", "medium")
    for name, key in (
        ("Exos X16", "hdd Exos X16"),
        ("Exos 2X14", "hdd Exos 2X14"),
        ("Exos 10e2400", "hdd Exos 10e2400"),
    ):
        value = float(factors[key]["gwp_kgco2e"])
        source = ("act", f"hdd {name}", "high")
        yield _row("storage.hdd", "storage-hdd", "gwp", f"ACT, Seagate {name}", lognormal(value, 1.6), "drive", source)
    amount = lognormal(unit["gwp"] / 8000, 2.0)
    yield _row("storage.hdd", "storage-hdd", "gwp", "BoaviztAPI 2.5.0 factors", amount, gate, drive)
    amount = triangular(float(factors["hdd Exos X16"]["gwp_kgco2e"]), unit["gwp"] / 8000, unit["gwp"] / 1000)
    note = "from a 16 TB drive's own figure to a drive of 1 TB; most likely: a drive of 8 TB"
    yield _row("storage.hdd", "storage-hdd", "gwp", "default", amount, gate, drive, default=True, note=note)
    ademe = float(factors["ADEME external HDD"]["adpe_kgsbeq"])
    source = ("ademe-base-impacts", "external hard disk, per drive ÷ 8000 GB", "medium")
    yield _row("storage.hdd", "storage-hdd", "adpe", "ADEME", lognormal(ademe / 8000, 2.0), "external drive", source)
    yield _row(
        "storage.hdd",
        "storage-hdd",
        "adpe",
        "BoaviztAPI 2.5.0 factors",
        lognormal(unit["adpe"] / 8000, 2.0),
        gate,
        drive,
    )
    pair = [ademe / 8000, unit["adpe"] / 8000]
    amount = lognormal(central(pair), gsd(pair))
    own = ("treadlight-assumption", "geometric mean of the two estimates listed", "assumed")
    yield _row("storage.hdd", "storage-hdd", "adpe", "default", amount, gate, own, default=True)
    amount = lognormal(unit["pe"] / 8000, 2.0)
    yield _row("storage.hdd", "storage-hdd", "pe", "BoaviztAPI 2.5.0 factors", amount, gate, drive, default=True)


_PARTS = {
    # part: (component, how many units, name)
    "server.mainboard": ("motherboard", 1.0),
    "server.case-rack": ("case rack", 1.0),
    "server.case-blade": ("case blade server", 1.0),
    "server.blade-enclosure-16": ("blade chassis 16 slots", 1.0),
    "server.power-supply": ("power supply", 2.99),
    "server.assembly": ("assembly", 1.0),
}


def _server(cpus: Sequence[Row], factors: Mapping[str, Cells], servers: Sequence[Cells]) -> Iterator[Row]:
    gate = "cradle to gate"
    for part, (component, amount) in _PARTS.items():
        for category in _CATEGORIES:
            value = _factor(factors, component, category) * amount
            locator = component + (f" per kg × {amount:g} kg" if amount != 1 else "")
            source = (_FACTORS, locator, "high")
            yield _row(
                part,
                f"part-{component}",
                category,
                "BoaviztAPI 2.5.0 factors",
                lognormal(value, 2.0),
                gate,
                source,
                default=True,
            )
    built = {c: _bottom_up(factors, c) for c in _CATEGORIES}
    dell = 175.3 + 78.4 - 2 * (_factor(factors, "cpu die", "gwp") * 694 + _factor(factors, "cpu base (package)", "gwp"))
    sum_of_parts = (_FACTORS, "motherboard + case rack + 2 power supplies of 2.99 kg + assembly", "medium")
    lca = ("dell-r740-lca", "mainboard with CPUs 175.3 kg + other 78.4 kg, less 2 CPUs of 694 mm²", "medium")
    commodity = ("ccf-579", "commodity rack server of one socket: 1000 kg", "medium")
    yield _row("server.base", "server", "gwp", "sum of parts", lognormal(built["gwp"], 1.6), gate, sum_of_parts)
    yield _row("server.base", "server", "gwp", "Dell R740 LCA", lognormal(dell, 1.6), gate, lca)
    yield _row("server.base", "server", "gwp", "Teads", lognormal(1000, 1.6), "manufacture", commodity)
    rests = _rests(cpus, factors, servers)
    rest = central(rests)
    pcfs = ("dell-pcf", f"median of {len(rests)} servers, less their processors, memory and a drive of 1 TB", "medium")
    note = "our subtraction; the drive is assumed"
    yield _row(
        "server.base", "server", "gwp", "Dell PCFs", lognormal(rest, 1.6), "life cycle without use", pcfs, note=note
    )
    found = [dell, built["gwp"], 1000.0, rest]
    note = f"geometric mean and spread of 4 estimates, {min(found):.0f} to {max(found):.0f} kg; "
    note += "none of them lists fans and cables apart"
    amount = lognormal(geometric_mean(found), gsd(found))
    scope = "mixed: cradle to gate; manufacture; life cycle without use"
    own = ("treadlight-assumption", "geometric mean of the estimates listed for this product", "assumed")
    yield _row("server.base", "server", "gwp", "default", amount, scope, own, default=True, note=note)
    for category in ("adpe", "pe"):
        amount = lognormal(built[category], 2.0)
        yield _row("server.base", "server", category, "sum of parts", amount, gate, sum_of_parts, default=True)


def _rests(cpus: Sequence[Row], factors: Mapping[str, Cells], servers: Sequence[Cells]) -> list[float]:
    """Published footprints of Dell's servers without use, less what we count apart [kg]."""
    (die_mm2,) = (die for slug, _, die, _ in cpu_dies(cpus) if slug == "generic")
    cpu = _factor(factors, "cpu die", "gwp") * die_mm2 + _factor(factors, "cpu base (package)", "gwp")
    (dram,) = (parse(str(r["amount"])).median for r in _memory(factors) if r["default"] and r["category"] == "gwp")
    (flash,) = (parse(str(r["amount"])).median for r in _ssd(factors) if r["default"] and r["category"] == "gwp")
    rests = []
    for server in servers:
        if server["name"].startswith("Dell PowerEdge") and server["kind"] == "published PCF":
            sockets, memory_gb = (float(part.split()[0]) for part in server["config"].split(", "))
            rests.append(float(server["gwp_embodied_kgco2e"]) - sockets * cpu - memory_gb * dram - 1000 * flash)
    return rests


def _bottom_up(factors: Mapping[str, Cells], category: str) -> float:
    single = ("motherboard", "case rack", "assembly")
    supplies = 2 * 2.99 * _factor(factors, "power supply", category)
    return math.fsum(_factor(factors, component, category) for component in single) + supplies


def _computers(factors: Mapping[str, Cells], table: Sequence[Cells]) -> Iterator[Row]:
    scope = "whole device, life cycle without use"
    fossil = {row["Category"]: float(row["ADPf"].replace(",", ".")) for row in table if row["type"] == "pro"}
    for kind, component in (("laptop", "ADEME laptop pro"), ("workstation", "ADEME desktop pro")):
        product, impact_co2 = f"{kind}.generic", 192.620041 if kind == "laptop" else None
        category = component.split()[1].capitalize()
        where = "ademe_base_impacts_negaoctet.csv of BoaviztAPI 2.5.0"
        ademe = ("ademe-base-impacts", f"{where}: {category}, pro", "medium")
        values = [float(factors[component]["gwp_kgco2e"])] + ([impact_co2] if impact_co2 else [])
        if impact_co2:
            source = ("impactco2-2026-07", "ordinateurportable", "high")
            amount = lognormal(impact_co2, 1.6)
            yield _row(product, kind, "gwp", "Impact CO2", amount, "whole device, life cycle", source)
        wide = gsd(values)
        yield _row(product, kind, "gwp", "ADEME", lognormal(values[0], wide), scope, ademe, default=True)
        adpe = float(factors[component]["adpe_kgsbeq"])
        yield _row(product, kind, "adpe", "ADEME", lognormal(adpe, 2.0), scope, ademe, default=True)
        note = "fossil part of primary energy only (ADPf)"
        amount, column = lognormal(fossil[category], 2.0), (ademe[0], f"{ademe[1]}, ADPf", ademe[2])
        yield _row(product, kind, "pe", "ADEME", amount, scope, column, default=True, note=note)


# racks and buildings, per kW of IT power ------------------------------------------------------------------------------

_RACK_KG = (116.0, 125.0, 169.0)
_RACK_KW = (5.0, 12.0, 40.0)
_STEEL = {"gwp": 1.91, "pe": 20.99}
"""Per kg of crude steel [kgCO2e, MJ]."""


def _halls() -> Iterator[Row]:
    yield from _rack()
    yield from _building()


def _rack() -> Iterator[Row]:
    azure = 500 / (50_000 / 2500)
    steel = {c: _RACK_KG[1] * factor / _RACK_KW[1] for c, factor in _STEEL.items()}
    least = {c: _RACK_KG[0] * factor / _RACK_KW[2] for c, factor in _STEEL.items()}
    alone = "crude steel alone"
    for category, unit in (("gwp", "1.91 kgCO2"), ("pe", "20.99 MJ")):
        source = ("rack-steel", f"125 kg × {unit} per kg ÷ 12 kW", "medium")
        note = "our multiplication; neither sheet, paint nor power strips"
        amount = lognormal(steel[category], 1.6)
        yield _row("hall.rack", "hall-rack", category, "steel", amount, alone, source, note=note)
    lump = ("greensku", "500 kg a rack; 2,500 racks in 50 MW", "medium")
    yield _row("hall.rack", "hall-rack", "gwp", "GreenSKU", lognormal(azure, 1.6), "rack, a lump estimate", lump)
    most = {"gwp": 500 / _RACK_KW[0], "pe": _RACK_KG[2] * _STEEL["pe"] / _RACK_KW[0]}
    likely = {"gwp": (azure + steel["gwp"]) / 2, "pe": steel["pe"]}
    heaviest = {"gwp": "500 kgCO2e", "pe": "169 kg of steel"}
    for category in ("gwp", "pe"):
        why = f"from 116 kg of steel in a rack of 40 kW to {heaviest[category]} in one of 5 kW"
        own = ("treadlight-assumption", f"{why}; most likely: mean of the estimates listed", "assumed")
        amount = triangular(least[category], likely[category], most[category])
        scope = alone if category == "pe" else f"mixed: {alone}; rack, a lump estimate"
        note = "40 kW: racks of accelerators, our assumption"
        yield _row("hall.rack", "hall-rack", category, "default", amount, scope, own, default=True, note=note)


def _building() -> Iterator[Row]:
    whole = "building and plant, without IT equipment"
    dc19 = 0.39 * 12.6e6 / 5000
    figures = {
        "GreenSKU": (180.0, "building, a lump estimate", ("greensku", "9,000 t for 50 MW", "medium"), ""),
        "APL and Data4, DC19": (
            dc19,
            whole,
            ("apl-data4-2026", "39 % of 12.6 million kgCO2e over 20 years ÷ 5 MW", "medium"),
            "production of materials and equipment; our multiplication",
        ),
        "Data4, least": (1320.0, whole, ("data4-lca", "20 % of 6,600 tCO2e over 20 years, per MW", "medium"), ""),
        "Data4, most": (2080.0, whole, ("data4-lca", "20 % of 10,400 tCO2e over 20 years, per MW", "medium"), ""),
    }
    for estimator, (value, scope, source, note) in figures.items():
        amount = lognormal(value, 1.6)
        yield _row("hall.building", "hall-building", "gwp", estimator, amount, scope, source, note=note)
    values = [value for value, *_ in figures.values()]
    own = ("treadlight-assumption", "all from the lowest to the highest estimate listed, equally likely", "assumed")
    amount = f"uniform({min(values):.4g},{max(values):.4g})"
    note = "the lowest may leave out plant; what is replaced within the life is counted as far as its sources do"
    scope = f"mixed: building, a lump estimate; {whole}"
    yield _row("hall.building", "hall-building", "gwp", "default", amount, scope, own, default=True, note=note)
