"""Recorded traces: what a machine's counters or power sensors said over time, as a CSV file with its provenance."""

import csv
import math
from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from statistics import median

from treadlight.core.activity import EvidenceMethod
from treadlight.core.distribution import Distribution, Lognormal, parse
from treadlight.core.errors import InputError, MeterError

__all__ = ["SCHEMA", "Recording", "Series", "read_recording"]

SCHEMA = "treadlight.trace/1"
_KEYS = ("title", "provenance", "synthetic", "method", "uncertainty", "wrap_j")
_COMPONENTS = ("cpu", "memory", "gpu", "rest", "platform")


@dataclass(frozen=True, slots=True)
class Series:
    """One channel of a trace: cumulative energy [J] at each of the trace's times, and where it was not read."""

    component: str
    device: str
    joules: tuple[float, ...]
    is_read: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """A trace: its times [s], its channels, and where it comes from.

    Parameters
    ----------
    wrap_j
        Where its counters began again [J]; None: they did not. The series are unwrapped; a player wraps them again.
    """

    title: str
    provenance: str
    is_synthetic: bool
    method: EvidenceMethod
    uncertainty: Distribution
    wrap_j: float | None
    t_s: tuple[float, ...]
    series: tuple[Series, ...]

    @property
    def step_s(self) -> float:
        """Median time between two rows [s]."""
        return median(b - a for a, b in pairwise(self.t_s))

    def at(self, series: Series, t_s: float) -> float | None:
        """Cumulative energy of a series [J] at `t_s` [s]; None where the trace has no value."""
        if not self.t_s[0] <= t_s <= self.t_s[-1]:
            return None
        i = bisect_right(self.t_s, t_s) - 1
        if i + 1 == len(self.t_s) or t_s == self.t_s[i]:
            return series.joules[i] if series.is_read[i] else None
        if not (series.is_read[i] and series.is_read[i + 1]):
            return None
        share = (t_s - self.t_s[i]) / (self.t_s[i + 1] - self.t_s[i])
        return series.joules[i] + share * (series.joules[i + 1] - series.joules[i])


