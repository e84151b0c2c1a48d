"""Accounts to draw in tests. Every figure in here is invented: none is a measurement, none may be quoted."""

import math
from datetime import UTC, datetime, timedelta

from treadlight.core.activity import Location, Subject
from treadlight.core.method import Method
from treadlight.core.quantity import Quantity
from treadlight.ledger.records import ChannelState, Gap, Run, RunStatus, Trace, TraceSeries
from treadlight.library.process import Source
from treadlight.share.account import (
    Account,
    Chain,
    ComponentEnergy,
    Contribution,
    Doubt,
    Equivalent,
    EvidenceShare,
    Impact,
    LibraryStamp,
    PerUnit,
    Unknown,
    WhyNode,
    WindowAccount,
)
from treadlight.share.comparison import ComparedRun, Comparison, Difference, LibraryRow, RunRow

START = datetime(2026, 10, 12, 16, 0, tzinfo=UTC)
LONG_S = 41.2 * 3600


def q(unit: str, p05: float, p50: float, p95: float) -> Quantity:
    return Quantity(unit, p05, p50, p95)


def kg(p05: float, p50: float, p95: float) -> Quantity:
    return Quantity("kgCO2e", p05, p50, p95)


def kwh(p05: float, p50: float, p95: float) -> Quantity:
    return Quantity("kWh", p05, p50, p95)


GRID = Source(
    "invented-grid-2026",
    "Example Grid Office: Hourly mix of invented zone XX",
    2026,
    "CC BY 4.0",
    "table 4, column consumption",
    "high",
    "https://grid.example/hourly?zone=XX&year=2026",
)
HALL = Source("invented-hall", "Harbour Institute: statement on hall fra-2", 2025, "by permission", "page 3", "medium")
SERVER = Source("invented-server", "Example Maker: product carbon footprint", 2024, "CC0 1.0", "page 2", "assumed")


def _channel(component: str, device: str, meter: str, method: str, amount: float | None, state: str = "read"):
    return ChannelState(
        f"{meter}:{device}", component, device, meter, method, "energy counter", "electricity.it", state,
        None if amount is None else amount * 1.02, amount, "lognormal(1.0,1.05)",
        "" if state == "read" else "counter could not be read: permission denied; see treadlight doctor",
    )  # fmt: skip


def long_run(name: str = "tide-forecast-base") -> Run:
    return Run(
        id="01927f3c-5a00-7000-8000-00000000007f",
        name=name,
        status=RunStatus.FINISHED,
        start=START,
        end=START + timedelta(seconds=LONG_S),
        duration_s=LONG_S,
        subject=Subject("Harbour Institute", "tide forecast", "Estuary", "tide-forecast", "base"),
        stage="fine-tuning",
        location=Location("XX", "", "fra-2", ""),
        labels={"seed": "7"},
        counts={"epochs": 8.0, "samples": 1_200_000.0},
        interval_s=20.0,
        attribution="process-cpu-time",
        host={"hostname": "node-11", "cpu": "Example Server CPU 9654, 2 sockets", "memory_gb": "768", "os": "Linux"},
        channels=(
            _channel("gpu", "gpu0", "nvml", "metered", 171),
            _channel("cpu", "package-0", "rapl", "metered", 19.8),
            _channel("memory", "dram-0", "rapl", "metered", 6.9),
            _channel("rest", "board", "model", "modelled", 35),
            _channel("storage", "nvme0", "model", "modelled", None, "unreadable"),
        ),
        gaps=(Gap(72_000, 73_400, "suspend"), Gap(101_000, 101_000, "clock-step", -2.5)),
        exit_code=0,
        notes=("memory counter lost for 20 s after 3 h; the model stood in",),
        journal_digest="ab" * 32,
    )


