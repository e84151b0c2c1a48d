"""Products: masses, and what the embodied figures already cover."""

import re
from collections.abc import Iterator, Sequence
from statistics import median

from hardware.common import Cells, cpu_dies, lognormal, triangular

__all__ = ["product_rows"]

Row = dict[str, object]

_MASSES = {
    # slug: name in BoaviztAPI's gpu_specs.csv, share of the board
    "geforce-gtx-1080-ti": ("NVIDIA GTX 1080 Ti", 1.0),
    "rtx-a4500": ("NVIDIA RTX A4500", 1.0),
    "titan-rtx": ("NVIDIA Titan RTX", 1.0),
    "tesla-p100-pcie-16gb": ("NVIDIA P100", 1.0),
    "l4": ("NVIDIA L4", 1.0),
    "a100-pcie-40gb": ("NVIDIA A100 PCIe 40GB", 1.0),
    "a100-pcie-80gb": ("NVIDIA A100 PCIe 80GB", 1.0),
    "a100-sxm4-40gb": ("NVIDIA A100 SXM4 40GB", 1.0),
    "a100-sxm4-80gb": ("NVIDIA A100 SXM4 80GB", 1.0),
    "h100-sxm5-80gb": ("NVIDIA H100 SXM 80GB", 1.0),
    "h100-pcie-80gb": ("NVIDIA H100 PCIe 80GB", 1.0),
    "h100-nvl-94gb": ("NVIDIA H100 NVL 94GB", 1.0),
    "h200-sxm-141gb": ("NVIDIA H200 SXM 141GB", 1.0),
    "l40s": ("NVIDIA L40S 48GB", 1.0),
    "tesla-v100-pcie-16gb": ("NVIDIA Tesla V100 PCIe 16GB", 1.0),
    "tesla-v100-pcie-32gb": ("NVIDIA Tesla V100 PCIe 32GB", 1.0),
    "t4": ("NVIDIA T4", 1.0),
    "a10": ("NVIDIA A10", 1.0),
    "tesla-p4": ("NVIDIA Tesla P4", 1.0),
    "tesla-m60": ("NVIDIA Tesla M60", 0.5),
}


def product_rows(accelerators: Sequence[Row], cpus: Sequence[Row], specs: Sequence[Cells]) -> list[Row]:
    """Rows of the products table."""
    masses = {cells["name"]: float(cells["mass"]) for cells in specs if cells["mass"]}
    return [*_accelerators(accelerators, masses), *_cpus(cpus), *_others()]


def _row(product: str, kind: str, name: str, mass: str, source: tuple[str, str, str], **more: object) -> Row:
    return {
        "product": product,
        "kind": kind,
        "name": name,
        "mass_kg": mass,
        "lifetime_class": more["lifetime"],
        "transport_included": more.get("covers", False),
        "end_of_life_included": more.get("covers", False),
        "source": source[0],
        "locator": source[1],
        "year": 2026,
        "confidence": source[2],
        "outlier_reason": more.get("outlier_reason", ""),
        "note": more.get("note", ""),
    }


def _accelerators(accelerators: Sequence[Row], masses: dict[str, float]) -> Iterator[Row]:
    for a in accelerators:
        if a["vendor"] == "Apple" or not a["memory_gb"]:
            continue
        slug = str(a["slug"])
        if slug in _MASSES:
            name, share = _MASSES[slug]
            mass = lognormal(masses[name] * share, 1.1)
            source = ("boaviztapi-gpus", f"row {name}, column mass", "high")
        else:
            mass, why = _assumed_mass(a, list(masses.values()))
            source = ("treadlight-assumption", why, "assumed")
        life = "embedded" if str(a["name"]).startswith("Jetson") else "accelerator"
        yield _row(f"accelerator.{slug}", "accelerator", str(a["name"]), mass, source, lifetime=life, covers=True)


