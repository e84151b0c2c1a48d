"""The invented organisation of `treadlight demo-data`: its machines and the work they do. Nothing here was measured."""

from dataclasses import dataclass

from treadlight.core.activity import Location

__all__ = ["BOUGHT", "MACHINES", "ORGANISATION", "WORKS", "Machine", "Work"]

ORGANISATION = "Demo organisation"


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine: where it stands, what it holds, its power at full load [W] by component, and who meters it.

    `meters` maps components to meters; a component whose meter is empty can not be read.
    """

    name: str
    location: Location
    cards: int
    accelerator: str
    cpu: str
    memory_gb: float
    power_w: dict[str, float]
    meters: dict[str, str]


@dataclass(frozen=True, slots=True)
class Work:
    """Runs of one kind that a team starts again and again.

    Parameters
    ----------
    per_month, hours
        How many runs a month, and how long one lasts [h]; ``hours = 0``: a service that runs all month.
    growth
        How many times as much of it there is after a year.
    counts
        Functional units per hour.
    """

    name: str
    team: str
    project: str
    system: str
    version: str
    stage: str
    machine: str
    per_month: float
    hours: float
    load: float
    growth: float
    counts: dict[str, float]


_METERED = {"gpu": "nvml", "cpu": "rapl", "memory": "rapl", "rest": "model"}
_BIG = {"gpu": 5200.0, "cpu": 420.0, "memory": 190.0, "rest": 610.0}
_SERVE = {"gpu": 780.0, "cpu": 260.0, "memory": 90.0, "rest": 240.0}

MACHINES = {
    m.name: m
    for m in (
        Machine("hall-a-node-1", Location(zone="DE"), 8, "h100-sxm5-80gb", "epyc-9554", 1024.0, _BIG, _METERED),
        Machine("north-node-2", Location(region="aws/eu-north-1"), 8, "h100-sxm5-80gb", "epyc-9554", 1024.0, _BIG,
                _METERED),
        Machine("paris-node-3", Location(zone="FR"), 4, "a100-sxm4-80gb", "epyc-7763", 512.0,
                {"gpu": 1450.0, "cpu": 300.0, "memory": 110.0, "rest": 330.0}, _METERED),
        Machine("serve-eu-1", Location(region="gcp/europe-west4"), 4, "l40s", "epyc-9354", 384.0, _SERVE, _METERED),
        Machine("lab-3", Location(zone="PL"), 2, "generic", "epyc-7763", 256.0,
                {"gpu": 520.0, "cpu": 240.0, "memory": 60.0, "rest": 200.0},
                {"gpu": "", "cpu": "model", "memory": "model", "rest": "model"}),
        Machine("desk", Location(zone="DE"), 0, "", "epyc-7763", 64.0, {"cpu": 130.0, "memory": 12.0, "rest": 70.0},
                {"cpu": "model", "memory": "model", "rest": "model"}),
    )
}  # fmt: skip
"""By name."""

WORKS = (
    Work("tide-forecast", "Forecasting", "Tide forecast", "tide-forecast", "3", "training", "hall-a-node-1", 4.5, 34.0,
         0.92, 0.7, {"epochs": 0.21, "samples": 210_000}),
    Work("tide-forecast-eval", "Forecasting", "Tide forecast", "tide-forecast", "3", "evaluation", "hall-a-node-1", 3.0,
         2.2, 0.6, 1.0, {"samples": 60_000}),
    Work("tide-forecast-service", "Forecasting", "Tide forecast", "tide-forecast", "3", "inference", "serve-eu-1", 1.0,
         0.0, 0.34, 1.1, {"requests": 8_400}),
    Work("claims-finetune", "Language", "Claims assistant", "claims-assistant", "2", "fine-tuning", "paris-node-3", 2.0,
         11.0, 0.85, 1.2, {"samples": 42_000}),
    Work("claims-service", "Language", "Claims assistant", "claims-assistant", "2", "inference", "serve-eu-1", 1.0, 0.0,
         0.72, 1.35, {"requests": 4_650}),
    Work("speech-archive", "Language", "Speech archive", "speech-archive", "1", "data", "hall-a-node-1", 1.6, 19.0, 0.8,
         0.9, {"hours of audio": 1_900}),
    Work("cell-atlas", "Vision", "Cell atlas", "cell-atlas", "5", "training", "paris-node-3", 4.2, 8.5, 0.88, 1.1,
         {"epochs": 0.9, "samples": 33_000}),
    Work("cell-atlas-eval", "Vision", "Cell atlas", "cell-atlas", "5", "evaluation", "paris-node-3", 4.0, 0.9, 0.5, 1.1,
         {"samples": 12_000}),
    Work("probe", "Platform", "Small experiments", "", "", "training", "desk", 7.0, 0.9, 0.7, 1.0, {"samples": 900}),
    Work("lab-render", "Vision", "Lab 3", "", "", "training", "lab-3", 1.4, 6.0, 0.8, 1.0, {"frames": 2_400}),
)  # fmt: skip
"""What is done every month."""

BOUGHT = ("Language", "Bought model calls", "bought-model")
"""Team, project and system of what is bought from a provider, of which only estimates are known at first."""
