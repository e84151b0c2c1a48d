"""A ledger of many activities and factors, for benchmarks; run alone, it times `sums` beside a bare GROUP BY.

``from ledger_sums_base import BARE, build``; or
``python benchmarks/ledger_sums_base.py [--rows 1000000] [--factors 1000] [--keep FILE]``
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from treadlight.core.activity import Activity, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Distribution, Lognormal
from treadlight.core.ids import derived_id
from treadlight.ledger.store import Ledger

START = datetime(2024, 1, 1, tzinfo=UTC)
SPREAD = Lognormal(1.0, 1.05)

BARE = """
    SELECT p.flow, p.zone, p.region, p.site, p.year, p.cause, p.uncertainty, p.method, p.component,
           SUM(a.amount), COUNT(*)
    FROM activity a JOIN profile p ON p.id = a.profile WHERE a.superseded = 0
    GROUP BY p.flow, p.zone, p.region, p.site, p.year, p.cause, p.uncertainty, p.method, p.component
"""
"""The GROUP BY that anybody would write on these tables."""

FLAT = """
    SELECT flow, zone, region, site, year, cause, uncertainty, method, component, SUM(amount), COUNT(*)
    FROM flat GROUP BY flow, zone, region, site, year, cause, uncertainty, method, component
"""
"""The same on one flat table, as a ledger without profiles would have it."""


def activities(rows: int, factors: int, zones: list[str] | None = None) -> Iterator[Activity]:
    """`rows` activities that need `factors` distinct factors.

    Parameters
    ----------
    zones
        Grid zones to use in turn; by default made-up ones. A factor is a zone, and where these do not suffice, a zone
        with one of several causes.
    """
    names = zones or [f"Z{i:03d}" for i in range(min(factors, 250))]
    spread: Distribution = SPREAD
    for i in range(rows):
        factor = i % factors
        start = START + timedelta(seconds=30 * i % (365 * 86400))
        yield Activity(
            id=derived_id(start, str(i)),
            start=start,
            end=start + timedelta(seconds=30),
            flow="electricity.it",
            amount=1e-3 * (1 + i % 97),
            evidence=Evidence(EvidenceMethod.METERED, "energy counter", "rapl"),
            uncertainty=spread,
            cause=f"meter:{factor // len(names)}",
            component=("cpu", "gpu", "memory")[factor % 3],
            subject=Subject(project=f"project {factor % 7}"),
            location=Location(zone=names[factor % len(names)]),
            parent=f"run-{i // 1000}",
        )


def build(path: Path, rows: int = 1_000_000, factors: int = 1000, zones: list[str] | None = None) -> Path:
    """A ledger at `path` with these activities; one that is there already is taken as it is."""
    if not path.exists():
        draft = path.with_suffix(".part")
        draft.unlink(missing_ok=True)
        with Ledger.open(draft) as ledger:
            ledger.append(activities(rows, factors, zones))
        draft.rename(path)
    return path


def best_s(action: object, repeats: int = 5) -> float:
    """Shortest time of some repeats [s]."""
    assert callable(action)
    stamps = [time.perf_counter()]
    for _ in range(repeats):
        action()
        stamps.append(time.perf_counter())
    return min(b - a for a, b in pairwise(stamps))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--factors", type=int, default=1000)
    parser.add_argument("--keep", type=Path, help="build or reuse the ledger here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ledger-sums-") as name:
        path = options.keep or Path(name) / "ledger.sqlite"
        begin = time.perf_counter()
        build(path, options.rows, options.factors)
        print(f"built in {time.perf_counter() - begin:.0f} s, {path.stat().st_size / 1e6:.0f} MB")
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA mmap_size=268435456")
        connection.execute(
            "CREATE TEMP TABLE flat AS SELECT p.*, a.amount FROM activity a JOIN profile p ON p.id = a.profile"
        )
        with Ledger.open(path) as ledger:
            groups = ledger.sums(period="year")
            hours = ledger.sums(period="hour")
            times = {
                "bare GROUP BY on a flat table": best_s(lambda: connection.execute(FLAT).fetchall()),
                "bare GROUP BY on the ledger's tables": best_s(lambda: connection.execute(BARE).fetchall()),
                f"Ledger.sums by year, {len(groups):,} groups": best_s(lambda: ledger.sums(period="year")),
                f"Ledger.sums by hour, {len(hours):,} groups": best_s(lambda: ledger.sums(period="hour"), 2),
            }
        for label, seconds in times.items():
            print(f"{label:<45} {seconds * 1000:>8.0f} ms")
        assert sum(g.count for g in groups) == sum(g.count for g in hours) == options.rows


if __name__ == "__main__":
    main()
