"""Published figures held against each other and against an estimate.

Each check looks at figures that one claim states and says what does not fit, how far, why it probably is so, and what
to do. ``impossible`` breaks arithmetic or physics; ``implausible`` lies far outside what is known; a ``note`` is worth
knowing. What a claim does not state is not checked.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from statistics import median
from typing import Any

import numpy as np

from treadlight.core.errors import InputError
from treadlight.estimate.claim import SEVERITIES, SLIPS, Claim, Finding, digits, find_device, find_slip, is_partial
from treadlight.estimate.claim_checks import CHECKS
from treadlight.estimate.sampling import Array
from treadlight.estimate.training import TrainingInputs, estimate_training
from treadlight.estimate.training_stated import Stated

__all__ = ["SEVERITIES", "Claim", "Finding", "check_claim", "check_claims"]

_SLIPS_TOLD = ("energy-power", "energy-carbon", "power")
_SIBLINGS = 20.0
_BEYOND = 1.5
_WORK_SLACK = 3.0  # utilisation of small, distilled and early runs lies far below that of the runs that were fitted
_DRAWS = 400
_MIDDLE_KG = 0.25  # kgCO2e/kWh, for a place that is not stated: grids lie between a sixth and four times of it


def check_claims(claims: Sequence[Claim], seed: int = 0) -> list[Finding]:
    """Findings of every claim, and of siblings among them; the worst first within each claim."""
    found = [finding for claim in claims for finding in check_claim(claim, seed)]
    found += _siblings(claims)
    order = {claim.name: i for i, claim in enumerate(reversed(claims))}
    return sorted(found, key=lambda f: (-order.get(f.claim, -1), SEVERITIES.index(f.severity)))


def check_claim(claim: Claim, seed: int = 0) -> list[Finding]:
    """Findings of one claim by itself."""
    found = [finding for check in CHECKS for finding in check(claim)]
    slipped = any(f.check in _SLIPS_TOLD and f.severity == "impossible" for f in found)
    return found if slipped else [*found, *_against_estimate(claim, seed)]


def _siblings(claims: Sequence[Claim]) -> list[Finding]:
    """Claims of one family on one accelerator whose energy or carbon per hour lies far from the others'."""
    found: list[Finding] = []
    for label, value in (("carbon", _carbon_per_hour), ("energy", _energy_per_hour)):
        families: dict[tuple[str, str], list[tuple[float, Claim]]] = {}
        for claim in claims:
            rate = value(claim)
            if rate:
                families.setdefault((_family(claim), (claim.hardware or "").lower()), []).append((rate, claim))
        for members in families.values():
            found += _odd_ones(label, members)
    return found


def _odd_ones(label: str, members: Sequence[tuple[float, Claim]]) -> Iterator[Finding]:
    for rate, claim in members:
        others = [r for r, other in members if other is not claim]
        if not others:
            continue
        middle = median(others)
        ratio = rate / middle
        if 1 / _SIBLINGS < ratio < _SIBLINGS or (len(others) == 1 and ratio > 1):
            continue
        unit = "kgCO2e" if label == "carbon" else "kWh"
        times, side = (ratio, "more") if ratio > 1 else (1 / ratio, "less")
        what = f"{digits(rate)} {unit} a device-hour: {digits(times)} times {side} than its siblings, {digits(middle)}"
        numbers = {f"{unit} per hour": rate, "of siblings": middle, "ratio": ratio}
        cause = f"a slip by {SLIPS[s]}" if (s := find_slip(ratio)) else "a misplaced point, or hours of another count"
        yield Finding(claim.name, "implausible", f"siblings-{label}", what, numbers, cause, "compare with its siblings")


def _carbon_per_hour(claim: Claim) -> float | None:
    if not claim.carbon_t or not claim.hours or claim.net:
        return None
    return claim.carbon_t * 1000 / claim.hours


def _energy_per_hour(claim: Claim) -> float | None:
    return claim.energy_mwh * 1000 / claim.hours if claim.energy_mwh and claim.hours else None


