"""Diagnosis of a machine: what can be metered, what cannot, and the one line that would change it."""

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from treadlight.app.workspace import Workspace
from treadlight.core.errors import TreadlightError
from treadlight.measure.discover import discover
from treadlight.measure.hardware import unknowns
from treadlight.measure.host import host_facts, host_report
from treadlight.measure.settings import tracker_settings

__all__ = ["Finding", "diagnose"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the diagnosis: topic, state (``ok``, ``used``, ``duplicate``, ``refused``, ``unknown``, ``failed``,
    or a fact's label), what was found, and what would mend it.
    """

    topic: str
    state: str
    what: str
    remedy: str = ""

    def form(self) -> dict[str, str]:
        """As JSON."""
        return asdict(self)


def diagnose(workspace: Workspace) -> list[Finding]:
    """Everything that bears on metering and accounting here; it never stops at what fails."""
    parts = (_machine, _meters, _place, _ledger, _library)
    return [finding for part in parts for finding in _safe(part.__name__.strip("_"), part(workspace))]


def _safe(topic: str, findings: Iterator[Finding]) -> list[Finding]:
    """Findings up to the first failure, and then that failure."""
    found: list[Finding] = []
    try:
        found.extend(findings)
    except (TreadlightError, OSError) as error:
        found.append(Finding(topic.capitalize(), "failed", str(error)))
    return found


def _machine(workspace: Workspace) -> Iterator[Finding]:
    host = host_facts(tracker_settings().context)
    for label, value, known in host_report(host):
        yield Finding("Machine", "", f"{label}: {value} ({known})")
    for found in unknowns(host):
        yield Finding("Machine", "unknown" if found.missing else "not exact", found.what, found.remedy)


def _meters(workspace: Workspace) -> Iterator[Finding]:
    meters = discover(tracker_settings().context)
    try:
        for found in meters.select().findings():
            name = f"{found.key} ({found.component})"
            yield Finding("Meters", str(found.verdict), f"{name}: {found.reason}", found.remedy)
    finally:
        meters.close()


def _place(workspace: Workspace) -> Iterator[Finding]:
    config = workspace.config
    zone, region = config.get("site.zone"), config.get("site.region")
    if zone or region:
        origin = config.origin("site.zone" if zone else "site.region")
        yield Finding("Place", "ok", f"{zone or region}, from {origin}")
    else:
        what = "without a place the world average is used, and the interval is wide"
        yield Finding("Place", "unknown", what, "treadlight config set site.zone FR")
    if not config.get("site.pue"):
        yield Finding(
            "Place", "unknown", "PUE of the hall (a desktop has none: 1.0)", "treadlight config set site.pue 1.2"
        )


def _ledger(workspace: Workspace) -> Iterator[Finding]:
    home = workspace.home
    writable = os.access(home if home.exists() else _nearest(home), os.W_OK)
    remedy = "" if writable else "set TREADLIGHT_HOME to a folder you may write"
    yield Finding(
        "Ledger", "ok" if writable else "failed", f"home {home}" + ("" if writable else ": not writable"), remedy
    )
    ledger, absorbed = workspace.open_ledger()
    root, entries = ledger.head()
    held = f"{entries} entries, root {root[:12]}" if root else "you see a part of it"
    yield Finding("Ledger", "ok", f"{ledger.name}: {held}")
    if absorbed.live:
        yield Finding("Ledger", "ok", f"journals being written now: {absorbed.live}")
    for path, reason in absorbed.broken:
        yield Finding("Ledger", "failed", f"{path}: {reason}", "keep the file; what it holds cannot be read")


def _nearest(path: Path) -> Path:
    """The nearest folder above `path` that exists."""
    return next((p for p in path.parents if p.exists()), Path("/"))


def _library(workspace: Workspace) -> Iterator[Finding]:
    library = workspace.library
    yield Finding("Library", "ok", f"version {library.version}, digest {library.digest[:12]}")
