"""The accelerator of a run, draw by draw: the one that is named, or what published models were trained on."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from treadlight.estimate.accelerator import Trainer, trainer_of
from treadlight.estimate.priors import find_prior
from treadlight.estimate.sampling import Array, generator, lognormals, normals
from treadlight.estimate.scope import host_class
from treadlight.estimate.training_inputs import TrainingInputs
from treadlight.library.catalogue import accelerators
from treadlight.library.devices import AcceleratorRow

__all__ = ["Hardware", "hardware_of"]

_RARE, _CONSUMER = 0.01, 0.003  # weights of cards that no published model was trained on
_CLOSE = 0.12  # designs within this share of a given power are taken for it
_BALANCE = 0.2  # TFLOPS per GB/s where only the power is known
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
    tpu, desktop
        Whether it is one of Google's; whether it is a consumer's card. Shape (n,).
    notes
        What was assumed.
    """

    device: AcceleratorRow | None
    peak_tflops: Array
    bandwidth_gb_per_s: Array
    design_power_w: Array
    tpu: Flags
    desktop: Flags
    notes: tuple[str, ...]


def hardware_of(
    inputs: TrainingInputs, trainer: Trainer | None, weights: Mapping[str, float], n: int, seed: int
) -> Hardware:
    """The accelerator of a run.

    Parameters
    ----------
    trainer
        What the inputs' name means; None where there is none.
    weights
        Slugs of accelerators and how often published models were trained on them: the prior.
    """
    if trainer is not None:
        return _named(trainer, inputs.tdp_w, n, seed)
    if inputs.tdp_w is None:
        return _mixture([trainer_of(slug) for slug in weights], list(weights.values()), None, n, seed)
    close = _of_like_power(inputs.tdp_w)
    if close:
        return _mixture(
            close,
            [weights.get(t.device.slug, _CONSUMER if _is_desktop(t) else _RARE) for t in close],
            inputs.tdp_w,
            n,
            seed,
        )
    return _of_power(inputs.tdp_w, n, seed)


@lru_cache(maxsize=64)
def _of_like_power(tdp_w: float) -> list[Trainer]:
    """Servers' and consumers' cards built for about this power."""
    rows = (row for row in accelerators() if row.kind == "model" and row.tdp_w is not None and row.vendor != "Google")
    fitting = (row for row in rows if host_class(row) != "soc" and abs((row.tdp_w or 0.0) / tdp_w - 1) < _CLOSE)
    return [trainer_of(row.slug) for row in fitting]


def _named(trainer: Trainer, tdp_w: float | None, n: int, seed: int) -> Hardware:
    notes = [trainer.basis] if trainer.basis else []
    rng = generator(seed, f"training:design-power:{trainer.device.slug}")
    if tdp_w is None or trainer.is_tpu:
        power_w = lognormals(rng, n, trainer.tdp_w, max(trainer.tdp_gsd, _PUBLISHED_GSD))
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
        notes=tuple(notes),
    )


def _mixture(candidates: list[Trainer], shares: list[float], tdp_w: float | None, n: int, seed: int) -> Hardware:
    rng = generator(seed, "training:accelerator")
    # even probabilities in random order: each accelerator gets its share of the draws exactly
    probability = rng.permutation((np.arange(n) + 0.5) / n)
    which = np.searchsorted(np.cumsum(shares) / np.sum(shares), probability)
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
        notes=(f"accelerator not known: drawn from those {why}: {names}",),
    )


def _of_power(tdp_w: float, n: int, seed: int) -> Hardware:
    prior = find_prior("tflops_of_unknown")
    rng = generator(seed, "training:peak-of-unknown")
    peak_tflops = prior.median * tdp_w * np.exp(np.log(prior.gsd) * normals(rng, n))
    return Hardware(
        device=None,
        peak_tflops=peak_tflops,
        bandwidth_gb_per_s=peak_tflops / _BALANCE,
        design_power_w=np.full(n, float(tdp_w)),
        tpu=np.full(n, False),
        desktop=np.full(n, False),
        notes=(f"accelerator not known, nor any of {tdp_w:g} W: peak rate from its power",),
    )


def _is_desktop(trainer: Trainer) -> bool:
    return host_class(trainer.device) == "desktop"
