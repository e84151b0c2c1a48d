"""Data transfer: gigabytes carried become grid electricity where they are demanded; the equipment is not counted."""

from treadlight.library.build_electricity import grid
from treadlight.library.period import Period
from treadlight.library.places import Place
from treadlight.library.process import Exchange, Process, Resolution, Rung
from treadlight.library.tables.networks import NetworkRow
from treadlight.library.web import Web
from treadlight.library.widening import NETWORK, widen

__all__ = ["GENERIC", "transfer"]

GENERIC = "generic"
"""The network that stands for one that is not in the table."""

_PREFIX = "data.transfer."

_UNKNOWN = ("ewaste",)
"""Equipment becomes waste, not electricity: no open figure of it per gigabyte was read."""


def transfer(web: Web, flow: str, place: Place, period: Period) -> str | None:
    """Id of the process of a data transfer; None where not even a generic network is known."""
    name = flow.removeprefix(_PREFIX)
    row = web.store.row("networks", NetworkRow, name)
    rungs: tuple[Rung, ...] = (Rung("network", True, name),)
    if row is None:
        row = web.store.row("networks", NetworkRow, GENERIC)
        missed = Rung("network", False, f"no network {name} in the library")
        rungs = (missed, Rung("generic network", True, "the generic network stands in for it", NETWORK))
    if row is None:
        return None
    found, process_id = row, f"{flow}/{place.key}/{period.text}"

    def make() -> Process | None:
        amount = widen(found.energy_kwh_per_gb, rungs[-1].widening_gsd)
        supply = grid(web, place, period)
        source = web.store.source(found)
        exchanges = (Exchange(supply or "", amount, source, f"network:{found.network}", "electricity per gigabyte"),)
        remedy = "" if rungs[0].found else "treadlight library find networks"
        resolution = Resolution(rungs, remedy)
        title = f"Data transfer, {found.network}"
        return web.process(
            process_id,
            flow,
            title,
            exchanges,
            place=place.key,
            period=period,
            resolution=resolution,
            unknown=_UNKNOWN,
        )

    return web.once(process_id, make)