def read_recording(path: Path) -> Recording:
    """The trace in `path`.

    Raises
    ------
    MeterError
        If it cannot be read or breaks the format; `field` names file and line.

    Notes
    -----
    ``# key: value`` lines (title, provenance, synthetic, method, uncertainty, wrap_j), then a header ``t_s`` and one
    column a channel, ``component:device:joules`` (a cumulative counter) or ``component:device:watts``, then rows of
    rising time. An empty cell means *not read*; the energy across it is carried on between its neighbours.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        what = error.strerror if isinstance(error, OSError) and error.strerror else "is no UTF-8 text"
        raise MeterError(what, field=str(path), remedy="give the path of a trace that can be read") from None
    head = _head(lines)
    body = [(n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    if len(body) < 3:
        raise MeterError("holds fewer than two rows", field=str(path), remedy="record for longer")
    columns = _columns(body[0], path)
    rows = [_row(number, line, len(columns) + 1, path) for number, line in body[1:]]
    times = tuple(t for t in (row[0] for row in rows) if t is not None)
    if len(times) != len(rows) or any(b <= a for a, b in pairwise(times)):
        raise MeterError("t_s must rise from row to row", field=str(path), remedy="sort the rows by time")
    wrap_j = _positive(head, "wrap_j", path)
    series = tuple(_series(c, [row[i] for row in rows], times, wrap_j, path) for i, c in enumerate(columns, 1))
    return Recording(
        title=head.get("title", path.stem),
        provenance=head.get("provenance", ""),
        is_synthetic=head.get("synthetic", "no") != "no",
        method=_method(head, path),
        uncertainty=_uncertainty(head, path),
        wrap_j=wrap_j,
        t_s=times,
        series=series,
    )


def _head(lines: list[str]) -> dict[str, str]:
    head: dict[str, str] = {}
    for line in lines:
        key, colon, value = line.lstrip("# ").partition(":")
        if line.startswith("#") and colon and key.strip() in _KEYS:
            head[key.strip()] = value.strip()
    return head


def _columns(header: tuple[int, str], path: Path) -> list[tuple[str, str, str]]:
    number, line = header
    first, *names = next(csv.reader([line]))
    remedy = f"write t_s, then component:device:joules or :watts, with a component of {', '.join(_COMPONENTS)}"
    columns: list[tuple[str, str, str]] = []
    for name in names:
        parts = name.strip().split(":")
        if len(parts) != 3 or parts[0] not in _COMPONENTS or parts[2] not in ("joules", "watts") or not parts[1]:
            raise MeterError("not a channel", field=f"{path}:{number}", value=name, remedy=remedy)
        columns.append((parts[0], parts[1], parts[2]))
    if first.strip() != "t_s" or not columns:
        raise MeterError("not the header of a trace", field=f"{path}:{number}", value=line[:80], remedy=remedy)
    if len({c[:2] for c in columns}) != len(columns):
        raise MeterError("a channel stands there twice", field=f"{path}:{number}", remedy="name each device once")
    return columns


def _row(number: int, line: str, width: int, path: Path) -> list[float | None]:
    cells = next(csv.reader([line]))
    if len(cells) != width:
        what = f"has {len(cells)} cells, not {width}"
        raise MeterError(what, field=f"{path}:{number}", remedy="leave a cell empty where nothing was read")
    values: list[float | None] = []
    for cell in cells:
        try:
            value = float(cell) if cell.strip() else None
        except ValueError:
            value = math.nan
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise MeterError("not a number ≥ 0", field=f"{path}:{number}", value=cell, remedy="leave unknown empty")
        values.append(value)
    return values


def _series(
    column: tuple[str, str, str],
    cells: list[float | None],
    times: tuple[float, ...],
    wrap_j: float | None,
    path: Path,
) -> Series:
    component, device, kind = column
    name = f"{path}, {component}:{device}"
    known = [(t, v) for t, v in zip(times, cells, strict=True) if v is not None]
    if len(known) < 2:
        raise MeterError("holds fewer than two values", field=name, remedy="remove the column")
    steps = (
        _steps(known, wrap_j, name)
        if kind == "joules"
        else [(b + a) / 2 * (u - t) for (t, a), (u, b) in pairwise(known)]
    )
    sums = list(accumulate(steps, initial=known[0][1] if kind == "joules" else 0.0))
    filled, position = [], 0
    for time in times:
        while position + 1 < len(known) and known[position + 1][0] <= time:
            position += 1
        filled.append(sums[position])
    return Series(component, device, tuple(filled), tuple(v is not None for v in cells))


def _steps(known: list[tuple[float, float]], wrap_j: float | None, name: str) -> list[float]:
    steps: list[float] = []
    for (_, before), (t_s, after) in pairwise(known):
        step = after - before
        if step < 0:
            if wrap_j is None or step + wrap_j < 0:
                remedy = "state where it begins again: # wrap_j: …"
                raise MeterError(f"the counter falls at {t_s:g} s", field=name, remedy=remedy)
            step += wrap_j
        steps.append(step)
    return steps


def _positive(head: dict[str, str], key: str, path: Path) -> float | None:
    if key not in head:
        return None
    try:
        value = float(head[key])
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise MeterError("must be a number above 0", field=f"{path}, {key}", value=head[key], remedy="give joules")
    return value


def _method(head: dict[str, str], path: Path) -> EvidenceMethod:
    text = head.get("method", "reported")
    try:
        return EvidenceMethod(text)
    except ValueError:
        remedy = f"use one of {', '.join(EvidenceMethod)}"
        raise MeterError("unknown method", field=f"{path}, method", value=text, remedy=remedy) from None


def _uncertainty(head: dict[str, str], path: Path) -> Distribution:
    if "uncertainty" not in head:
        return Lognormal(1.0, 1.25)
    try:
        return parse(head["uncertainty"])
    except InputError as error:
        raise MeterError(error.what, field=f"{path}, uncertainty", value=error.value, remedy=error.remedy) from None
