"""JSON forms of the inventory. Each view carries its perspective: the two must never be added."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from treadlight.app.forms import quantity_form
from treadlight.assess.hardware.making import Bench
from treadlight.assess.hardware.perspectives import (
    AMORTISED,
    ORGANISATION,
    AmortisedYear,
    DiscardedYear,
    Holdings,
    PurchaseYear,
)
from treadlight.core.quantity import Quantity
from treadlight.ledger.assets import Asset

__all__ = ["asset_form", "inventory_form", "report_form"]

NEVER_ADD = "the two views charge the same hardware: never add one to the other, nor to the footprint of runs"


def asset_form(asset: Asset) -> dict[str, Any]:
    """One asset; what is not said is null."""
    values = {field.name: getattr(asset, field.name) for field in fields(asset)}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()} | {
        "fate": asset.fate or None
    }


def inventory_form(assets: list[Asset]) -> dict[str, Any]:
    """``treadlight.inventory/1``."""
    return {"schema": "treadlight.inventory/1", "assets": [asset_form(asset) for asset in assets]}


def report_form(found: Holdings, bench: Bench) -> dict[str, Any]:
    """``treadlight.inventory-report/1``."""
    return {
        "schema": "treadlight.inventory-report/1",
        "assets": len(found.assets),
        "never_add": NEVER_ADD,
        "views": [
            {
                "perspective": ORGANISATION,
                "rule": "GHG Protocol scope 3, category 2: the whole device in its year of purchase; category 5: "
                "disposal in the year of retirement",
                "years": [_purchase(year) for year in found.purchases],
            },
            {
                "perspective": AMORTISED,
                "rule": "time over the planned life; the rest at an earlier retirement",
                "years": [_amortised(year) for year in found.amortised],
            },
        ],
        "waste": [_discarded(year) for year in found.discarded],
        "unknown": [{"asset": asset.id, "product": asset.product, "why": why} for asset, why in found.unreadable],
        "library": {"version": bench.library.version, "digest": bench.library.digest},
        "draws": bench.draws,
        "seed": bench.seed,
    }


def _purchase(year: PurchaseYear) -> dict[str, Any]:
    return {
        "perspective": year.perspective,
        "year": year.year,
        "devices": year.devices,
        "bought": _impacts(year.bought),
        "discarded": _impacts(year.discarded),
        "incomplete": sorted(year.incomplete),
    }


def _amortised(year: AmortisedYear) -> dict[str, Any]:
    return {
        "perspective": year.perspective,
        "year": year.year,
        "devices": year.devices,
        "impacts": _impacts(year.impacts),
        "incomplete": sorted(year.incomplete),
    }


def _impacts(found: Mapping[str, Quantity]) -> dict[str, Any]:
    return {name: quantity_form(held, held.unit) for name, held in found.items()}


def _discarded(year: DiscardedYear) -> dict[str, Any]:
    return {
        "year": year.year,
        "fate": year.fate,
        "devices": year.devices,
        "mass": quantity_form(year.mass, "kg"),
        "documented": quantity_form(year.documented, "kg"),
        "basis": year.basis,
    }