def _trace() -> Trace:
    n = 300
    t = tuple(LONG_S * i / n for i in range(n + 1))

    def series(key: str, component: str, level: float) -> TraceSeries:
        def watts(i: int) -> float:
            evaluating = i % 36 > 32
            return level * (0.16 if i < 8 else 0.55 if evaluating else 1.0 + 0.03 * math.sin(i))

        values = tuple(watts(i) for i in range(n))
        return TraceSeries(key, component, tuple(v * 1.02 for v in values), values)

    gpu, cpu = series("nvml:gpu0", "gpu", 4450), series("rapl:package-0", "cpu", 500)
    memory, rest = series("rapl:dram-0", "memory", 180), series("model:board", "rest", 880)
    lost = tuple(None if 140 <= i < 147 else v for i, v in enumerate(memory.run_w))
    return Trace("t1", "r1", t, (gpu, cpu, TraceSeries("rapl:dram-0", "memory", lost, lost), rest))


def _why() -> WhyNode:
    def leaf(id_: str, label: str, unit: str, p: tuple[float, float, float], doubt: float, method: str, **more):
        return WhyNode(id_, "activity", label, p[1], unit, "leaf", p[0], p[2], doubt, method=method, **more)

    devices = WhyNode(
        "it", "group", "Electricity at the devices", 233, "kWh", "sum", 222, 245, 0.24, None, "metered",
        "171 + 19.8 + 6.9 + 35", (),
        (
            leaf("it/gpu", "GPU, 8 cards", "kWh", (163, 171, 180), 0.13, "metered", note="7 416 counter readings"),
            leaf("it/cpu", "Processors", "kWh", (19.3, 19.8, 20.3), 0.002, "metered", note="package counters"),
            leaf("it/memory", "Memory", "kWh", (6.6, 6.9, 7.3), 0.003, "metered", note="memory counters"),
            leaf("it/rest", "Rest of server", "kWh", (28, 35, 44), 0.12, "modelled", note="node model 3.1"),
        ),
    )  # fmt: skip
    pue = WhyNode("pue", "exchange", "PUE of hall fra-2", 1.28, "1", "leaf", 1.22, 1.36, 0.18, HALL, "reported")
    grid = WhyNode(
        "grid", "exchange", "Grid factor, XX, by the hour", 341, "gCO2e/kWh", "leaf", 317, 367, 0.55, GRID, "reported",
        "42 hours, weighted by use",
        (("site", False, "no contract hour by hour"), ("zone XX, hour", True, "42 of 42 found")),
    )  # fmt: skip
    at_grid = WhyNode(
        "el", "process", "Electricity at the grid, zone XX", 299, "kWh", "product", 281, 320, 0.42, None, "metered",
        "233 kWh × 1.28", (), (devices, pue),
    )  # fmt: skip
    use = WhyNode(
        "use", "group", "Use", 102, "kgCO2e", "product", 93, 113, 0.97, None, "modelled", "299 kWh × 341 g/kWh", (),
        (at_grid, grid),
    )  # fmt: skip
    making = WhyNode("making", "exchange", "Making the server", 2850, "kgCO2e", "leaf", 1900, 4200, 0.02, SERVER,
                     "modelled", "3 estimates, pooled")  # fmt: skip
    hours = WhyNode("hours", "allocation", "Share of its hours", 0.00151, "1", "leaf", 0.0011, 0.0021, 0.01, SERVER,
                    "assumed", "5 years × 8 766 h × 0.62")  # fmt: skip
    embodied = WhyNode("emb", "group", "Embodied", 4.2, "kgCO2e", "product", 2.8, 6.3, 0.03, None, "assumed",
                       "41.2 of 27 200 h", (), (making, hours))  # fmt: skip
    transfer = WhyNode("net", "unknown", "Data transfer", None, "kgCO2e", method="unknown", note="no network recorded")
    return WhyNode(
        "gwp", "footprint", "Carbon of tide-forecast-base", 107, "kgCO2e", "sum", 97, 118, 1.0, None, "modelled",
        "use + embodied", (), (use, embodied, transfer),
    )  # fmt: skip