def _family(claim: Claim) -> str:
    stated = claim.family or re.split(r"[\d(]", claim.name, maxsplit=1)[0]
    return stated.strip().strip("-_ ").casefold()


def _against_estimate(claim: Claim, seed: int) -> Iterator[Finding]:
    """Energy and carbon against what the rest of the claim leads to expect: its hours, and its operations alone."""
    if not (claim.energy_mwh or claim.carbon_t):
        return
    flops = claim.total_flops or (claim.tokens_b and (claim.params_total_b or claim.params_active_b))
    if not claim.hours and not flops:
        return
    found = list(_compared(claim, "estimate", _inputs(claim), seed, 1.0))
    if not found and claim.hours and flops and not (is_partial(claim) and not claim.total_flops):
        alone = {"n_devices": None, "wall_hours": None, "device_hours": None}
        found += _compared(claim, "estimate-of-work", _inputs(claim) | alone, seed, _WORK_SLACK)
    yield from found


def _inputs(claim: Claim) -> dict[str, Any]:
    """What a claim says of the training; not its mean power, which would repeat the claim."""
    stated = {one.name: getattr(claim, one.name) for one in fields(Stated) if one.name != "avg_power_w"}
    if find_device(claim) is None:
        stated["hardware"] = None  # told by a finding of its own; the estimate takes any accelerator
    return stated | {"pue": claim.pue if claim.pue is not None and 1 <= claim.pue <= 5 else None}


def _compared(claim: Claim, check: str, stated: dict[str, Any], seed: int, slack: float) -> Iterator[Finding]:
    try:
        inputs = TrainingInputs(**stated)
        energy_kwh = estimate_training(inputs, claim.scope or "facility", _DRAWS, seed).energy_kwh
    except InputError as error:
        yield Finding(claim.name, "note", check, f"cannot be estimated: {error}")
        return
    below = slack * (1.0 if claim.scope else 2.0)  # scope not stated: accelerators alone are half of the facility
    if claim.energy_mwh:
        yield from _outside(claim, f"{check}-energy", "MWh", claim.energy_mwh, energy_kwh / 1000, (below, slack))
    elif claim.carbon_t and not claim.net:
        grams = claim.carbon_intensity_g_per_kwh
        spread = (below, slack) if grams else (below * 3, slack * 4)
        kg = energy_kwh * (grams / 1000 if grams else _MIDDLE_KG)
        yield from _outside(claim, f"{check}-carbon", "t", claim.carbon_t, kg / 1000, spread)


def _outside(
    claim: Claim, check: str, unit: str, stated: float, draws: Array, slack: tuple[float, float]
) -> Iterator[Finding]:
    """A figure that lies outside of the interval by more than it may."""
    p05, p50, p95 = (float(x) for x in np.quantile(draws, (0.05, 0.5, 0.95)))
    low, high = p05 / (_BEYOND * slack[0]), p95 * _BEYOND * slack[1]
    if low <= stated <= high:
        return
    ratio = stated / p50
    numbers = {"stated": stated, "p05": p05, "p50": p50, "p95": p95, "ratio": ratio}
    basis = "its operations" if "work" in check else "the rest of the claim"
    expected = f"{digits(p50)} {unit} ({digits(p05)}–{digits(p95)})"
    what = f"{digits(stated)} {unit}; expected from {basis}: {expected}"
    slipped = next((power for power in SLIPS if low <= stated / power <= high), None)
    if slipped:
        cause = f"a slip by {SLIPS[slipped]}, such as grams for kilograms"
    elif ratio > 10 and ("nas" in (claim.architecture or "").lower() or "search" in claim.name.lower()):
        cause = "a search counted as if every trial trained the whole model; searches train small proxies"
    elif ratio > 10:
        cause = "more than one run, a proxy task taken for the whole one, or another unit"
    else:
        cause = "another scope, a part of the run, or another device"
    yield Finding(claim.name, "implausible", check, what, numbers, cause, "check hours, tokens and units")
