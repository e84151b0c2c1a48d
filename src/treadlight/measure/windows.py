"""Windows: named parts of a run, with their own energy; they may nest and overlap."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from treadlight.core.ids import new_id
from treadlight.measure.counts import checked_counts
from treadlight.measure.lines import Edge, EnergyLine, Value
from treadlight.measure.tracker import Tracker, Values, as_json

if TYPE_CHECKING:
    from treadlight.measure.run import Run

__all__ = ["RunWindow"]


class RunWindow:
    """A window of a run, from ``with`` to the end of its block, or from `begin` to `end`.

    Attributes
    ----------
    id
        Names the window in the ledger; empty before it begins.
    """

    def __init__(self, run: "Run", name: str) -> None:
        self._run, self.name, self.id = run, name, ""
        self._tracker: Tracker | None = None
        self._edges: list[Edge] = []
        self._t0_s = 0.0
        self._status = ""

    def begin(self) -> Self:
        """Begin the window now."""
        tracker = self._run.tracker
        if tracker is not None and not self.id:
            self._tracker = tracker
            self.id = new_id(tracker.stamp(tracker.now()))
            tracker.mark(self._begun)
        return self

    def end(self, status: str = "finished") -> None:
        """End the window now; nothing happens when it is called again, or the run has ended."""
        if self._tracker is not None and not self._status:
            self._status = status
            self._tracker.mark(self._ended)

    def count(self, **counts: float) -> None:
        """Count what was done in this window, such as ``samples=50_000``; it counts for the run, too."""
        if self._tracker is not None:
            checked = checked_counts(counts)
            self._tracker.write(
                {"kind": "count", "t": round(self._tracker.now(), 6), "counts": checked, "window": self.id}
            )

    def __enter__(self) -> Self:
        return self.begin()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.end("failed" if kind is not None and kind is not GeneratorExit else "finished")

    def _begun(self, t_s: float) -> None:
        assert self._tracker is not None
        self._t0_s = t_s
        self._edges = [line.begin(t_s) for line in self._tracker.lines]
        self._write("window-begin", t_s, tuple(value for value, _ in self._edges))

    def _ended(self, t_s: float) -> None:
        assert self._tracker is not None
        values = self._values(t_s)
        lines = self._tracker.lines
        if any(v is None and isinstance(line, EnergyLine) for v, line in zip(values, lines, strict=True)):
            # before the second reading nothing tells the power; the next one does
            self._tracker.after_next_sample(lambda _: self._write("window", t_s, self._values(t_s)))
        else:
            self._write("window", t_s, values)

    def _values(self, t_s: float) -> Values:
        """Where each line stands at the end: its beginning plus what the window itself used."""
        assert self._tracker is not None
        lines = self._tracker.lines
        edges = self._edges + [line.begin(self._t0_s) for line in lines[len(self._edges) :]]
        return tuple(_not_below(line.since(e, t_s), e[0]) for line, e in zip(lines, edges, strict=True))

    def _write(self, kind: str, t_s: float, values: Values) -> None:
        assert self._tracker is not None
        record: dict[str, object] = {
            "kind": kind,
            "id": self.id,
            "name": self.name,
            "t": round(t_s, 6),
            "at": round(self._tracker.stamp(t_s), 6),
            "v": as_json(values),
        }
        if kind == "window":
            record["status"] = self._status
        self._tracker.recorder.write(record)


def _not_below(value: Value | None, before: Value | None) -> Value | None:
    if value is None or before is None:
        return value
    return max(value[0], before[0]), max(value[1], before[1]), max(value[2], before[2])
