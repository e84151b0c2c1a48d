"""Runs of other tools as runs of the ledger: what their activities share, their channels, their hardware."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from treadlight.core.activity import Activity, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Distribution, Lognormal, Point, lognormal_between
from treadlight.importers.frame import ImporterInfo, content_id, evidence
from treadlight.importers.source import Source
from treadlight.ledger.records import ChannelState, Gap, Run, RunStatus

__all__ = ["ELECTRICITY", "Outline", "spread", "unread"]

ELECTRICITY = "electricity.it"

_GSD_UNNAMED = 1.5  # an accelerator of which no name is known is taken for the median one
_GSD_THREADS = 1.2  # tools count threads, and hyper-threading may be off


def spread(p05: float, p95: float) -> Distribution:
    """Doubt whose 5th and 95th percentile are these shares of the stated amount, with a median of 1 where it fits."""
    fitted = lognormal_between(p05, p95)
    return Lognormal(1.0, fitted.gsd) if isinstance(fitted, Lognormal) else Point(1.0)


@dataclass(frozen=True, slots=True)
class Outline:
    """A run of another tool, and all that its activities have in common.

    Parameters
    ----------
    key
        The tool's own id of the run, or its content: what the ids are made of.
    start, end
        Aware.
    labels, common
        Labels of the run alone, and of the run and each of its activities.
    """

    info: ImporterInfo
    source: Source
    key: str
    name: str
    start: datetime
    end: datetime
    subject: Subject = Subject()
    stage: str = ""
    location: Location = Location()
    labels: dict[str, str] = field(default_factory=dict)
    common: dict[str, str] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        """Id of the run in the ledger."""
        return content_id(self.info.name, "run", self.key)

    @property
    def hours(self) -> float:
        """How long it lasted [h]."""
        return (self.end - self.start).total_seconds() / 3600

    def activity(
        self,
        flow: str,
        amount: float,
        method: EvidenceMethod,
        basis: str,
        *,
        uncertainty: Distribution,
        cause: str,
        component: str,
        device: str = "",
        part: str = "",
    ) -> Activity:
        """One amount that the run used; `part` tells activities of the same flow, component and device apart."""
        place = self.location
        return Activity(
            id=content_id(self.info.name, self.key, flow, component, device, part),
            start=self.start,
            end=self.end,
            flow=flow,
            amount=amount,
            evidence=evidence(self.info, self.source, method, basis),
            uncertainty=uncertainty,
            cause=cause,
            component=component,
            subject=self.subject,
            stage=self.stage,
            location=Location(place.zone, place.region, place.site, device or place.device),
            parent=self.run_id,
            labels=dict(self.common),
        )

    def run(
        self,
        activities: Iterable[Activity],
        *,
        lost: Iterable[ChannelState] = (),
        status: RunStatus = RunStatus.FINISHED,
        counts: dict[str, float] | None = None,
        host: dict[str, str] | None = None,
        gaps: Iterable[Gap] = (),
        notes: Iterable[str] = (),
        duration_s: float | None = None,
    ) -> Run:
        """The run's record; `lost` names what was there and not read, so that the account says it is unknown."""
        channels = [_channel(activity) for activity in activities]
        return Run(
            id=self.run_id,
            name=self.name,
            status=status,
            start=self.start,
            end=self.end,
            duration_s=(self.end - self.start).total_seconds() if duration_s is None else duration_s,
            subject=self.subject,
            stage=self.stage,
            location=self.location,
            labels={"imported.from": self.info.name} | self.common | self.labels,
            counts=counts or {},
            host=host or {},
            channels=(*channels, *lost),
            gaps=tuple(gaps),
            notes=tuple(notes),
            journal_digest=self.source.digest,
        )

    def accelerators(self, name: str, count: float, hours: float | None = None, device: str = "") -> list[Activity]:
        """Hours of accelerators that a name means, for their making and disposal; none where there are none."""
        from treadlight.library.catalogue import generic_accelerator, recognise_accelerator

        hours = self.hours if hours is None else hours
        if count <= 0 or hours <= 0:
            return []
        match = recognise_accelerator(name) if name else None
        row = match.row if match is not None and match.row is not None else generic_accelerator()
        exact = match is not None and match.quality == "exact"
        gsd = 1.0 if exact else _GSD_UNNAMED if match is None or match.row is None else match.widening_gsd
        basis = f"{count:g} × {name or 'an accelerator nobody names'}" + ("" if exact else f", taken for {row.name}")
        return [
            self.activity(
                f"hardware.accelerator.{row.slug}",
                count * hours,
                EvidenceMethod.MODELLED if exact else EvidenceMethod.ASSUMED,
                f"{basis}, {hours:.4g} h",
                uncertainty=Lognormal(1.0, gsd) if gsd > 1 else Point(1.0),
                cause=f"hardware:accelerator:{row.slug}",
                component="gpu",
                device=device,
                part="hardware",
            )
        ]

    def processors(self, name: str, threads: float) -> list[Activity]:
        """Hours of processors that a name and a number of threads mean; none where nothing resembles the name."""
        from treadlight.library.catalogue import recognise_cpu

        match = recognise_cpu(name) if name else None
        if match is None or match.row is None or self.hours <= 0:
            return []
        exact = match.quality == "exact"
        packages = max(1.0, threads / match.row.threads) if match.row.threads and threads else 1.0
        gsd = math.exp(math.hypot(math.log(_GSD_THREADS), math.log(1.0 if exact else max(1.0, match.widening_gsd))))
        return [
            self.activity(
                f"hardware.cpu.{match.row.slug}",
                packages * self.hours,
                EvidenceMethod.MODELLED if exact else EvidenceMethod.ASSUMED,
                f"{packages:.3g} × {name}" + ("" if exact else f", taken for {match.row.name}"),
                uncertainty=Lognormal(1.0, gsd),
                cause=f"hardware:cpu:{match.row.slug}",
                component="cpu",
                part="hardware",
            )
        ]

    def memory(self, gb: float | None) -> list[Activity]:
        """GB-hours of the machine's memory."""
        if not gb or self.hours <= 0:
            return []
        basis, method = f"{gb:.4g} GB of memory", EvidenceMethod.MODELLED
        return [
            self.activity(
                "hardware.memory.dram",
                gb * self.hours,
                method,
                basis,
                uncertainty=Lognormal(1.0, 1.1),
                cause="hardware:memory",
                component="memory",
                part="hardware",
            )
        ]


def _channel(activity: Activity) -> ChannelState:
    device = activity.location.device or activity.component
    return ChannelState(
        key=f"{activity.evidence.source}:{activity.id[-6:]}:{device}",
        component=activity.component,
        device=device,
        meter=activity.evidence.source,
        method=str(activity.evidence.method),
        basis=activity.evidence.basis,
        flow=activity.flow,
        state="read",
        whole=activity.amount,
        amount=activity.amount,
        uncertainty=str(activity.uncertainty),
    )


def unread(info: ImporterInfo, component: str, detail: str, device: str = "") -> ChannelState:
    """Electricity of something that was there and of which the file says nothing."""
    name = device or component
    return ChannelState(
        f"{info.name}:{name}", component, name, info.name, "unknown", "", ELECTRICITY, "unreadable", None, None,
        detail=detail,
    )  # fmt: skip