def long_account(name: str = "tide-forecast-base") -> Account:
    """A long run on eight cards, metered; with windows, units, gaps and something unknown."""
    gwp = "gwp"
    return Account(
        run=long_run(name),
        library=LibraryStamp("2026.11", "c41e" * 16),
        method=Method(),
        made_at=datetime(2026, 10, 14, 9, 13, tzinfo=UTC),
        energy=kwh(222, 233, 245),
        node_energy=kwh(226, 238, 250),
        mean_power_w=5655.0,
        components=(
            ComponentEnergy("gpu", "GPU, 8 cards", "metered", "nvml", "read", kwh(163, 171, 180), kwh(163, 171, 180),
                            4150.0, why="it/gpu"),
            ComponentEnergy("cpu", "Processors", "metered", "rapl", "read", kwh(19.3, 19.8, 20.3), kwh(24, 24.6, 25.3),
                            480.0, why="it/cpu"),
            ComponentEnergy("memory", "Memory", "metered", "rapl", "read", kwh(6.6, 6.9, 7.3), None, 167.0,
                            why="it/memory"),
            ComponentEnergy("rest", "Rest of server", "modelled", "model", "read", kwh(28, 35, 44), None, 850.0,
                            why="it/rest"),
            ComponentEnergy("storage", "Storage, nvme0", "unknown", "model", "unreadable", None, None, None,
                            "permission denied; run treadlight doctor"),
        ),
        impacts=(
            Impact(gwp, kg(97, 107, 118), kg(93, 102, 113), kg(3.3, 4.8, 7.1), 0.98, "modelled", "gwp"),
            Impact("energy", kwh(281, 299, 320), kwh(281, 299, 320), None, 1.0, "reported", "el"),
            Impact("water", q("L", 260, 520, 1100), q("L", 240, 490, 1000), q("L", 12, 30, 90), 0.71, "modelled", ""),
            Impact("pe", q("MJ", 2100, 2480, 3000), q("MJ", 2050, 2400, 2900), q("MJ", 48, 80, 140), 0.92, "modelled"),
            Impact("adpe", q("kgSb-eq", 4e-5, 9.6e-5, 2.4e-4), None, q("kgSb-eq", 4e-5, 9.6e-5, 2.4e-4), 0.64,
                   "assumed"),
            Impact("ewaste", None, None, None, 0.0, "unknown"),
        ),
        contributions=(
            Contribution(gwp, "GPU, 8 cards", "use", "gpu", "metered", kg(53, 58, 64), why="it/gpu"),
            Contribution(gwp, "Cooling, losses", "overhead", "facility", "reported", kg(18, 22, 28), why="pue"),
            Contribution(gwp, "Rest of server", "use", "rest", "modelled", kg(9, 12, 15), why="it/rest"),
            Contribution(gwp, "Processors", "use", "cpu", "metered", kg(6.2, 6.8, 7.3), why="it/cpu"),
            Contribution(gwp, "Memory", "use", "memory", "metered", kg(2.1, 2.4, 2.6), why="it/memory"),
            Contribution(gwp, "Server’s share", "embodied", "embodied", "assumed", kg(2.8, 4.2, 6.3),
                         "41.2 of 27 200 h", "emb"),
            Contribution(gwp, "Storage of 2.4 TB", "embodied", "storage", "assumed", kg(0.3, 0.6, 1.4), "two months"),
        ),
        windows=(
            WindowAccount("w0", "training", 3_000, LONG_S, kwh(257, 275, 296), kg(80, 90, 101), "metered"),
            *(
                WindowAccount(
                    f"w{i}", f"epoch {i}", 3_000 + (i - 1) * 18_000, 3_000 + i * 18_000 - 2_400, kwh(32, 34.4, 37),
                    kg(10, 11.9, 13.4), "metered", {"samples": 150_000.0},
                    (PerUnit("samples", 1000, 150_000, (("gwp", q("kgCO2e", 0.067, 0.079, 0.089)),)),),
                )
                for i in range(1, 9)
            ),
            WindowAccount("w9", "first look", 0.0, 2_000, None, None, "unknown", {}, (), "failed"),
        ),
        per_unit=(
            PerUnit("epochs", 1, 8, (("gwp", kg(12.1, 13.4, 14.8)), ("energy", kwh(35, 37, 40)))),
            PerUnit("samples", 1000, 1_200_000, (("gwp", kg(0.081, 0.089, 0.098)), ("energy", kwh(0.23, 0.25, 0.27)))),
        ),
        unknown=(
            Unknown("Data transfer, 1.8 TB", "No network was recorded.", kg(0.1, 0.7, 4),
                    "treadlight config set network fixed", gwp),
            Unknown("Electronic waste", "No end-of-life record for this server.", q("kg", 0.01, 0.02, 0.05),
                    "treadlight config set site.devices devices.csv --append-to-existing-record", "ewaste"),
            Unknown("Storage in use, nvme0", "The counter could not be read: permission denied.", None,
                    "treadlight doctor"),
        ),
        equivalent=Equivalent("About as much as driving a small petrol car for 640 km", "2024", "Invented Car Table"),
        trace=_trace(),
        evidence=(
            EvidenceShare("metered", 0.66), EvidenceShare("reported", 0.08), EvidenceShare("modelled", 0.21),
            EvidenceShare("assumed", 0.03), EvidenceShare("unknown", 0.02),
        ),
        doubt=(
            Doubt("Grid factor, XX, by the hour", 0.55, "grid", ""),
            Doubt("PUE of hall fra-2", 0.18, "pue", "treadlight config set site.pue 1.21"),
            Doubt("GPU, 8 cards", 0.13, "it/gpu"),
            Doubt("Rest of server", 0.12, "it/rest"),
            Doubt("Making the server", 0.02, "making"),
        ),
        why={gwp: _why(), "water": WhyNode("water", "footprint", "Water of the run", 520, "L", "leaf", 260, 1100)},
        chain=Chain("9f3a" * 15 + "c27e", 1_204_881, True),
        draws=4000,
        seed=7,
        place="zone XX, hall fra-2",
        version="0.1.0",
    )  # fmt: skip


