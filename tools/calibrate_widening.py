"""Compute the constants of treadlight.library.widening again, from the library's tables and the shared facts.

Run from the repository's root: ``PYTHONPATH=src python tools/calibrate_widening.py [generation.json]``. The optional
file is OWID's generation by country as CodeCarbon ships it (``global_energy_mix.json``), for the world's weights.
"""

import csv
import gzip
import json
import math
import sys
from collections import defaultdict
from pathlib import Path
from statistics import fmean

sys.path.insert(0, str(Path(__file__).parent))

from grid.common import HOURLY, iso2

from treadlight.library.loader import read_table
from treadlight.library.tables.grid import GridRow


def _rms(values: list[float]) -> float:
    return math.sqrt(fmean(v * v for v in values))


def _series() -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = defaultdict(dict)
    for row in read_table("grid"):
        if isinstance(row, GridRow) and row.scope == "life-cycle":
            found[row.zone][row.year] = row.gwp_gco2e_per_kwh.median
    return found


def years(series: dict[str, dict[int, float]]) -> None:
    """Log-sd over one, two and three years."""
    gaps: dict[int, list[float]] = defaultdict(list)
    for values in series.values():
        for a in values:
            for b in values:
                if b > a:
                    gaps[b - a].append(math.log(values[b] / values[a]))
    for gap, logs in sorted(gaps.items()):
        model = 0.12 * gap**0.5
        print(f"year → {gap} years away: log-sd {_rms(logs):.3f} ({len(logs)} pairs), 0.12 √years = {model:.3f}")


def sub_zones(series: dict[str, dict[int, float]]) -> None:
    """Log-sd of sub-zones about their countries, nearest years."""
    logs = []
    for zone, values in series.items():
        country = series.get(zone.partition("-")[0])
        if "-" in zone and country and zone.partition("-")[0].isupper():
            for year, value in values.items():
                nearest = min(country, key=lambda y: abs(y - year))
                logs.append(math.log(value / country[nearest]))
    print(f"sub-zone → country: log-sd {_rms(logs):.2f}, GSD {math.exp(_rms(logs)):.2f} ({len(logs)} sub-zones)")


def held_out(series: dict[str, dict[int, float]]) -> None:
    """The same of parts of many countries, from annual means that may be used for tests and not be shipped."""
    with gzip.open(HOURLY / "lca2022" / "zones_lca_2022.csv.gz", "rt") as file:
        hours = list(csv.DictReader(file))
    logs = []
    for zone in hours[0]:
        country = series.get(zone.partition("-")[0])
        found = [float(hour[zone]) for hour in hours if hour[zone]] if country and "-" in zone else []
        if country and found and fmean(found) > 0:
            nearest = min(country, key=lambda year: abs(year - 2022))
            logs.append(math.log(fmean(found) / country[nearest]))
    print(f"sub-zone → country, held out: GSD {math.exp(_rms(logs)):.2f} ({len(logs)} sub-zones)")


def world(series: dict[str, dict[int, float]], path: Path) -> None:
    """Log-sd of countries about the world's average, weighted by generation."""
    centre = series["WORLD"][max(series["WORLD"])]
    rows = [(iso2(code), row.get("total_TWh") or 0.0) for code, row in json.loads(path.read_text()).items()]
    pairs = [(w, series[z][max(series[z])]) for z, w in rows if len(z) == 2 and z in series]
    total = math.fsum(w for w, _ in pairs)
    log_sd = math.sqrt(math.fsum(w * math.log(v / centre) ** 2 for w, v in pairs) / total)
    print(f"anything → world: log-sd {log_sd:.2f}, GSD {math.exp(log_sd):.2f} ({len(pairs)} countries)")


def hours() -> None:
    """Log-sd of hours about the year's mean."""
    squares = []
    for path in sorted((HOURLY / "eia").glob("*.csv.gz")):
        with gzip.open(path, "rt") as file:
            values = [float(row["avg_CI"]) for row in csv.DictReader(file) if float(row["avg_CI"] or 0) > 0]
        mean = fmean(values)
        squares.append(_rms([math.log(v / mean) for v in values]) ** 2)
    log_sd = math.sqrt(fmean(squares))
    print(f"hour → year: log-sd {log_sd:.2f}, GSD {math.exp(log_sd):.2f} ({len(squares)} balancing areas)")


def main() -> None:
    """Print every constant beside what it was rounded to."""
    series = _series()
    years(series)
    sub_zones(series)
    held_out(series)
    hours()
    if len(sys.argv) > 1:
        world(series, Path(sys.argv[1]))


if __name__ == "__main__":
    main()
