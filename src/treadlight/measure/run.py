"""Runs: `track` meters a block, a function or whatever lies between `start` and `stop`.

>>> import treadlight
>>> with treadlight.track("train", project="digits") as run:  # doctest: +SKIP
...     for epoch in range(3):
...         with run.window(f"epoch {epoch}") as window:
...             window.count(samples=train_one_epoch())
"""

import inspect
import os
import sys
from collections.abc import AsyncIterator, Callable, Generator, Mapping
from dataclasses import replace
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, overload

from treadlight.core.errors import InputError, TreadlightError
from treadlight.core.text import clean
from treadlight.measure.clock import Clock
from treadlight.measure.counts import checked_counts
from treadlight.measure.settings import TrackerSettings, tracker_settings
from treadlight.measure.sources import preload
from treadlight.measure.tracker import Tracker, log_warning
from treadlight.measure.windows import RunWindow

__all__ = ["Run", "track"]

P = ParamSpec("P")
R = TypeVar("R")


class Run:
    """One metered run: a context manager, a decorator, or a pair of `start` and `stop`.

    Made by `track`. Everything is safe to call from any thread; in a forked child nothing happens.

    Attributes
    ----------
    name
        As it is recorded.
    tracker
        What meters it; None before it starts, and where it could not be metered at all.
    """

    def __init__(
        self,
        settings: TrackerSettings,
        *,
        pid: int | None = None,
        own: bool = True,
        clock: Clock | None = None,
        warn: Callable[[str], None] | None = None,
        threaded: bool = True,
    ) -> None:
        preload()
        self.settings = settings
        self.name = settings.name
        self.tracker: Tracker | None = None
        self._arguments = {"pid": pid, "own": own, "clock": clock, "warn": warn, "threaded": threaded}
        self._warn = warn or log_warning
        self._started = False

    @property
    def id(self) -> str:
        """The run's id in journal and ledger; empty before it starts."""
        return self.tracker.id if self.tracker is not None else ""

    @property
    def status(self) -> str:
        """``new``, ``running``, ``finished`` or ``failed``."""
        return self.tracker.status if self.tracker is not None else "new"

    @property
    def journal(self) -> Path | None:
        """The run's journal; None where it cannot be kept."""
        return self.tracker.recorder.path if self.tracker is not None else None

    @property
    def kept(self) -> bool:
        """Whether the whole run is in its journal; otherwise only `records` has all of it."""
        return self.tracker is not None and self.tracker.recorder.kept

    # -- life ----------------------------------------------------------------------------------------------------------

    def start(self) -> Self:
        """Begin to meter.

        Raises
        ------
        InputError
            If this run was started before, or a setting cannot be used.
        """
        if self._started:
            raise InputError("was started before", field="run", value=self.name, remedy="make a new one with track()")
        self._started = True
        if not self.name:
            self._rename(Path(sys.argv[0]).name if sys.argv and sys.argv[0] not in ("", "-c", "-m") else "run")
        tracker = Tracker(self.settings, **self._arguments)  # type: ignore[arg-type]
        try:
            tracker.start()
        except TreadlightError:
            raise
        except Exception as error:  # noqa: BLE001  our fault must not become the program's
            self._warn(f"this run is not metered ({type(error).__name__}: {error}); please report it.")
            return self
        self.tracker = tracker
        return self

    def stop(self, status: str = "finished", *, exit_code: int | None = None, error: str = "") -> None:
        """End the run; nothing happens when it is called again."""
        if self.tracker is not None:
            self.tracker.stop(status, exit_code=exit_code, error=error)

    def _rename(self, name: str) -> None:
        self.name = clean(name).strip()
        self.settings = replace(self.settings, name=self.name)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        if kind is None or kind is GeneratorExit:
            self.stop()
        elif isinstance(error, SystemExit):
            code = error.code if isinstance(error.code, int) else (0 if error.code is None else 1)
            self.stop("failed" if code else "finished", exit_code=code)
        else:
            self.stop("failed", error=kind.__name__)

    # -- while it runs -------------------------------------------------------------------------------------------------

    def window(self, name: str) -> RunWindow:
        """A named part of this run: ``with run.window("epoch 3"):``. Windows may nest and overlap."""
        return RunWindow(self, clean(name).strip())

    def count(self, **counts: float) -> None:
        """Count what the run did, such as ``samples=50_000``, so that results come per unit, too.

        Raises
        ------
        InputError
            If a count is not a finite number of at least 0.
        """
        checked = checked_counts(counts)
        if self.tracker is not None:
            self.tracker.write({"kind": "count", "t": round(self.tracker.now(), 6), "counts": checked, "window": ""})

    def note(self, text: str) -> None:
        """Write down something that a reader of this run must know."""
        if self.tracker is not None:
            self.tracker.note(clean(text))

    def summary(self) -> dict[str, Any]:
        """Energy so far: central values in kWh, None where nothing is known; for intervals see ``treadlight show``."""
        if self.tracker is None:
            return {"id": "", "name": self.name, "status": self.status, "duration_s": 0.0, "energy_kwh": None}
        self.tracker.refresh()
        return self.tracker.summary()

    def records(self) -> list[dict[str, Any]]:
        """The run's journal, also where it could not be written to a file."""
        return self.tracker.recorder.records() if self.tracker is not None else []

    # -- as a decorator ------------------------------------------------------------------------------------------------

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """`function`, each call of which is a run of its own; also for coroutines and generators."""
        wrapped: Any = _wrapper(function)(self, function)
        return wraps(function)(wrapped)

    def _fresh(self, function: Callable[..., object]) -> "Run":
        run = Run(self.settings)
        run._arguments = self._arguments
        if not run.name:
            run._rename(getattr(function, "__qualname__", "run"))
        return run