def short_account() -> Account:
    """A run of 21 seconds on a laptop without counters and without a place: modelled, wide, mostly unknown."""
    run = Run(
        "01930000-aaaa-7000-8000-00000000beef", "train_digits", RunStatus.FAILED, START, START + timedelta(seconds=21),
        21.43, stage="training", attribution="process-cpu-time", exit_code=1,
        host={"hostname": "laptop", "cpu": "Example Mobile CPU", "memory_gb": "16"},
        channels=(_channel("cpu", "package-0", "model", "modelled", 1.4e-4),),
    )  # fmt: skip
    n = 21
    values = tuple(8 + 20 * (i % 5) / 4 for i in range(n))
    trace = Trace("t2", run.id, tuple(float(i) for i in range(n + 1)),
                  (TraceSeries("model:package-0", "cpu", values, values),))  # fmt: skip
    node = WhyNode("gwp", "footprint", "Carbon of train_digits", 7.4e-5, "kgCO2e", "sum", 2.1e-5, 1.9e-4, 1.0)
    return Account(
        run=run,
        library=LibraryStamp("2026.11", "c41e" * 16),
        method=Method(),
        made_at=START,
        energy=kwh(8e-5, 1.5e-4, 2.9e-4),
        mean_power_w=25.2,
        components=(
            ComponentEnergy("cpu", "CPU", "modelled", "model", "read", kwh(7e-5, 1.4e-4, 2.8e-4), None, 23.5),
            ComponentEnergy("memory", "Memory", "modelled", "model", "read", kwh(5e-6, 1e-5, 2e-5), None, 1.7),
        ),
        impacts=(
            Impact("gwp", kg(2.1e-5, 7.4e-5, 1.9e-4), kg(1.6e-5, 6.4e-5, 1.7e-4), kg(4e-6, 1e-5, 3e-5), 1.0, "assumed",
                   "gwp"),
            Impact("water", q("L", 1e-4, 4e-4, 2e-3), q("L", 1e-4, 4e-4, 2e-3), None, 0.8, "assumed"),
            Impact("adpe", q("kgSb-eq", 1e-10, 9e-10, 4e-9), None, q("kgSb-eq", 1e-10, 9e-10, 4e-9), 0.6, "assumed"),
            Impact("pe", q("MJ", 5e-4, 1.4e-3, 4e-3), q("MJ", 5e-4, 1.3e-3, 4e-3), q("MJ", 3e-5, 1e-4, 4e-4), 0.9,
                   "assumed"),
            Impact("ewaste", q("kg", 1e-7, 5e-7, 2e-6), None, q("kg", 1e-7, 5e-7, 2e-6), 1.0, "assumed"),
        ),
        contributions=(
            Contribution("gwp", "CPU", "use", "cpu", "modelled", kg(1.1e-5, 4e-5, 1e-4)),
            Contribution("gwp", "Cooling and conversion", "overhead", "facility", "assumed", kg(0.4e-5, 2e-5, 7e-5)),
            Contribution("gwp", "Memory", "use", "memory", "modelled", kg(1e-6, 4e-6, 1e-5)),
            Contribution("gwp", "Laptop’s share", "embodied", "embodied", "assumed", kg(4e-6, 1e-5, 3e-5)),
        ),
        unknown=(
            Unknown("Place", "Without a place, the world average is used, and the interval is wide.", None,
                    "treadlight config set zone FR",
                missing=False),
        ),
        equivalent=Equivalent("About as much as boiling a teaspoon of water", "2024"),
        trace=trace,
        evidence=(EvidenceShare("modelled", 0.5), EvidenceShare("assumed", 0.5)),
        doubt=(Doubt("Grid factor, world", 0.7), Doubt("Model of the processor", 0.3)),
        why={"gwp": node},
        chain=Chain("9f3a" * 15 + "c27e", 12, None),
        draws=1000,
        seed=1,
        version="0.1.0",
    )  # fmt: skip


