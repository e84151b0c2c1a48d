"""treadlight: meter AI work and account for what it cost the planet.

Importing the package loads nothing heavy; every public name is loaded on first use.
"""

__version__ = "0.1.0"
__all__ = ["Run", "TreadlightError", "estimate_inference", "estimate_training", "track"]

_HOMES = {
    "Run": "treadlight.measure.run",
    "TreadlightError": "treadlight.core.errors",
    "estimate_inference": "treadlight.app.estimating",
    "estimate_training": "treadlight.app.estimating",
    "track": "treadlight.measure.run",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'treadlight' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
