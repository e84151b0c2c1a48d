"""Exports: what leaves treadlight in the form of another tool. Each is one file in `treadlight.share.exports`.

An export has ``INFO``, an `ExportInfo`, and ``write(material, out)``, which writes text from what the ledger holds.
One that can also send to an address has ``send(material, endpoint)``; one that answers scrapes has ``page(material,
previous, accept)``. The application brings the material, so an export sees no database and no library."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TextIO

from treadlight.core.quantity import Quantity
from treadlight.ledger.records import Run

__all__ = ["Cell", "ExportInfo", "Interval", "Material", "RunTotal", "Totals"]


@dataclass(frozen=True, slots=True)
class ExportInfo:
    """What an export is.

    Parameters
    ----------
    name
        As the command line calls it; the name of its file.
    summary
        What comes out, in one line.
    suffix
        Usual ending of such a file, such as ``.csv``.
    filters
        Whether it can be restricted to some runs (by project, team, stage or time).
    sends, serves
        Whether it can send to an address (``--endpoint``), and answer scrapes (``--serve``).
    extra
        The extra of treadlight that it needs; empty: none.
    """

    name: str
    summary: str
    suffix: str
    filters: bool = True
    sends: bool = False
    serves: bool = False
    extra: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """What the activities of one project, team, stage, component and method of evidence used and caused.

    Parameters
    ----------
    device_kwh
        Electricity at the devices [kWh]; None where none is recorded there.
    impacts
        Category to its central value, every input at its median [unit of the category]. Central values of cells add up
        to the central value of the whole. A category of which nothing is known is not there: it is not zero.
    """

    project: str
    team: str
    stage: str
    component: str
    method: str
    device_kwh: float | None
    impacts: Mapping[str, float]

    @property
    def labels(self) -> dict[str, str]:
        """The dimensions by name; empty where not stated."""
        return {name: getattr(self, name) for name in ("project", "team", "stage", "component", "method")}


@dataclass(frozen=True, slots=True)
class Interval:
    """A category with its interval, for the whole (`by` is ``all``) or for one project, team, stage, component, method.

    Intervals of parts do not add up to the interval of the whole: parts share causes of error.
    """

    by: str
    name: str
    category: str
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Totals:
    """The ledger's totals now, under one library and one method.

    Parameters
    ----------
    coverage
        Category to the share of the distinct flows of which it is known, 0 to 1.
    unanswered
        Flows that no process of the library answers: unknown in every category.
    since
        Start of the earliest activity; None where there is none.
    entries, root
        Length of the ledger's chain and the hash of its newest entry; 0 and ``""`` where only a part is seen.
    selection
        What was asked for, such as ``project=vision``; empty: everything.
    """

    cells: tuple[Cell, ...]
    intervals: tuple[Interval, ...]
    coverage: Mapping[str, float]
    unanswered: tuple[str, ...]
    library: str
    accounting: str
    scope: str
    since: datetime | None
    at: datetime
    entries: int
    root: str
    version: str
    selection: str = ""


@dataclass(frozen=True, slots=True)
class RunTotal:
    """One run, in medians.

    Parameters
    ----------
    device_kwh
        Component to its electricity at the device [kWh].
    drawn_kwh
        Component to its electricity drawn from the grid, cooling and conversion included [kWh].
    energy_kwh, gwp_kgco2e, water_l
        Electricity drawn, climate impact and water of use, without the making of hardware; None where unknown.
    country, iso3
        Name and ISO 3166-1 alpha-3 code of the country recorded; empty where none was.
    """

    run: Run
    device_kwh: Mapping[str, float] = field(default_factory=dict)
    drawn_kwh: Mapping[str, float] = field(default_factory=dict)
    energy_kwh: float | None = None
    gwp_kgco2e: float | None = None
    water_l: float | None = None
    country: str = ""
    iso3: str = ""


class Material(Protocol):
    """What an export may read."""

    def totals(self) -> Totals:
        """The totals now."""

    def runs(self) -> Iterator[RunTotal]:
        """Every run, the oldest first."""

    def entries(self, out: TextIO) -> int:
        """Write the ledger's own lines; returns how many entries."""