def _wrapper(function: Any) -> Callable[[Run, Callable[..., Any]], Callable[..., Any]]:
    if inspect.iscoroutinefunction(function):
        return _tracked_coroutine
    if inspect.isasyncgenfunction(function):
        return _tracked_async_generator
    if inspect.isgeneratorfunction(function):
        return _tracked_generator
    return _tracked_call


def _tracked_call(run: Run, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Any:
        with run._fresh(function):
            return function(*args, **kwargs)

    return call


def _tracked_coroutine(run: Run, function: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        with run._fresh(function):
            return await function(*args, **kwargs)

    return call


def _tracked_generator(run: Run, function: Callable[..., Any]) -> Callable[..., Any]:
    def call(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with run._fresh(function):
            return (yield from function(*args, **kwargs))

    return call


def _tracked_async_generator(run: Run, function: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        with run._fresh(function):
            async for item in function(*args, **kwargs):
                yield item

    return call


@overload
def track(name: Callable[P, R]) -> Callable[P, R]: ...


@overload
def track(
    name: str | None = None,
    *,
    project: str | None = None,
    team: str | None = None,
    organisation: str | None = None,
    system: str | None = None,
    version: str | None = None,
    stage: str = "",
    labels: Mapping[str, str] | None = None,
    interval_s: float | None = None,
    attribution: str | None = None,
    home: str | os.PathLike[str] | None = None,
    zone: str | None = None,
    region: str | None = None,
    site: str | None = None,
) -> Run: ...


def track(name: Any = None, **options: Any) -> Any:
    """A run that meters a ``with`` block or, as a decorator, every call of a function.

    Parameters
    ----------
    name
        What the run is called; else the program's, or the function's.
    project, team, organisation, system, version
        Whom and what the run belongs to; otherwise as configured.
    stage
        Stage of the life cycle, such as ``training`` or ``evaluation``.
    labels
        Anything else to find it by, as text.
    interval_s
        Time between samples [s].
    attribution
        ``process-cpu-time``, ``cgroup`` or ``exclusive``.
    home
        Folder for the journal instead of ``TREADLIGHT_HOME``.
    zone, region, site
        Where the machine stands.

    Raises
    ------
    InputError
        If a setting cannot be used; nothing else that goes wrong with the metering reaches the program.
    """
    if callable(name):
        return Run(tracker_settings(**options))(name)
    return Run(tracker_settings(name=name or "", **options))
