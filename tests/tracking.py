"""What tests of the tracker share: clocks turned by hand, settings in a folder, scripts in a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

import treadlight
from treadlight.ledger.fold import Folded, fold
from treadlight.measure.meter import Context
from treadlight.measure.run import Run
from treadlight.measure.settings import TrackerSettings

__all__ = ["HandClock", "energy_kwh", "environment", "folded", "kinds", "python", "settings_in"]

NOON_S = 1_780_000_000 - 1_780_000_000 % 3600.0
"""A UTC hour's beginning in 2026."""


class HandClock:
    """Three clocks that stand still until a test moves them."""

    def __init__(self, at_s: float = NOON_S) -> None:
        self.mono_s, self.wall_s, self.boot_s = 1000.0, at_s, 1000.0

    def monotonic(self) -> float:
        return self.mono_s

    def wall(self) -> float:
        return self.wall_s

    def boottime(self) -> float:
        return self.boot_s

    def run(self, seconds: float) -> None:
        """Time passes."""
        self.mono_s += seconds
        self.wall_s += seconds
        self.boot_s += seconds

    def sleep(self, seconds: float) -> None:
        """The machine is suspended."""
        self.wall_s += seconds
        self.boot_s += seconds

    def step(self, seconds: float) -> None:
        """Somebody sets the wall clock."""
        self.wall_s += seconds


def settings_in(
    folder: Path, *, attribution: str = "exclusive", interval_s: float = 1.0, **context: object
) -> TrackerSettings:
    """Settings of a run that keeps its journal in `folder` and sees the fake trees named."""
    return TrackerSettings(
        home=folder / "home",
        context=Context(**context),  # type: ignore[arg-type]
        interval_s=interval_s,
        attribution=attribution,
        name="test",
    )


def folded(run: Run) -> Folded:
    """The run as the ledger would take it in."""
    return fold(run.records())


def energy_kwh(account: Folded, key: str) -> float:
    """Attributed energy of one channel."""
    found = [c.amount for c in account.run.channels if c.key == key]
    assert len(found) == 1, account.run.channels
    assert found[0] is not None
    return found[0]


def kinds(run: Run) -> list[str]:
    """Kinds of the journal's records, in order."""
    return [str(record["kind"]) for record in run.records()]


def environment(**changes: str | None) -> dict[str, str]:
    """This environment without treadlight's settings, with the package on the path, and with `changes`."""
    found = {k: v for k, v in os.environ.items() if not k.startswith("TREADLIGHT_")}
    found["PYTHONPATH"] = str(Path(treadlight.__file__).parents[1])
    for key, value in changes.items():
        found.pop(key, None)
        if value is not None:
            found[key] = value
    return found


def python(code: str, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a script in a Python of its own, to its end."""
    options.setdefault("env", environment())
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=False, **options
    )
