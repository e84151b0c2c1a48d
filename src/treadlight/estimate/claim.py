"""A claim about a training, as published; what can be found in it; and figures that checks share."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache

from treadlight.core.errors import InputError
from treadlight.estimate.accelerator import Trainer, find_trainer
from treadlight.estimate.scope import SCOPES
from treadlight.estimate.training_stated import Stated

__all__ = [
    "SEVERITIES",
    "SLIPS",
    "Claim",
    "Finding",
    "design_power_w",
    "digits",
    "find_device",
    "find_slip",
    "half_digit",
    "is_partial",
    "near",
    "percent",
]

SEVERITIES = ("impossible", "implausible", "note")
"""Breaks arithmetic or physics; lies far outside what is known; is worth knowing."""

SLIPS = {1e3: "1000", 1e-3: "1/1000", 1e6: "1,000,000", 1e-6: "1/1,000,000"}
"""Ratios that a wrong prefix makes."""

_THOUSAND = 1.6  # a ratio within this factor of a thousand is a slip of a prefix


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim(Stated):
    """What somebody published about one training; None where it is not stated.

    Parameters
    ----------
    name, family
        What it is about; claims of one family are siblings.
    carbon_intensity_g_per_kwh
        Of the electricity, as published [gCO2e/kWh].
    energy_mwh, carbon_t
        As published [MWh, tCO2e].
    scope
        What the energy includes, one of `SCOPES`; empty: not stated.
    net
        Whether the carbon is after contracts or offsets (market-based), which may be 0.
    other fields
        As in `treadlight.estimate.training_stated.Stated`.
    """

    name: str = ""
    family: str = ""
    carbon_intensity_g_per_kwh: float | None = None
    energy_mwh: float | None = None
    carbon_t: float | None = None
    scope: str = ""
    net: bool = False

    def __post_init__(self) -> None:
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            if not math.isfinite(value):
                raise InputError("is no number", field=one.name, value=value, remedy="leave out what is not stated")
            if value < 0:
                raise InputError("is negative", field=one.name, value=value, remedy=f"give {one.name} ≥ 0")
        if self.scope and self.scope not in SCOPES:
            raise InputError("is no scope", field="scope", value=self.scope, remedy=f"use one of {', '.join(SCOPES)}")

    @property
    def hours(self) -> float | None:
        """Device-hours as stated, or devices × duration [h]."""
        if self.device_hours is not None:
            return self.device_hours
        return None if self.n_devices is None or self.wall_hours is None else self.n_devices * self.wall_hours


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not fit.

    Parameters
    ----------
    claim
        Name of the claim.
    severity
        One of `SEVERITIES`.
    check
        Short name of the check.
    what
        What does not fit, with the figures, in one sentence.
    numbers
        The figures.
    cause, remedy
        What probably went wrong, and what to do.
    """

    claim: str
    severity: str
    check: str
    what: str
    numbers: Mapping[str, float] = field(default_factory=dict)
    cause: str = ""
    remedy: str = ""


def is_partial(claim: Claim) -> bool:
    """Whether a run touches only some weights, or is a search, so that 6 N D says nothing."""
    text = (claim.architecture or "").lower()
    return any(word in text for word in ("lora", "nas", "adapter", "mixed", "distill", "prun"))


@lru_cache(maxsize=256)
def _trainer_of(name: str, tdp_w: float | None) -> Trainer | None:
    try:
        return find_trainer(name, tdp_w)
    except InputError:
        return None


def find_device(claim: Claim) -> Trainer | None:
    """The accelerator of a claim; None where none is named, or nothing is called so."""
    return _trainer_of(claim.hardware, claim.tdp_w) if claim.hardware else None


def design_power_w(claim: Claim) -> float | None:
    """Design power of one accelerator, as stated or as listed [W]."""
    if claim.tdp_w:
        return claim.tdp_w
    trainer = find_device(claim)
    return trainer.tdp_w if trainer else None


def find_slip(ratio: float) -> float | None:
    """The power of a thousand that a ratio is near; None where it is near none."""
    return next((slip for slip in SLIPS if 1 / _THOUSAND <= ratio / slip <= _THOUSAND), None)


def near(value: float, targets: Sequence[float], tolerance: float = 0.04) -> bool:
    """Whether a value is one of the targets, give or take a share of it."""
    return any(abs(value / target - 1) <= tolerance for target in targets)


def half_digit(value: float) -> float:
    """Half a unit of the last digit that a figure is stated with."""
    text = f"{value:.12g}"
    if "e" in text:
        return abs(value) * 5e-3
    _, point, decimals = text.partition(".")
    if point:
        return float(0.5 * 10.0 ** -len(decimals))
    zeros = len(text) - len(text.rstrip("0"))
    return float(0.5 * 10.0**zeros)


def digits(value: float) -> str:
    """A figure with four digits, without exponent."""
    return f"{float(f'{value:.4g}'):,.12g}"


def percent(share: float) -> str:
    """A share of something in percent, or as a multiple where it is ten and more: what follows is that thing."""
    return f"{share * 100:.3g} % of" if share < 10 else f"{digits(float(f'{share:.3g}'))} times"
