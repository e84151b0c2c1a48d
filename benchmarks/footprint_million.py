"""Footprint of a ledger with 1,000,000 activities and 1,000 distinct factors, beside the GROUP BY it cannot do without.

    python benchmarks/footprint_million.py

Builds the ledger once (benchmarks/.work, a minute or two, about a gigabyte), then times in one run, each warm:

- flat: `GROUP BY` in bare sqlite3 over one plain table of the same activities, the query a person would write;
- indexed: the statement that the ledger really sends, in bare sqlite3. It sums along a covering index over numbered
  profiles, which is what makes it several times faster than the flat one;
- footprint: from opening the ledger to the quantiles of six categories with 1,000 draws, with the library read from its
  files each time; and once more with a library that is loaded already, as in a long-lived process.
"""

import sqlite3
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from environments import machine, save
from sqlalchemy.dialects.sqlite import dialect

from treadlight.assess.footprint import footprint
from treadlight.core.activity import Activity, Evidence, EvidenceMethod, Location, Subject
from treadlight.core.distribution import Lognormal
from treadlight.core.ids import derived_id
from treadlight.ledger.store import Filter, Ledger
from treadlight.ledger.sums import sums_query
from treadlight.library.library import Library

ROWS = 1_000_000
YEARS = (2021, 2022, 2023, 2024, 2025)
REPEATS = 15
REPEATS_FLAT = 3
WORK = Path(__file__).resolve().parent / ".work"


def zones() -> list[str]:
    """200 zones with a grid factor of their own: times five years, 1,000 distinct factors."""
    with_grid = {row.zone for row in Library.load().rows("grid")}
    return sorted(zone for zone in with_grid if len(zone) == 2)[:200]


def activities() -> object:
    """One activity after another, evenly over zones, years and hours."""
    places = zones()
    assert len(places) == 200, len(places)
    evidence = Evidence(EvidenceMethod.METERED, "energy counter", "rapl")
    for i in range(ROWS):
        year, zone = YEARS[i % 5], places[i // 5 % 200]
        start = datetime(year, 1, 1, tzinfo=UTC) + timedelta(hours=i // 1000 % 8760)
        yield Activity(
            derived_id(start, str(i)),
            start,
            start + timedelta(hours=1),
            "electricity.it",
            0.1 + (i % 97) / 100,
            evidence,
            uncertainty=Lognormal(1.0, 1.05),
            cause="rapl",
            component="cpu",
            subject=Subject(project=f"p{i % 3}"),
            stage="training",
            location=Location(zone),
        )


def ledger_path() -> Path:
    """The ledger, built on first use."""
    path = WORK / f"million-{ROWS}.sqlite"
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        half = path.with_suffix(".part")
        half.unlink(missing_ok=True)
        print("building the ledger …", file=sys.stderr)
        begun = time.perf_counter()
        with Ledger.open(half) as ledger:
            ledger.append(activities())
        print(f"{ROWS} activities appended in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
        half.rename(path)
    return path


def bare(path: Path) -> float:
    """Seconds of the very GROUP BY that the account needs, in bare sqlite3, fetched to the last row."""
    query = str(sums_query(Filter(), (), "year").compile(dialect=dialect(), compile_kwargs={"literal_binds": True}))
    begun = time.perf_counter()
    with sqlite3.connect(path) as database:
        rows = database.execute(query).fetchall()
    assert len(rows) == 1000, len(rows)
    return time.perf_counter() - begun


def flat(path: Path) -> float:
    """Seconds of the GROUP BY over a plain table, fetched to the last row."""
    plain = path.with_name(f"flat-{ROWS}.sqlite")
    columns = "flow, zone, region, site, year, cause, uncertainty, method"
    if not plain.exists():
        with sqlite3.connect(plain) as database:
            database.execute("ATTACH ? AS ledger", (str(path),))
            database.execute(
                f"CREATE TABLE flat AS SELECT {columns}, amount "
                "FROM ledger.activity JOIN ledger.profile ON profile.id = activity.profile"
            )
    begun = time.perf_counter()
    with sqlite3.connect(plain) as database:
        rows = database.execute(f"SELECT {columns}, SUM(amount), COUNT(*) FROM flat GROUP BY {columns}").fetchall()
    assert len(rows) == 1000, len(rows)
    return time.perf_counter() - begun


def whole(path: Path, loaded: Library | None) -> float:
    """Seconds of the footprint, from opening the ledger to the quantiles; the library is read too unless `loaded`."""
    begun = time.perf_counter()
    library = loaded or Library.load()
    with Ledger.open(path) as ledger:
        groups = ledger.sums(Filter(), dims=())
    result = footprint(groups, library, draws=1000)
    for category in result.categories:
        result.total(category)
    assert len({line.process for line in result.lines}) == 1000
    assert np.isfinite(result.samples).all()
    return time.perf_counter() - begun


def main() -> None:
    """Print the table."""
    path = ledger_path()
    library = Library.load()
    flat(path), bare(path), whole(path, None), whole(path, library)
    plain = statistics.median(flat(path) for _ in range(REPEATS_FLAT))
    rows = [(bare(path), whole(path, None), whole(path, library)) for _ in range(REPEATS)]
    indexed, ours, warm = (statistics.median(column) for column in zip(*rows, strict=True))
    print(f"{ROWS} activities, 1000 distinct factors, 1000 draws; medians of {REPEATS}, taken in turns")
    print(f"flat GROUP BY     {plain:7.3f} s")
    print(f"indexed GROUP BY  {indexed:7.3f} s")
    print(
        f"footprint         {ours:7.3f} s   {ours / plain:.2f} of the flat one, "
        f"{ours / indexed:.2f} of the indexed one (to reach: 2)"
    )
    print(f"  library loaded  {warm:7.3f} s   {warm / plain:.2f}, {warm / indexed:.2f}")
    save(
        "footprint_million",
        {
            "machine": machine(),
            "flat_group_by_s": plain,
            "indexed_group_by_s": indexed,
            "footprint_s": ours,
            "footprint_loaded_s": warm,
            "loaded_ratio_to_indexed": warm / indexed,
            "ratio_to_flat": ours / plain,
            "ratio_to_indexed": ours / indexed,
        },
    )


if __name__ == "__main__":
    main()
