"""What the topics share: reading facts, writing tables, codes of countries, intervals."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import NormalDist

ROOT = Path(__file__).resolve().parents[2]
FACTS = ROOT.parent / "shared" / "facts"
HOURLY = ROOT.parent / "shared" / "data" / "grid_hourly"
DATA = ROOT / "src" / "treadlight" / "library" / "data"

Row = dict[str, object]
_BASE = ("source", "locator", "year", "confidence", "unverified", "outlier_reason", "note")


def facts(name: str) -> list[dict[str, str]]:
    """Rows of a file of facts."""
    with (FACTS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(version: str, topic: str, columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> int:
    """Write a table, sorted by its first columns; the number of its rows."""
    found = sorted(rows, key=lambda row: tuple(str(row.get(c, "")) for c in columns[:3]))
    path = DATA / version / f"{topic}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    used = [c for c in dict.fromkeys((*columns, *_BASE)) if any(row.get(c) not in ("", None, False) for row in found)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(used)
        writer.writerows([_cell(row.get(c)) for c in used] for row in found)
    return len(found)


def _cell(value: object) -> str:
    if value is None or value is False:
        return ""
    return "true" if value is True else str(value)


def lognormal(median: float, gsd: float) -> str:
    """Text of a lognormal with figures as given and a GSD to three decimals."""
    return f"lognormal({median:.6g},{gsd:.3g})" if median > 0 else "point(0.0)"


def gsd_of(*log_sds: float) -> float:
    """GSD of independent relative errors."""
    return math.exp(math.hypot(*log_sds))


def gsd_between(low: float, high: float) -> float:
    """GSD of a lognormal of which `low` and `high` are the 5th and 95th percentile."""
    return math.exp(math.log(high / low) / (2 * NormalDist().inv_cdf(0.95)))


def iso2(iso3: str) -> str:
    """Alpha-2 code of an alpha-3 code, of this project's names of groups too; empty where there is none."""
    from babel.core import get_global

    special = {"WLD": "WORLD", "WOR": "WORLD", "EUU": "EU", "EEE": "europe", "SCG": "RS", "XKX": "XK"}
    if iso3 in special:
        return special[iso3]
    found = get_global("territory_aliases").get(iso3, [])
    return found[0] if len(found) == 1 and len(found[0]) == 2 else ""
