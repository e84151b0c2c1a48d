"""The accelerator of a run, draw by draw: the one that is named, or what published models were trained on."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from treadlight.estimate.accelerator import Trainer, trainer_of
from treadlight.estimate.priors import find_prior
from treadlight.estimate.sampling import Array, Indices, choices, lognormals, shocks
from treadlight.estimate.scope import host_class
from treadlight.estimate.training_fit import Years
from treadlight.estimate.training_inputs import TrainingInputs
from treadlight.estimate.training_precision import PeakRatios, precision_name
from treadlight.library.catalogue import accelerators
from treadlight.library.devices import AcceleratorRow

__all__ = ["Hardware", "hardware_of"]

_RARE, _CONSUMER = 0.01, 0.003  # weights of cards that no published model was trained on
_CLOSE = 0.12  # designs within this share of a given power are taken for it
_BALANCE = 0.2  # TFLOPS per GB/s where only the power is known
_YEAR_WITHOUT = (2018.5, 1.5)  # mean and deviation, of runs on cards without matrix units: own judgement
_EARLY_W = 300.0  # no card for servers before Ampere was built for more
_PUBLISHED_GSD = 1.03  # of design power that the maker publishes

Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Hardware:
    """An accelerator in every draw.

    Parameters
    ----------
    device
        Row of the catalogue; None where the accelerator is not known.
    peak_tflops, bandwidth_gb_per_s, design_power_w
        Shape (n,).
    tpu, desktop, early
        Whether it is one of Google's; a consumer's card; of before Ampere and TPU v4, as encoders of 2018 to 2020 were
        trained on. Shape (n,).
    ratios
        Its peak rate over those of other precisions.
    year
        When models were trained on it, shape (n,).
    notes
        What was assumed.
    """

    device: AcceleratorRow | None
    peak_tflops: Array
    bandwidth_gb_per_s: Array
    design_power_w: Array
    tpu: Flags
    desktop: Flags
    early: Flags
    ratios: PeakRatios
    year: Array
    notes: tuple[str, ...]


def hardware_of(
    inputs: TrainingInputs, trainer: Trainer | None, weights: Mapping[str, float], years: Years, n: int, seed: int
) -> Hardware:
    """The accelerator of a run.

    Parameters
    ----------
    trainer
        What the inputs' name means; None where there is none.
    weights
        Slugs of accelerators and how often published models were trained on them: the prior.
    years
        When they were.
    """
    if trainer is not None:
        return _named(trainer, inputs.tdp_w, years, n, seed)
    narrow = precision_name(inputs.precision) == "fp8"
    if inputs.tdp_w is None:
        usual = {slug: share for slug, share in weights.items() if not narrow or _computes_narrow(trainer_of(slug))}
        return _mixture([trainer_of(slug) for slug in usual], list(usual.values()), None, years, n, seed)
    close = [trainer for trainer in _of_like_power(inputs.tdp_w) if not narrow or _computes_narrow(trainer)]
    if close:
        shares = [weights.get(t.device.slug, _CONSUMER if _is_desktop(t) else _RARE) for t in close]
        return _mixture(close, shares, inputs.tdp_w, years, n, seed)
    return _of_power(inputs.tdp_w, years, n, seed)


@lru_cache(maxsize=64)
def _of_like_power(tdp_w: float) -> list[Trainer]:
    """Servers' and consumers' cards built for about this power."""
    rows = (row for row in accelerators() if row.kind == "model" and row.tdp_w is not None and row.vendor != "Google")
    fitting = (row for row in rows if host_class(row) != "soc" and abs((row.tdp_w or 0.0) / tdp_w - 1) < _CLOSE)
    return [trainer_of(row.slug) for row in fitting]


def _computes_narrow(trainer: Trainer) -> bool:
    """Whether 8 bits run faster than 16: what was trained in them was trained on such a card."""
    return trainer.peak_8_bit_tflops is not None and trainer.peak_8_bit_tflops > trainer.peak_tflops


def _named(trainer: Trainer, tdp_w: float | None, years: Years, n: int, seed: int) -> Hardware:
    notes = [trainer.basis] if trainer.basis else []
    if tdp_w is None or trainer.is_tpu:
        shock = shocks(seed, f"training:design-power:{trainer.device.slug}", n)
        power_w = lognormals(shock, trainer.tdp_w, max(trainer.tdp_gsd, _PUBLISHED_GSD))
    else:
        power_w = np.full(n, float(tdp_w))
        if abs(tdp_w / trainer.tdp_w - 1) > 0.3:
            notes.append(f"tdp_w {tdp_w:g} W taken, though {trainer.device.name} is built for {trainer.tdp_w:g} W")
    return Hardware(
        device=trainer.device,
        peak_tflops=np.full(n, trainer.peak_tflops),
        bandwidth_gb_per_s=np.full(n, trainer.bandwidth_gb_per_s),
        design_power_w=power_w,
        tpu=np.full(n, trainer.is_tpu),
        desktop=np.full(n, _is_desktop(trainer)),
        early=np.full(n, _is_early(trainer)),
        ratios=_ratios([trainer], np.zeros(n, dtype=np.intp)),
        year=_years([trainer], np.zeros(n, dtype=np.intp), years, seed),
        notes=tuple(notes),
    )


def _mixture(
    candidates: list[Trainer], shares: list[float], tdp_w: float | None, years: Years, n: int, seed: int
) -> Hardware:
    which = choices(seed, "training:accelerator", n, tuple(shares))
    power_w = np.array([t.tdp_w for t in candidates])[which] if tdp_w is None else np.full(n, float(tdp_w))
    order = sorted(range(len(candidates)), key=lambda i: -shares[i])
    names = ", ".join(candidates[i].device.name for i in order[:3]) + (" and others" if len(candidates) > 3 else "")
    why = "that published models were trained on" if tdp_w is None else f"of about {tdp_w:g} W"
    return Hardware(
        device=None,
        peak_tflops=np.array([t.peak_tflops for t in candidates])[which],
        bandwidth_gb_per_s=np.array([t.bandwidth_gb_per_s for t in candidates])[which],
        design_power_w=power_w,
        tpu=np.array([t.is_tpu for t in candidates])[which],
        desktop=np.array([_is_desktop(t) for t in candidates])[which],
        early=np.array([_is_early(t) for t in candidates])[which],
        ratios=_ratios(candidates, which),
        year=_years(candidates, which, years, seed),
        notes=(f"accelerator not known: drawn from those {why}: {names}",),
    )


def _of_power(tdp_w: float, years: Years, n: int, seed: int) -> Hardware:
    prior = find_prior("tflops_of_unknown")
    peak_tflops = lognormals(shocks(seed, "training:peak-of-unknown", n), prior.median * tdp_w, prior.gsd)
    return Hardware(
        device=None,
        peak_tflops=peak_tflops,
        bandwidth_gb_per_s=peak_tflops / _BALANCE,
        design_power_w=np.full(n, float(tdp_w)),
        tpu=np.full(n, False),
        desktop=np.full(n, False),
        early=np.full(n, tdp_w <= _EARLY_W),
        ratios=PeakRatios(np.ones(n), np.ones(n), np.ones(n)),
        year=years.mean + years.sd * shocks(seed, "training:year", n),
        notes=(f"accelerator not known, nor any of {tdp_w:g} W: peak rate from its power",),
    )


def _is_desktop(trainer: Trainer) -> bool:
    return host_class(trainer.device) == "desktop"


def _is_early(trainer: Trainer) -> bool:
    if trainer.is_tpu:
        return trainer.device.slug in ("tpu-v2", "tpu-v3")
    return trainer.device.vendor == "NVIDIA" and not trainer.brain_floats


def _ratios(candidates: list[Trainer], which: Indices) -> PeakRatios:
    """Peak rates of the candidates over those of other precisions, in every draw."""
    narrow, wide, tensor = np.array([_ratios_of(trainer) for trainer in candidates]).T
    return PeakRatios(narrow[which], wide[which], tensor[which])


def _ratios_of(trainer: Trainer) -> tuple[float, float, float]:
    """Over 8 bits, 32 bits, and matrix units fed with 32 bits."""
    peak, narrow, wide = trainer.peak_tflops, trainer.peak_8_bit_tflops, trainer.peak_32_bit_tflops
    over_narrow = 1.0 if narrow is None else min(1.0, peak / narrow)
    over_wide = 1.0 if wide is None else max(1.0, peak / wide)
    # matrix units that take TF32 run it at half their rate in 16 bits; those of one maker, from Ampere on
    takes = trainer.device.vendor == "NVIDIA" and trainer.brain_floats
    return over_narrow, over_wide, min(over_wide, 2.0) if takes else over_wide


def _years(candidates: list[Trainer], which: Indices, years: Years, seed: int) -> Array:
    """When the runs were, in every draw: the accelerator tells."""
    mean, sd = np.array([_year_of(trainer, years) for trainer in candidates]).T
    drawn: Array = mean[which] + sd[which] * shocks(seed, "training:year", len(which))
    return drawn


def _year_of(trainer: Trainer, years: Years) -> tuple[float, float]:
    return years.of(trainer.device.slug) if trainer.has_matrix_units else _YEAR_WITHOUT
