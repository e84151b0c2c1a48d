"""Settings of a tracker: where it looks, where it writes, for whom, by which rule; from configuration and arguments."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from treadlight.core.activity import STAGES, Location, Subject
from treadlight.core.config import Config, load
from treadlight.core.errors import InputError
from treadlight.core.text import clean
from treadlight.measure.meter import Context
from treadlight.measure.place import check_place

__all__ = ["TrackerSettings", "tracker_settings"]

_OPTIONS = {
    "host.cpu": "host.cpu",
    "host.klass": "host.klass",
    "host.vm_threads_of_host": "host.vm_threads_of_host",
}
"""Settings of the host that meters read from `Context.options`."""


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """What one run is metered with and recorded as.

    Parameters
    ----------
    home
        Folder that holds ``journals/``; None: the user has none, and nothing can be kept.
    context
        Where meters look.
    interval_s
        Time between samples [s].
    attribution
        ``process-cpu-time``, ``cgroup`` or ``exclusive``.
    hall_stated
        Whether the configuration tells the PUE of this machine's site.
    server
        Address of the team's server, to which the journal is sent when the run has ended; empty: nowhere.
    live_s
        How often the server is told of the run while it goes on [s]; 0: never.
    """

    home: Path | None
    context: Context = Context()
    interval_s: float = 1.0
    attribution: str = "process-cpu-time"
    name: str = ""
    stage: str = ""
    subject: Subject = Subject()
    location: Location = Location()
    labels: Mapping[str, str] = field(default_factory=dict)
    hall_stated: bool = False
    server: str = ""
    live_s: float = 0.0

    def journals(self) -> Path | None:
        """Folder of the journals."""
        return self.home / "journals" if self.home else None


def tracker_settings(
    *,
    name: str = "",
    project: str | None = None,
    team: str | None = None,
    organisation: str | None = None,
    system: str | None = None,
    version: str | None = None,
    stage: str = "",
    labels: Mapping[str, str] | None = None,
    interval_s: float | None = None,
    attribution: str | None = None,
    home: str | Path | None = None,
    zone: str | None = None,
    region: str | None = None,
    site: str | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> TrackerSettings:
    """Settings that hold here, arguments winning over the environment and the environment over files.

    Raises
    ------
    InputError
        For an unknown stage, zone or region, a label that is not text, or any setting out of range.
    """
    config = load(
        environ,
        cwd,
        {
            "home": None if home is None else str(home),
            "project.name": project,
            "project.team": team,
            "project.organisation": organisation,
            "project.system": system,
            "tracker.interval_s": None if interval_s is None else str(interval_s),
            "tracker.attribution": attribution,
            "site.zone": zone,
            "site.region": region,
            "site.name": site,
        },
    )
    if stage and stage not in STAGES:
        raise InputError("unknown stage", field="stage", value=stage, remedy=f"use one of {', '.join(STAGES)}")
    check_place(config)
    return TrackerSettings(
        home=config.home(),
        context=_context(config),
        interval_s=config.number("tracker.interval_s"),
        attribution=config.get("tracker.attribution"),
        name=clean(name).strip(),
        stage=stage,
        subject=Subject(
            organisation=config.get("project.organisation"),
            project=config.get("project.name"),
            team=config.get("project.team"),
            system=config.get("project.system"),
            version=clean(version or "").strip(),
        ),
        location=Location(zone=config.get("site.zone"), region=config.get("site.region"), site=config.get("site.name")),
        labels=_labels(labels or {}),
        hall_stated=bool(config.get("site.pue")),
        server=config.get("server.url"),
        live_s=config.number("server.live_s"),
    )


def _context(config: Config) -> Context:
    return Context(
        sysfs_root=Path(config.get("meters.sysfs_root")),
        procfs_root=Path(config.get("meters.procfs_root")),
        nvml_path=config.get("meters.nvml_path"),
        replay_path=config.get("meters.replay"),
        options={option: config.get(key) for option, key in _OPTIONS.items() if config.get(key)},
    )


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    for key, value in labels.items():
        if not isinstance(key, str) or not isinstance(value, str | int | float | bool) or not key:
            remedy = 'give labels as text, such as {"model": "resnet"}'
            raise InputError("must be text", field=f"labels.{key}", value=value, remedy=remedy)
    return {clean(key).strip(): clean(value).strip() for key, value in labels.items()}
