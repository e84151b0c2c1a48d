"""Sites: what an organisation knows about its own places, with the source of each fact."""

from dataclasses import dataclass

from treadlight.core.distribution import Distribution
from treadlight.core.errors import ConfigError

__all__ = ["Site"]


@dataclass(frozen=True, slots=True)
class Site:
    """Facts of one place, from the configuration; None or empty means not known.

    Parameters
    ----------
    name
        As in an activity's location; the site called ``""`` describes this machine's place when none is named.
    zone, region
        As in `treadlight.core.activity.Location`.
    pue
        Power usage effectiveness, at least 1.
    wue_l_per_kwh
        Water used on site per kWh at the devices [L/kWh].
    market_gco2e_per_kwh
        Contracted (market-based) intensity [g CO2e/kWh].
    source
        Where these facts come from, in the owner's words.
    sources
        Where single facts come from, by name, if not from there.
    """

    name: str = ""
    zone: str = ""
    region: str = ""
    pue: Distribution | None = None
    wue_l_per_kwh: Distribution | None = None
    market_gco2e_per_kwh: Distribution | None = None
    source: str = ""
    sources: tuple[tuple[str, str], ...] = ()

    def source_of(self, fact: str) -> str:
        """Where a fact, such as ``pue``, comes from; empty where nobody said."""
        return dict(self.sources).get(fact) or self.source

    def __post_init__(self) -> None:
        if self.pue is not None and self.pue.quantile(0.001) < 1:
            raise ConfigError("a PUE is at least 1", field="site.pue", value=str(self.pue), remedy="give pue ≥ 1")
        for name in ("wue_l_per_kwh", "market_gco2e_per_kwh"):
            value = getattr(self, name)
            if value is not None and value.quantile(0.001) < 0:
                raise ConfigError("is negative", field=f"site.{name}", value=str(value), remedy="give a value ≥ 0")
