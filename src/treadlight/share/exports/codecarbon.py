"""Runs as CodeCarbon's emissions.csv, for those who move over and keep what reads such files.

Notes
-----
Columns and units as in CodeCarbon 3: energies in kWh, emissions in kg CO2e, powers in W, duration in s. As there,
energies include the PUE and emissions are those of use. Each figure is our median; what is unknown is left empty,
never 0. ``energy_consumed`` holds all components, also those CodeCarbon has no column for, so its three parts need
not add up to it. ``codecarbon_version`` stays empty, because CodeCarbon did not make the file. A text that a
spreadsheet would compute has an apostrophe before it, which our importer takes away again."""

import csv
from typing import TextIO

from treadlight.core.cells import cell
from treadlight.ledger.records import Run
from treadlight.share.export import ExportInfo, Material, RunTotal

__all__ = ["COLUMNS", "INFO", "write"]

INFO = ExportInfo("codecarbon", "one row a run, in the columns of CodeCarbon's emissions.csv", ".csv")

COLUMNS = (
    "timestamp",
    "project_name",
    "run_id",
    "experiment_id",
    "duration",
    "emissions",
    "emissions_rate",
    "cpu_power",
    "gpu_power",
    "ram_power",
    "cpu_energy",
    "gpu_energy",
    "ram_energy",
    "energy_consumed",
    "water_consumed",
    "country_name",
    "country_iso_code",
    "region",
    "cloud_provider",
    "cloud_region",
    "os",
    "python_version",
    "codecarbon_version",
    "cpu_count",
    "cpu_model",
    "gpu_count",
    "gpu_model",
    "longitude",
    "latitude",
    "ram_total_size",
    "tracking_mode",
    "cpu_utilization_percent",
    "gpu_utilization_percent",
    "ram_utilization_percent",
    "ram_used_gb",
    "on_cloud",
    "pue",
    "wue",
)

_PARTS = {"cpu": "cpu", "gpu": "gpu", "ram": "memory"}
_TRACKING = {"process-cpu-time": "process", "cgroup": "process", "exclusive": "machine"}
_ACCELERATOR = "hardware.accelerator."
_W_PER_KW = 1000.0
_S_PER_H = 3600.0


def write(material: Material, out: TextIO) -> None:
    """Write a header and one row for each run."""
    table = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    for total in material.runs():
        row = {name: value for name, value in _row(total).items() if value is not None}
        table.writerow({name: cell(value) if isinstance(value, str) else value for name, value in row.items()})


def _row(total: RunTotal) -> dict[str, object]:
    run, host = total.run, total.run.host
    provider, _, cloud_region = run.location.region.partition("/")
    return {
        "timestamp": run.end.strftime("%Y-%m-%dT%H:%M:%S"),
        "project_name": run.subject.project,
        "run_id": run.id,
        "experiment_id": run.labels.get("experiment_id", ""),
        "duration": run.duration_s,
        "emissions": total.gwp_kgco2e,
        "emissions_rate": _ratio(total.gwp_kgco2e, run.duration_s),
        **{f"{column}_power": _power_w(total, part) for column, part in _PARTS.items()},
        **{f"{column}_energy": total.drawn_kwh.get(part) for column, part in _PARTS.items()},
        "energy_consumed": total.energy_kwh,
        "water_consumed": total.water_l,
        "country_name": total.country,
        "country_iso_code": total.iso3,
        "cloud_provider": provider,
        "cloud_region": cloud_region,
        "os": host.get("os"),
        "python_version": host.get("python"),
        "cpu_count": host.get("threads"),
        "cpu_model": host.get("cpu_model"),
        **_gpus(run),
        "ram_total_size": host.get("memory_gb"),
        "tracking_mode": _TRACKING.get(run.attribution),
        "on_cloud": "Y" if provider else None,
        "pue": _pue(total),
    }


def _ratio(value: float | None, by: float) -> float | None:
    return value / by if value is not None and by > 0 else None


def _power_w(total: RunTotal, part: str) -> float | None:
    hours = total.run.duration_s / _S_PER_H
    kw = _ratio(total.device_kwh.get(part), hours)
    return kw * _W_PER_KW if kw is not None else None


def _pue(total: RunTotal) -> float | None:
    """Overheads as applied: electricity drawn over electricity at the devices, where both cover the same components."""
    if not total.device_kwh or set(total.device_kwh) != set(total.drawn_kwh):
        return None
    return _ratio(sum(total.drawn_kwh.values()), sum(total.device_kwh.values()))


def _gpus(run: Run) -> dict[str, object]:
    """Number and models of the GPUs metered; both empty where none was."""
    channels = [channel for channel in run.channels if channel.component == "gpu" and channel.state != "absent"]
    devices = {channel.device for channel in channels if channel.device}
    flows = dict.fromkeys(c.flow.removeprefix(_ACCELERATOR) for c in channels if c.flow.startswith(_ACCELERATOR))
    return {"gpu_count": len(devices) or None, "gpu_model": "; ".join(flows) or None}
