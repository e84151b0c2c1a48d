"""A recorded trace, played as if its hardware were here: for demonstrations, lessons and tests."""

from pathlib import Path

from treadlight.core.errors import MeterError
from treadlight.measure.meter import Channel, Context, Discovery, MeterInfo, Reading, Refusal, State
from treadlight.measure.trace import Recording, Series, read_recording

__all__ = ["INFO", "ReplayMeter", "meter"]

INFO = MeterInfo(
    name="replay",
    title="Replay of a recorded trace",
    scope="The channels of the trace, instead of all meters of this machine.",
    resolution="That of the trace; between its rows the energy is interpolated.",
    wrap="Where the trace says that its counters did.",
    privileges="May read the file.",
    error="As the trace states it; where it does not, a factor of 1.44 either way (90 % interval).",
)


def meter(context: Context) -> "ReplayMeter":
    """The trace that the context names, from its beginning; nothing where it names none."""
    return ReplayMeter(context)


class ReplayMeter:
    """Plays one trace; its first reading is the trace's beginning."""

    def __init__(self, context: Context) -> None:
        self._path = context.replay_path
        self._recording: Recording | None = None
        self._channels: dict[str, Series] = {}
        self._start_s: float | None = None

    def discover(self) -> Discovery:
        """The trace's channels; a trace that cannot be used is a refusal, and no hardware is read in its stead."""
        if not self._path:
            return Discovery()
        try:
            recording = read_recording(Path(self._path))
        except MeterError as error:
            refusal = Refusal("replay", "machine", "", State.UNREADABLE, f"{error.field}: {error.what}", error.remedy)
            return Discovery(refusals=(refusal,))
        self._recording = recording
        self._channels = {f"replay:{s.component}:{s.device}": s for s in recording.series}
        return Discovery(tuple(_channel(key, s, recording) for key, s in self._channels.items()))

    def read(self, t_s: float) -> list[Reading]:
        """The trace's counters, as long after its beginning as this is after the first reading."""
        if self._start_s is None:
            self._start_s = t_s
        return [self._one(key, series, t_s) for key, series in self._channels.items()]

    def close(self) -> None:
        """Nothing is held open."""

    def _one(self, key: str, series: Series, t_s: float) -> Reading:
        recording = self._recording
        if recording is None or self._start_s is None:
            return Reading(key, State.ABSENT, t_s, detail="no trace")
        position_s = recording.t_s[0] + t_s - self._start_s
        if position_s > recording.t_s[-1] + 1e-9:
            length_s = recording.t_s[-1] - recording.t_s[0]
            return Reading(key, State.ABSENT, t_s, detail=f"the trace ended after {length_s:g} s")
        joules = recording.at(series, min(position_s, recording.t_s[-1]))
        if joules is None:
            return Reading(key, State.UNREADABLE, t_s, detail="the trace was not read here")
        return Reading(key, State.READ, t_s, joules=joules if recording.wrap_j is None else joules % recording.wrap_j)


def _channel(key: str, series: Series, recording: Recording) -> Channel:
    kind = "synthetic trace" if recording.is_synthetic else "recorded trace"
    source = f": {recording.provenance}" if recording.provenance else ""
    return Channel(
        key=key,
        meter="replay",
        component=series.component,
        device=series.device,
        method=recording.method,
        basis=f"{kind} “{recording.title}”{source}",
        uncertainty=recording.uncertainty,
        cause=f"replay:{recording.title}",
        update_s=recording.step_s,
        wrap_j=recording.wrap_j,
    )
