"""A library with products of one's own, for tests of hardware."""

from collections.abc import Callable
from pathlib import Path

from overlays import SOURCES, write_csv
from treadlight.library.library import Library

__all__ = ["OwnProducts", "library_with"]

OwnProducts = Callable[..., Library]
"""Makes the library: kg CO2e of making one, exact, by id with ``_`` for ``.``."""


def library_with(folder: Path, gwp_kg: dict[str, float]) -> Library:
    """A library with products of which making one costs so many kg CO2e, transport and disposal inside."""
    told = {"source": "own", "locator": "typed", "year": 2026, "confidence": "high"}
    names = [name.replace("_", ".") for name in gwp_kg]
    flags = {"lifetime_class": "server", "transport_included": "true", "end_of_life_included": "true"}
    products = [
        {"product": name, "kind": "part", "name": name, "mass_kg": "point(1.0)", **flags, **told} for name in names
    ]
    embodied = [
        {
            "product": name,
            "kind": "part",
            "category": "gwp",
            "estimator": "own",
            "amount": f"point({kg!r})",
            "default": "true",
            "scope": "as stated",
            **told,
        }
        for name, kg in zip(names, gwp_kg.values(), strict=True)
    ]
    write_csv(folder / "sources.csv", SOURCES)
    write_csv(folder / "products.csv", *products)
    write_csv(folder / "embodied.csv", *embodied)
    return Library.load(overlays=[folder])
