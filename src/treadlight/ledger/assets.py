"""Assets: devices an organisation owns, from purchase to retirement.

An asset is no activity: footprints of runs never see it, so what a run is charged for the hardware it held and what the
organisation bought cannot be added together by mistake.
"""

import math
from dataclasses import dataclass
from datetime import date

from treadlight.core.errors import InputError

__all__ = ["FATES", "Asset"]

FATES = ("recycled", "take-back", "reused", "landfill", "unknown")
"""What becomes of a retired asset: formal recycling, the maker takes it back, somebody else goes on using it, …"""

_MOST_YEARS = 50
_EARLIEST, _LATEST = date(1970, 1, 1), date(2200, 1, 1)


@dataclass(frozen=True, slots=True)
class Asset:
    """One or several devices of a kind that were bought together.

    Parameters
    ----------
    id
        Stable name; the same id with another content corrects what was said before.
    product
        What each of them is, as `treadlight.assess.hardware.description` reads it, such as ``H100 SXM``.
    purchased
        Day of purchase.
    count
        How many.
    lifetime_years
        Planned years of use [a]; None: as the library says of such hardware.
    site
        A site of the configuration.
    project
        Who owns it; a token for some projects sees only theirs.
    retired, fate
        Day on which it left, and what became of it (`FATES`); None and empty while it is kept.
    """

    id: str
    product: str
    purchased: date
    count: int = 1
    name: str = ""
    lifetime_years: float | None = None
    site: str = ""
    project: str = ""
    retired: date | None = None
    fate: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("id", "product"):
            if not getattr(self, name).strip():
                raise InputError("is empty", field=name, remedy=f"give the asset's {name}")
        if self.count < 1:
            raise InputError("is no number of devices", field="count", value=self.count, remedy="give 1 or more")
        for name, day in (("purchased", self.purchased), ("retired", self.retired)):
            if day is not None and not _EARLIEST <= day <= _LATEST:
                raise InputError("is no such day", field=name, value=str(day), remedy="give a year from 1970 to 2199")
        self._check_lifetime()
        self._check_retirement()

    def _check_lifetime(self) -> None:
        years = self.lifetime_years
        if years is not None and not (math.isfinite(years) and 0 < years <= _MOST_YEARS):
            remedy = f"give years above 0 and up to {_MOST_YEARS}, or leave it out for the library's"
            raise InputError("is no lifetime", field="lifetime_years", value=years, remedy=remedy)

    def _check_retirement(self) -> None:
        if self.retired is None:
            if self.fate:
                remedy = "give the day of retirement too"
                raise InputError("has a fate but no retirement", field="fate", value=self.fate, remedy=remedy)
            return
        if self.retired < self.purchased:
            remedy = f"it was bought on {self.purchased}; give that day or a later one"
            raise InputError(
                "was retired before it was bought", field="retired", value=str(self.retired), remedy=remedy
            )
        if self.fate not in FATES:
            remedy = f"use one of {', '.join(FATES)}"
            raise InputError("is no fate of hardware", field="fate", value=self.fate, remedy=remedy)
