"""The tracker: finds meters, samples them in the background, and writes the run's journal."""

import atexit
import contextlib
import logging
import math
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from treadlight.core.ids import new_id
from treadlight.ledger.journal import JOURNAL_SCHEMA
from treadlight.measure.attribution import Usage, UsageReader
from treadlight.measure.clock import SUSPEND, Clock, RunClock
from treadlight.measure.lines import EnergyLine, Line, Value
from treadlight.measure.meter import State
from treadlight.measure.recorder import Recorder
from treadlight.measure.settings import TrackerSettings
from treadlight.measure.shipping import ship
from treadlight.measure.sources import Sources
from treadlight.measure.tree import ProcessTree

__all__ = ["Mark", "Tracker", "Values", "as_json", "log_warning"]

_LOG = logging.getLogger("treadlight")

_LEAST_READ_S = 0.01
"""Edges of windows closer to the last reading than this are interpolated instead of read."""
_PATIENCE = 3
"""A channel that cannot be read for so many samples is given up for its rival."""
_GLANCES_S = (0.03, 0.1, 0.25, 0.5)
"""When a supervised command is looked at before its first sample [s]."""
_HOUR_S = 3600.0

_trackers: "weakref.WeakSet[Tracker]" = weakref.WeakSet()


Values = tuple[Value | None, ...]
"""One value per line, in order."""

Mark = Callable[[float], None]
"""Called with the time that was marked [s], as soon as the lines can tell how they stood then."""


