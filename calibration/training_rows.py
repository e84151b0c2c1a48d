"""Published training runs, and what each of them says."""

import csv
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from treadlight.core.errors import InputError
from treadlight.estimate.accelerator import find_trainer
from treadlight.estimate.training import TrainingInputs

FACTS = Path(__file__).parents[2] / "shared" / "facts"


@dataclass(frozen=True)
class Row:
    """One published run."""

    cells: dict[str, str]

    def number(self, name: str) -> float | None:
        return float(self.cells[name]) if self.cells[name] else None

    @property
    def id(self) -> str:
        return self.cells["id"]

    @property
    def family(self) -> str:
        return self.cells["family"].removesuffix("-dev")  # development runs of a family are of that family

    @property
    def is_6nd(self) -> bool:
        """Whether 6ND is what was computed: a distilled model also took passes of its teacher."""
        return "distilled" not in self.cells["scope_note"]

    @property
    def precision(self) -> str:
        """In which matrices were multiplied, where the row says so; empty where it does not."""
        return "fp8" if "FP8" in self.cells["scope_note"] else ""

    def inputs(self, *ignored: str) -> TrainingInputs:
        """The row as the estimator sees it, without the columns ignored."""
        values: dict[str, float | str | None] = {}
        for field in fields(TrainingInputs):
            text = self.precision if field.name == "precision" else self.cells.get(field.name, "")
            textual = field.name in ("architecture", "hardware", "precision")
            values[field.name] = None if not text or field.name in ignored else text if textual else float(text)
        return TrainingInputs(**values)  # type: ignore[arg-type]


def read_rows() -> list[Row]:
    with (FACTS / "validation_training.csv").open(encoding="utf-8", newline="") as file:
        return [row for cells in csv.DictReader(file) if (row := Row(cells)).cells["confidence"] != "low"]


def operations(row: Row) -> float | None:
    """Operations of the run: as given, else 6ND; None where tokens or size are not known."""
    given, active, tokens = row.number("total_flops"), row.number("params_active_b"), row.number("tokens_b")
    if given is not None:
        return given
    if active is None or tokens is None:
        return None
    return 6e18 * active * tokens * (0.6 if "encdec" in row.cells["architecture"] else 1)


def measured_w(row: Row) -> float | None:
    """Power for each device-hour without PUE [W], where energy and hours are both measured."""
    energy_mwh, hours = row.number("reported_energy_mwh"), row.number("device_hours")
    if row.cells["energy_basis"] != "measured" or energy_mwh is None or hours is None or not row.cells["hardware"]:
        return None
    with_pue = row.cells["estimate_scope"] in ("gpu_pue", "facility")
    return energy_mwh * 1e6 / hours / ((row.number("pue") or 1.0) if with_pue else 1.0)


def typical_size_b(row: Row) -> float:
    """Active parameters; 7 of the rows that name none, which are the development runs of 7B and 13B models."""
    return row.number("params_active_b") or 7.0


def has_hours(row: Row) -> bool:
    return "hours" in row.cells["usable_for"] and row.number("device_hours") is not None and operations(row) is not None


def has_measured_energy(row: Row) -> bool:
    return row.cells["energy_basis"] == "measured" and row.number("reported_energy_mwh") is not None


def size_class(row: Row) -> str:
    size = row.number("params_active_b")
    return "unknown" if size is None else "<1B" if size < 1 else "1-20B" if size < 20 else ">20B"


def vendor(row: Row) -> str:
    try:
        return find_trainer(row.cells["hardware"]).device.vendor
    except InputError:
        return "unknown"


def card(row: Row) -> str:
    try:
        return find_trainer(row.cells["hardware"]).device.slug
    except InputError:
        return "unknown"


GROUPS: dict[str, Callable[[Row], str]] = {
    "split group": lambda row: row.cells["split_group"],
    "family": lambda row: row.family,
    "size class": size_class,
    "vendor": vendor,
    "hardware": card,
}
