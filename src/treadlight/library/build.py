"""Which builder makes the processes of which family of flows."""

from treadlight.core.distribution import Point
from treadlight.library.build_disposal import treatment
from treadlight.library.build_electricity import WATER_ON_SITE, electricity
from treadlight.library.build_hardware import hardware, product
from treadlight.library.build_network import transfer
from treadlight.library.build_transport import carriage
from treadlight.library.period import period_of
from treadlight.library.process import Exchange, Process
from treadlight.library.system import Demand
from treadlight.library.web import Web

__all__ = ["answer_of"]

_PLACELESS = {
    "hardware.": hardware,
    "product.": product,
    "transport.": carriage,
    "treatment.": treatment,
}
_PLACED = {"electricity.": electricity, "data.transfer.": transfer}


def answer_of(web: Web, demand: Demand) -> str | None:
    """Id of the process that answers a demand; None where the library knows none."""
    for prefix, placed in _PLACED.items():
        if demand.flow.startswith(prefix):
            return placed(
                web, demand.flow, web.place(demand.location, recorded=demand.recorded), period_of(demand.period)
            )
    for prefix, placeless in _PLACELESS.items():
        if demand.flow.startswith(prefix):
            return placeless(web, demand.flow)
    return _water(web, demand.flow) if demand.flow == "water.site" else None


def _water(web: Web, flow: str) -> str | None:
    def make() -> Process | None:
        exchange = Exchange("water", Point(1.0), web.convention, "", WATER_ON_SITE)
        return web.process(flow, flow, "Water consumed on site", (exchange,))

    return web.once(flow, make)