class Tracker:
    """Meters one run, from `start` to `stop`.

    Parameters
    ----------
    pid
        Top of the process tree that is the run; this process where not given.
    own
        Whether that process itself is part of the run, or only waits for it.
    clock, environ
        Replaced in tests.
    warn
        Called with one line when something keeps the run from being recorded.
    threaded
        Whether to sample in the background; without, `sample` is called by hand.

    Notes
    -----
    All state is guarded by one lock; marks are called while it is held. A forked child does not track.
    """

    def __init__(
        self,
        settings: TrackerSettings,
        *,
        pid: int | None = None,
        own: bool = True,
        clock: Clock | None = None,
        environ: Mapping[str, str] | None = None,
        warn: Callable[[str], None] | None = None,
        threaded: bool = True,
    ) -> None:
        self.settings = settings
        self._pid, self._own, self._environ = pid or os.getpid(), own, os.environ if environ is None else environ
        self._given_clock, self._threaded = clock, threaded
        self._warn = warn or log_warning
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._t_s = 0.0
        self.lines: list[Line] = []
        self._pending: list[tuple[float, Mark]] = []
        self._after_sample: list[Mark] = []
        self._states: dict[int, str] = {}
        self._complained = False
        self._told = False
        self.active = False
        self.status = "running"

    # -- life ----------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Find meters, open the journal, take the first sample, and go on sampling in the background."""
        settings = self.settings
        self._sources = Sources(settings.context, settings.attribution, self._environ)
        self.lines = list(self._sources.lines)
        tree = ProcessTree(settings.context.procfs_root, self._pid, own=self._own)
        by_group = settings.attribution == "cgroup"
        context = settings.context
        self._usage = UsageReader(context.procfs_root, context.sysfs_root, tree, cgroup=by_group)
        self._clock = RunClock(self._given_clock)
        self.id = new_id(self._clock.start_at_s)
        self.recorder = Recorder(settings.journals(), self.id, self._warn)
        self.recorder.write(self._start_record())
        self.active = True
        self._advance(journal=True)
        for text in self._sources.notes:
            self.note(text)
        if by_group and not self._usage.knows_group:
            self.note("no control group with processor time was found: the run is given the whole machine")
        _trackers.add(self)
        atexit.register(self._at_exit)
        if self._threaded:
            self._thread = threading.Thread(target=self._loop, name="treadlight", daemon=True)
            self._thread.start()

    def stop(self, status: str = "finished", *, exit_code: int | None = None, error: str = "") -> None:
        """Take the last sample and close the journal; nothing happens when it is called again."""
        self._stopping.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        with self._lock:
            if self.active:
                self._finish(status, exit_code, error)
                self._ship()

    def _tell(self) -> None:
        """Once a run lasts, have the server told of it while it goes on."""
        home, settings = self.settings.home, self.settings
        if self._told or not settings.live_s or self._t_s < settings.live_s:
            return
        self._told = True
        if settings.server and home is not None and self.recorder.path is not None:
            ship(home, settings.server, self._environ, follow=True)

    def _ship(self) -> None:
        """Have the journal sent to the team's server, where there is one."""
        home, server = self.settings.home, self.settings.server
        if not server or home is None or self.recorder.path is None:
            return
        if not ship(home, server, self._environ):
            self._warn("the journal could not be sent to the server; `treadlight send` sends it later")

    def _finish(self, status: str, exit_code: int | None, error: str) -> None:
        self._guarded(lambda: self._advance(journal=True))
        self.active = False
        self.status = status
        end: dict[str, object] = {
            "kind": "end",
            "t": round(self._t_s, 6),
            "at": round(self._clock.stamp(self._t_s), 6),
            "status": status,
            "exit_code": exit_code,
            "error": error,
        }
        self.recorder.write(end, last=True)
        self._close()

    def discard(self) -> None:
        """Stop, and leave nothing behind: for a run that turned out not to begin."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
        with self._lock:
            self.active = False
            self.recorder.discard()
            self._close()

    def _close(self) -> None:
        self.recorder.close()
        self._sources.close()
        atexit.unregister(self._at_exit)
        _trackers.discard(self)

    def _at_exit(self) -> None:
        """The program ends without having ended the run."""
        failure = getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)
        self.stop("failed" if failure else "finished", error=type(failure).__name__ if failure else "")

    def _forget(self) -> None:
        """In a forked child: the parent goes on tracking, this process must not touch the run."""
        self.active = False
        self._lock = threading.RLock()
        self._thread = None
        atexit.unregister(self._at_exit)

    # -- what the run asks for -----------------------------------------------------------------------------------------

    def sample(self) -> None:
        """Take a sample now."""
        with self._lock:
            if self.active:
                self._advance(journal=True)

    def mark(self, mark: Mark) -> None:
        """Have `mark` called with the values of this moment: now if meters can be read now, else interpolated soon."""
        with self._lock:
            if not self.active:
                return
            t_s = self._clock.now()
            self._pending.append((t_s, mark))
            if t_s - self._t_s >= _LEAST_READ_S:
                self._guarded(lambda: self._advance(journal=False))

    def after_next_sample(self, mark: Mark) -> None:
        """Have `mark` called with the values of the next regular sample."""
        with self._lock:
            if self.active:
                self._after_sample.append(mark)

    def write(self, record: dict[str, object]) -> None:
        """Write a record that carries its own times, after all that was asked for before."""
        with self._lock:
            if self.active and self._pending:
                self._pending.append((self._clock.now(), lambda _: self.recorder.write(record)))
            elif self.active:
                self.recorder.write(record)

    def note(self, text: str) -> None:
        """Write down something the reader must know."""
        self.write({"kind": "note", "t": round(self.now(), 6), "text": text})

    def now(self) -> float:
        """Time since the start [s, monotonic]."""
        return self._clock.now()

    def stamp(self, t_s: float) -> float:
        """Wall time of `t_s` [s since 1970]."""
        return self._clock.stamp(t_s)

    def refresh(self) -> None:
        """Read now, unless that was done just before."""
        with self._lock:
            if self.active and self._clock.now() - self._t_s >= _LEAST_READ_S:
                self._guarded(lambda: self._advance(journal=False))

    def values(self) -> Values:
        """Cumulative values of all lines as of the last reading."""
        with self._lock:
            return tuple(line.value() for line in self.lines)

    def summary(self) -> dict[str, Any]:
        """Energy as of the last reading: central values [kWh] by component, None where nothing is known."""
        with self._lock:
            lines = [(line, line.value()) for line in self.lines if isinstance(line, EnergyLine)]
        components: dict[str, dict[str, Any]] = {}
        for line, value in lines:
            entry = components.setdefault(
                line.component,
                {"energy_kwh": None, "whole_kwh": None, "method": str(line.channel.method), "meters": []},
            )
            entry["meters"].append(line.key)
            if value is not None:
                entry["whole_kwh"] = (entry["whole_kwh"] or 0.0) + value[0]
                entry["energy_kwh"] = (entry["energy_kwh"] or 0.0) + value[1]
        known = [value for _, value in lines if value is not None]
        return {
            "id": self.id,
            "name": self.settings.name,
            "status": self.status,
            "duration_s": self._t_s,
            "energy_kwh": sum(value[1] for value in known) if known else None,
            "whole_kwh": sum(value[0] for value in known) if known else None,
            "components": components,
        }

    # -- sampling ------------------------------------------------------------------------------------------------------

    def _loop(self) -> None:
        interval_s = self.settings.interval_s
        due_s = interval_s
        if not self._own:
            self._glance_until(interval_s)
        while not self._stopping.wait(max(due_s - self._clock.now(), 0.0)):
            with self._lock:
                if not self.active:
                    return
                self._guarded(lambda: self._advance(journal=True))
            self._guarded(self._tell)
            due_s += interval_s
            if due_s < self._clock.now():
                due_s = self._clock.now() + interval_s

    def _glance_until(self, due_s: float) -> None:
        """A command may end before the first sample: see its processes and their memory while they are there."""
        for at_s in _GLANCES_S:
            if at_s >= due_s or self._stopping.wait(max(at_s - self._clock.now(), 0.0)):
                return
            with self._lock:
                if self.active:
                    self._guarded(self._usage.glance)

    def _guarded(self, step: Callable[[], None]) -> None:
        """A fault of ours must not become the program's: it is told once, in one line, and noted."""
        try:
            step()
        except Exception as error:  # noqa: BLE001  whatever it is, the program that is metered goes on
            if not self._complained:
                self._complained = True
                text = f"a sample failed ({type(error).__name__}: {error}); please report it. The run goes on."
                self._warn(text)
                with contextlib.suppress(Exception):
                    self.note(text)

    def _advance(self, *, journal: bool) -> None:
        """Read everything and count it; write what became known."""
        before_s, offset_s = self._t_s, self._clock.offset_s
        t_s, gaps = self._clock.look()
        for gap in gaps:
            if gap.reason == SUSPEND:
                for line in self.lines:
                    line.gap(gap.step_s)
        usage = self._usage.read(t_s)
        readings = self._sources.read(t_s)
        for line in self.lines:
            line.take(self._sources.reading_for(line, readings), usage)
        self._t_s = t_s
        self._settle(before_s, t_s, offset_s)
        if journal or gaps:
            self._write_sample(t_s, offset_s)
        for gap in gaps:
            self.recorder.write(gap.record())
        self._replace_lost(usage)
        for line in self.lines:
            for text in line.notes:
                self.note(text)
        if journal:
            waiting, self._after_sample = self._after_sample, []
            for mark in waiting:
                mark(t_s)

    def _settle(self, before_s: float, now_s: float, offset_s: float) -> None:
        """What lies between two readings, in order of time: UTC hours and marks."""
        pending, self._pending = self._pending, []

        def edge(t_s: float) -> None:
            self._write_sample(t_s, offset_s, edge=True)

        events = pending + [(t_s, edge) for t_s in _hours(before_s, now_s, offset_s)]
        for t_s, mark in sorted(events, key=lambda event: event[0]):
            mark(t_s)

    def _write_sample(self, t_s: float, offset_s: float, *, edge: bool = False) -> None:
        values = tuple(line.at(t_s) if edge else line.value() for line in self.lines)
        record: dict[str, object] = {
            "kind": "sample",
            "t": round(t_s, 6),
            "at": round(t_s + offset_s, 6),
            "v": as_json(values),
        }
        changed = {} if edge else self._changed_states()
        if edge:
            record["edge"] = True
        if changed:
            record["s"] = changed
        self.recorder.write(record)

    def _changed_states(self) -> dict[str, str]:
        changed = {}
        for i, line in enumerate(self.lines):
            text = f"{line.state}: {line.detail}" if line.detail else line.state
            if self._states.get(i, str(State.READ)) != text:
                self._states[i] = changed[str(i)] = text
        return changed

    def _replace_lost(self, usage: Usage) -> None:
        """Where a channel stays away, begin to count what can stand in for it; the record says so."""
        for line in list(self.lines):
            if not isinstance(line, EnergyLine) or line.failures != _PATIENCE:
                continue
            text = f"{line.key} was lost ({line.detail or line.state})"
            rivals = self._sources.standbys(line, line.good_s)
            if not rivals:
                self.note(f"{text}; its energy from then on is unknown")
                continue
            readings = self._sources.read(usage.t_s)
            for rival in rivals:
                self.lines.append(rival)
                rival.take(readings.get(rival.key), usage)
                self.write({"kind": "channel", "t": round(usage.t_s, 6), **rival.record()})
            self.note(f"{text}; {', '.join(rival.key for rival in rivals)} is counted from then on")

    def _site(self) -> str:
        """The site that was named; else the kind of place where a machine without a hall stands."""
        klass = self._sources.host.klass
        named = self.settings.location.site
        return named or (klass if klass in ("laptop", "desktop") and not self.settings.hall_stated else "")

    def _start_record(self) -> dict[str, object]:
        s = self.settings
        return {
            "kind": "start",
            "schema": JOURNAL_SCHEMA,
            "run": {
                "id": self.id,
                "name": s.name,
                "stage": s.stage,
                "labels": dict(s.labels),
                "subject": {
                    "organisation": s.subject.organisation,
                    "project": s.subject.project,
                    "team": s.subject.team,
                    "system": s.subject.system,
                    "version": s.subject.version,
                },
                "location": {"zone": s.location.zone, "region": s.location.region, "site": self._site()},
            },
            "at": self._clock.start_at_s,
            "interval_s": s.interval_s,
            "attribution": s.attribution,
            "host": self._sources.host.facts(),
            "channels": [line.record() for line in self.lines],
            "refusals": [
                {
                    "key": r.key,
                    "component": r.component,
                    "device": r.device,
                    "state": str(r.state),
                    "reason": r.reason,
                    "remedy": r.remedy,
                }
                for r in self._sources.refusals
            ],
        }


def log_warning(line: str) -> None:
    """Where nobody else takes warnings: the program's log, which shows them on stderr unless told otherwise."""
    _LOG.warning("treadlight: %s", line)


def as_json(values: Values) -> list[list[float] | None]:
    """Values as the journal holds them, to 1e-15 of the flow's unit."""
    return [None if v is None or not all(map(math.isfinite, v)) else [round(x, 15) for x in v] for v in values]


def _hours(before_s: float, now_s: float, offset_s: float) -> Iterator[float]:
    """Times at which a UTC hour begins, after one reading and not after the next [s]."""
    hour = math.floor((before_s + offset_s) / _HOUR_S) + 1
    while hour * _HOUR_S <= now_s + offset_s:
        yield hour * _HOUR_S - offset_s
        hour += 1


def _forget_all() -> None:
    for tracker in list(_trackers):
        tracker._forget()


os.register_at_fork(after_in_child=_forget_all)
