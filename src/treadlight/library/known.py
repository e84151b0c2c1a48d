"""Which flows a library knows by their own name, so that a name that is misspelt can be told from one that is not."""

from difflib import get_close_matches

from treadlight.core.flow import flow_unit
from treadlight.library.build_disposal import INCLUDED
from treadlight.library.build_electricity import ELECTRICITY
from treadlight.library.loader import Store
from treadlight.library.tables.networks import NetworkRow
from treadlight.library.tables.products import ProductRow
from treadlight.library.tables.transport import TransportRow
from treadlight.library.tables.treatment import TreatmentRow

__all__ = ["flows", "near_flows"]

_WITHOUT_FIGURES = ("storage.",)
"""Families of which the library holds nothing by design: whatever is named there is unknown, and never a slip."""

_SITE_WATER = "water.site"


def flows(store: Store) -> set[str]:
    """Every flow that the library answers by name; a kind of product alone stands for the generic one of its kind."""
    products = [name for row in store.rows("products", ProductRow) for name in (row.product, row.kind)]
    networks = [f"data.transfer.{row.network}" for row in store.rows("networks", NetworkRow)]
    modes = [f"transport.{row.mode}" for row in store.rows("transport", TransportRow)]
    treatments = [f"treatment.{row.treatment}" for row in store.rows("treatment", TreatmentRow)]
    made = {f"{family}.{name}" for name in products for family in ("hardware", "product")}
    return made.union(ELECTRICITY, networks, modes, treatments, (INCLUDED, _SITE_WATER))


def near_flows(store: Store, flow: str) -> tuple[str, ...] | None:
    """Known flows that are spelt like `flow`; None where it is known itself, or of a family without figures.

    Raises
    ------
    InputError
        If no family of flows begins like this one.
    """
    flow_unit(flow)
    known = flows(store)
    if flow in known or flow.startswith(_WITHOUT_FIGURES):
        return None
    family = flow.partition(".")[0] + "."
    alike = sorted(name for name in known if name.startswith(family))
    begin: dict[str, str] = {}
    for name in alike:  # many names go on with a size or a form that nobody remembers
        begin.setdefault(name[: len(flow)], name)
    return tuple(begin[name] for name in get_close_matches(flow, begin, n=3, cutoff=0.6))
