"""End of life, cut-off: a product's mass becomes electronic waste, and its collection and disposal have impacts."""

from treadlight.core.distribution import Point
from treadlight.library.process import Exchange, Process
from treadlight.library.tables.products import ProductRow
from treadlight.library.tables.treatment import TreatmentRow
from treadlight.library.web import Web

__all__ = ["CUT_OFF", "INCLUDED", "disposal", "treatment"]

CUT_OFF = "treatment.ewaste.cutoff"
"""Collection, sorting and disposal; what is recovered leaves without burden and without credit."""

INCLUDED = "treatment.ewaste.included"
"""Waste of products whose own figures include its treatment: only its mass is counted."""


def disposal(web: Web, row: ProductRow) -> list[Exchange]:
    """The waste a product becomes; none where its mass is not known."""
    if row.mass_kg is None:
        return []
    target = treatment(web, INCLUDED if row.end_of_life_included else CUT_OFF)
    source = web.store.source(row)
    return [Exchange(target or "", row.mass_kg, source, f"mass:{row.product}", "mass discarded")]


def treatment(web: Web, flow: str) -> str | None:
    """Id of the process of a treatment; None where it is not in the table."""
    name = flow.removeprefix("treatment.")
    rows = [row for row in web.store.rows("treatment", TreatmentRow) if row.treatment == name]
    if not rows and flow != INCLUDED:
        return None

    def make() -> Process | None:
        waste = Exchange("ewaste", Point(1.0), web.convention, "", "mass discarded")
        impacts = tuple(
            Exchange(r.category, r.amount_per_kg, web.store.source(r), f"treatment:{name}:{r.category}", "treatment")
            for r in rows
            if r.category != "ewaste"
        )
        known = {row.category for row in rows}
        unknown = () if flow == INCLUDED else tuple(c for c in ("gwp", "water", "adpe", "pe") if c not in known)
        included = flow == INCLUDED
        title = "Discarded; treatment is in the product's figures" if included else f"Treatment of waste, {name}"
        return web.process(flow, flow, title, (waste, *impacts), phase="end-of-life", unknown=unknown)

    return web.once(flow, make)
