"""What tests of importers share: an importer run over a file, and what came of it."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

from treadlight.core.activity import Activity
from treadlight.importers.frame import Note, Options, importer
from treadlight.importers.source import Source
from treadlight.ledger.records import Run

__all__ = ["A100", "BILL_ROW", "SAMPLES", "Reading", "bill", "reading"]

SAMPLES = Path(__file__).parent / "importers/samples"

A100 = "hardware.accelerator.a100-sxm4-40gb"
BILL_ROW = {
    "ChargeCategory": "Usage",
    "ChargePeriodStart": "2026-09-01T00:00:00Z",
    "ChargePeriodEnd": "2026-09-02T00:00:00Z",
    "ProviderName": "AWS",
    "RegionId": "eu-west-1",
    "ServiceCategory": "Compute",
    "ServiceName": "Amazon Elastic Compute Cloud",
    "ResourceId": "i-1",
    "SkuId": "SKU",
    "SubAccountId": "1",
    "BillingCurrency": "USD",
    "EffectiveCost": "1",
    "ConsumedQuantity": "24",
    "ConsumedUnit": "Hrs",
    "x_UsageType": "EU-BoxUsage:p4d.24xlarge",
}
"""A day of a machine with eight A100s."""


@dataclass
class Reading:
    """Runs, activities and notes of one file."""

    runs: list[Run] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    flags: list[Note] = field(default_factory=list)
    rejected: list[Note] = field(default_factory=list)

    def total(self, flow: str, component: str = "") -> float:
        """Sum of the amounts of a flow, of one component where one is given."""
        return sum(a.amount for a in self.activities if a.flow == flow and component in ("", a.component))

    def flows(self) -> set[str]:
        """Every flow that there is something of."""
        return {activity.flow for activity in self.activities}

    def run(self, name: str) -> Run:
        """The only run whose name begins so."""
        (found,) = [run for run in self.runs if run.name.startswith(name)]
        return found

    def reasons(self) -> set[str]:
        """Reasons of flags and rejections."""
        return {note.reason for note in (*self.flags, *self.rejected)}


def reading(name: str, path: Path, **settings: str) -> Reading:
    """What the importer called `name` makes of a file; options with ``_`` for ``-``."""
    found, plugged = Reading(), importer(name)
    given = {option.replace("_", "-"): value for option, value in settings.items()}
    for imported in plugged.read(Source(path), Options.of(plugged.INFO, given=given)):
        found.runs += [imported.run] if imported.run else []
        found.activities += imported.activities
        found.flags += imported.flags
        found.rejected += imported.rejected
    return found


def bill(folder: Path, *rows: dict[str, str], name: str = "bill.csv") -> Path:
    """A bill in FOCUS with these rows."""
    path = folder / name
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(dict.fromkeys(key for row in rows for key in row)), restval="")
        table.writeheader()
        table.writerows(rows)
    return path