def _assumed_mass(accelerator: Row, known: Sequence[float]) -> tuple[str, str]:
    """Mass of a card nobody weighed for us, from its power and build."""
    tdp = float(str(accelerator["tdp_w"] or 300))
    if re.search("Jetson|laptop", str(accelerator["name"])):
        return lognormal(0.2, 2.0), "module, or part of a laptop's board, with heat spreader, our guess"
    if tdp <= 80:
        small = [mass for mass in known if mass < 0.4]
        return lognormal(median(small), 1.6), f"median of {len(small)} low-profile cards of BoaviztAPI's gpu_specs.csv"
    if tdp >= 390:
        return lognormal(1.65, 1.4), "as A100 SXM4 (1.56 kg) and H100 SXM (1.69 kg) in BoaviztAPI's gpu_specs.csv"
    full = [mass for mass in known if 0.4 <= mass < 1.5]
    return lognormal(median(full), 1.4), f"median of {len(full)} full-size cards of BoaviztAPI's gpu_specs.csv"


def _cpus(cpus: Sequence[Row]) -> Iterator[Row]:
    for slug, cpu, _, _ in cpu_dies(cpus):
        server = cpu["klass"] == "server"
        mass, why = (lognormal(0.09, 1.6), "server package") if server else (lognormal(0.04, 1.8), "desktop package")
        source = ("treadlight-assumption", f"{why} with heat spreader, our guess", "assumed")
        lifetime = {"server": "server", "desktop": "desktop", "laptop": "laptop"}[str(cpu["klass"])]
        yield _row(f"cpu.{slug}", "cpu", str(cpu["name"]), mass, source, lifetime=lifetime)


def _others() -> Iterator[Row]:
    guess = "treadlight-assumption"
    stick = (guess, "stick of about 0.04 kg for 32 GB, our guess", "assumed")
    yield _row("memory.dram", "memory", "DRAM, per GB", lognormal(0.0013, 2.0), stick, lifetime="server")
    flash = (guess, "drive of about 0.06 kg for 1 TB, our guess", "assumed")
    yield _row("storage.ssd", "storage", "Flash drive, per GB", lognormal(6e-5, 2.0), flash, lifetime="server")
    disk = ("seagate-7e10", "page 7, weight of the 6 TB drive: 716 g; here for 8 TB", "medium")
    yield _row("storage.hdd", "storage", "Disk drive, per GB", lognormal(0.716 / 8000, 1.6), disk, lifetime="server")
    base = (guess, "rack server of 12 to 33 kg without processors, memory and drives, our guess", "assumed")
    name = "Server without processors, memory, drives and accelerators"
    yield _row("server.base", "server", name, triangular(12, 20, 33), base, lifetime="server")
    for part, mass, title in (
        ("server.mainboard", lognormal(1.5, 1.6), "Mainboard"),
        ("server.case-rack", lognormal(12, 1.5), "Rack case"),
        ("server.case-blade", lognormal(5, 1.6), "Blade case"),
        ("server.blade-enclosure-16", lognormal(80, 1.6), "Enclosure for 16 blades"),
        ("server.power-supply", lognormal(2.99, 1.3), "Power supply"),
    ):
        source = (guess, "our guess", "assumed")
        if part == "server.power-supply":
            source = ("boaviztapi-factors", "archetypes/components/power_supply.csv: 2.99 kg (1 to 5)", "high")
        yield _row(part, "part", title, mass, source, lifetime="server")
    yield _row(
        "server.assembly", "part", "Assembly", "", (guess, "a service, without mass", "assumed"), lifetime="server"
    )
    laptop = (guess, "laptops of 1.2 to 2.8 kg, our guess", "assumed")
    whole = "whole device: processor, memory and drive included"
    yield _row(
        "laptop.generic",
        "laptop",
        "Laptop",
        triangular(1.2, 1.8, 2.8),
        laptop,
        lifetime="laptop",
        covers=True,
        note=whole,
    )
    tower = (guess, "desktop computers of 5 to 16 kg, our guess", "assumed")
    whole += "; without monitor and accelerators"
    yield _row(
        "workstation.generic",
        "workstation",
        "Workstation",
        triangular(5, 9, 16),
        tower,
        lifetime="desktop",
        covers=True,
        note=whole,
    )
    per_kw = (guess, "no equipment by the piece: its waste is not known", "assumed")
    for part, name in (("rack", "Rack"), ("building", "Building and plant of a data centre")):
        note = "per kW of power for equipment, as it was built for"
        yield _row(f"hall.{part}", "hall", f"{name}, per kW of IT power", "", per_kw, lifetime=part, note=note)
