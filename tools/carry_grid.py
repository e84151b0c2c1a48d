"""Carry figures on electricity from the shared facts into the library's tables.

Run from the repository's root, with the shared facts beside it: ``python tools/carry_grid.py``. Rows of confidence low
are left out, or marked unverified without any metric. What is derived says so in its locator.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from grid import intensity, regions, rest, zones


def main() -> None:
    """Write every table and print how many rows each has."""
    print("zones", zones.carry())
    print("grid", intensity.carry())
    print(rest.carry())
    print("regions", regions.carry())


if __name__ == "__main__":
    main()
