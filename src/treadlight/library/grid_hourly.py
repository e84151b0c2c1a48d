"""Hourly grid factors from a recorded series, which an overlay brings as ``grid_hourly.csv``."""

import math
from collections import defaultdict
from statistics import fmean, pstdev

from treadlight.core.distribution import Lognormal, Point
from treadlight.library.answer import Answer
from treadlight.library.loader import Store
from treadlight.library.period import Period
from treadlight.library.process import Rung
from treadlight.library.tables.grid_hourly import HourRow

__all__ = ["HourlyGrid"]

_ENOUGH_HOURS = 24


class HourlyGrid:
    """The recorded hours of a store, by zone."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._by_zone: dict[str, dict[str, HourRow]] = defaultdict(dict)
        if store.files("grid_hourly"):
            for row in store.rows("grid_hourly", HourRow):
                self._by_zone[row.zone][row.hour] = row

    def __bool__(self) -> bool:
        return bool(self._by_zone)

    def hours(self, zone: str) -> frozenset[str]:
        """Hours that were recorded of a zone."""
        return frozenset(self._by_zone.get(zone, ()))

    def answer(self, zone: str, period: Period) -> Answer | None:
        """The factor of an hour, or else of its month [g CO2e/kWh]; None where neither was recorded."""
        hours = self._by_zone.get(zone)
        if not hours or not period.hour:
            return None
        row = hours.get(period.hour)
        if row is not None:
            source = self._store.source(row)
            return Answer(row.gwp_gco2e_per_kwh, source, f"grid:{zone}:hourly", (Rung("hour", True, period.hour),))
        return self._month(zone, hours, period)

    def _month(self, zone: str, hours: dict[str, HourRow], period: Period) -> Answer | None:
        month = period.hour[:7]
        rows = [row for hour, row in hours.items() if hour.startswith(month)]
        values = [row.gwp_gco2e_per_kwh.median for row in rows]
        if len(values) < _ENOUGH_HOURS:
            return None
        mean = fmean(values)
        gsd = math.exp(pstdev([math.log(v) for v in values])) if min(values) > 0 else 2.0
        rungs = (
            Rung("hour", False, f"{zone} has no record of {period.hour}"),
            Rung("month", True, f"mean of {len(values)} recorded hours of {month}", gsd),
        )
        amount = rows[0].gwp_gco2e_per_kwh
        centre = amount.scaled(mean / amount.median) if isinstance(amount, Lognormal) else Point(mean)
        return Answer(centre, self._store.source(rows[0]), f"grid:{zone}:hourly", rungs)