def empty_account() -> Account:
    """A run of which nothing could be read."""
    run = Run("01930000-bbbb-7000-8000-000000000000", "silent", RunStatus.INTERRUPTED, START, START, 0.0)
    return Account(
        run, LibraryStamp("2026.11", "00" * 32), Method(), START, impacts=(Impact("gwp", None, None, None, 0.0),)
    )


def run_rows() -> list[RunRow]:
    return [
        RunRow("01927f3c-5a00-7000-8000-00000000007f", "tide-forecast-base", "finished", "2026-10-12 16:00", LONG_S,
               kwh(222, 233, 245), "tide forecast"),
        RunRow("01930000-aaaa-7000-8000-00000000beef", "train_digits", "failed", "2026-10-12 18:00", 21.4,
               kwh(8e-5, 1.5e-4, 2.9e-4)),
        RunRow("01930000-bbbb-7000-8000-000000000000", "silent", "interrupted", "2026-10-12 19:00", 0.0, None),
    ]  # fmt: skip


def comparison() -> Comparison:
    a = ComparedRun("7f3c", "seed 7", "finished", LONG_S, kwh(222, 233, 245),
                    (("gwp", kg(97, 107, 118)), ("water", q("L", 260, 520, 1100)), ("ewaste", None)),
                    (("GPU, 8 cards", kg(53, 58, 64)), ("Embodied", kg(2.8, 4.2, 6.3)), ("Data transfer", None)),
                    (("gwp per epoch", kg(12.1, 13.4, 14.8)),))  # fmt: skip
    b = ComparedRun("81d0", "seed 7, seven epochs", "finished", 140_000, kwh(210, 220, 231),
                    (("gwp", kg(92, 101, 111)), ("water", q("L", 240, 490, 1000)), ("ewaste", None)),
                    (("GPU, 8 cards", kg(50, 55, 60)), ("Embodied", kg(2.7, 4.0, 6.0)), ("Data transfer", None)),
                    (("gwp per epoch", kg(13, 14.4, 15.9)),))  # fmt: skip
    return Comparison("gwp", (a, b), (Difference(0, 1, "gwp", kg(-11, -5.9, -0.6), 0.97),), "2026.11", 4000, 7,
                      ("Grid factor, XX", "PUE of hall fra-2"))  # fmt: skip


def library_figures() -> list[LibraryRow]:
    return [
        LibraryRow("grid/XX/2026", "Grid intensity, zone XX", q("gCO2e/kWh", 317, 341, 367), GRID.citation, 2026,
                   GRID.licence, GRID.locator, "high"),
        LibraryRow("pue/fra-2", "PUE of hall fra-2", None, HALL.citation, 2025, HALL.licence, HALL.locator, "medium"),
    ]  # fmt: skip


ALL = {"long": long_account, "short": short_account, "empty": empty_account}
